#ifndef CIMD_SERVER_RESOURCES_LISTING_H_
#define CIMD_SERVER_RESOURCES_LISTING_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/errors/errors.h"
#include "server/rpc/page_token.h"
#include "server/rpc/request_context.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/watch_cursor.h"
#include "storage/keys.h"
#include "storage/page.h"
#include "storage/record.h"
#include "storage/store.h"

namespace cimd::services {

// One entry of a page. `snapshot` is that of the whole page and serves further reads about the entry.
struct ListedEntry {
  std::string_view key;
  std::string_view value;
  storage::Revision revision = 0;
  const storage::Snapshot& snapshot;
};

// Shared by all List methods: reads one page of the records in `range` from one snapshot.
//
// `visit` is absl::StatusOr<bool>(const ListedEntry&, bool wanted). It returns whether the entry matches the request,
// and adds the entry to the response when it matches and `wanted` is true.
//
// The page ends after page_size records, or earlier when their stored values reach kMaxPageBytes. Sets next_page_token
// of `response`, and total_size and watch_cursor where they exist. Errors: INVALID_ARGUMENT for fields of the request,
// DEADLINE_EXCEEDED when the call was cancelled.
template <typename Record, typename Request, typename Response, typename Visit>
absl::Status ListEntries(const storage::Store& store, const rpc::RequestContext& call, const storage::KeyRange& range,
                         const Request& request, Response& response, Visit visit) {
  RequestValidator validator;
  validator.PageSize(request.page_size());
  storage::Page page{.size = rpc::PageSize(request.page_size()), .max_bytes = rpc::kMaxPageBytes};
  if constexpr (requires { request.skip(); }) {
    validator.InRange("skip", request.skip(), 0, 100000);
    page.skip = request.skip();
  }
  if constexpr (requires { request.include_total_size(); }) page.count_all = request.include_total_size();
  if (absl::Status status = validator.status(); !status.ok()) return status;
  const std::string question = rpc::QuestionOf(request);
  absl::StatusOr<std::string> start = rpc::ParsePageToken(request.page_token(), question, range.begin, range.end);
  if (!start.ok()) return start.status();
  page.start_key = *std::move(start);

  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store.TakeSnapshot();
  if (!snapshot.ok()) return rpc::errors::FromStore(snapshot.status());
  constexpr int kEntriesBetweenLooks = 256;
  int entries = 0;
  bool given_up = false;
  absl::StatusOr<storage::PageEnd> end =
      storage::ReadPage(**snapshot, range, page,
                        [&](std::string_view key, std::string_view value, storage::Revision revision,
                            bool wanted) -> absl::StatusOr<bool> {
                          given_up = ++entries % kEntriesBetweenLooks == 0 && call.is_cancelled();
                          if (given_up) return absl::CancelledError();
                          return visit(ListedEntry{key, value, revision, **snapshot}, wanted);
                        });
  if (given_up) return rpc::errors::DeadlineExceeded();
  if (!end.ok()) return rpc::errors::FromStore(end.status());
  if (!end->next_key.empty()) response.set_next_page_token(rpc::MakePageToken(question, end->next_key));
  if constexpr (requires { response.set_total_size(end->total); }) response.set_total_size(end->total);
  if constexpr (requires { response.set_watch_cursor(std::string()); }) {
    response.set_watch_cursor(
        rpc::MakeWatchCursor(Record().GetTypeName(), storage::keys::TenantOf(range.begin), (*snapshot)->revision()));
  }
  return absl::OkStatus();
}

// ListEntries with parsed records. `matches` is bool(const Stored<Record>&). `emit` is absl::Status(Stored<Record>&&,
// const ListedEntry&) and receives each wanted record; its first error ends the listing.
template <typename Record, typename Request, typename Response, typename Matches, typename Emit>
absl::Status ListRecords(const storage::Store& store, const rpc::RequestContext& call, const storage::KeyRange& range,
                         const Request& request, Response& response, Matches matches, Emit emit) {
  absl::Status emitted;
  absl::Status listed = ListEntries<Record>(
      store, call, range, request, response, [&](const ListedEntry& entry, bool wanted) -> absl::StatusOr<bool> {
        storage::Stored<Record> stored{.revision = entry.revision};
        if (absl::Status status = storage::ParseRecord(entry.value, stored.record); !status.ok()) return status;
        if (!matches(std::as_const(stored))) return false;
        if (wanted) emitted = emit(std::move(stored), entry);
        if (!emitted.ok()) return emitted;
        return true;
      });
  return emitted.ok() ? listed : emitted;
}

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_LISTING_H_
