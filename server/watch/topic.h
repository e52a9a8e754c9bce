#ifndef CIMD_SERVER_WATCH_TOPIC_H_
#define CIMD_SERVER_WATCH_TOPIC_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/stream.h"
#include "storage/keys.h"
#include "storage/store.h"

namespace cimd::watch {

// A change and the revision of its commit. The owner of the commit owns the change.
struct CommittedChange {
  const storage::Change* change;
  storage::Revision revision;
};
// Changes of one or several commits, in commit order, all in the same place.
using Changes = std::vector<CommittedChange>;

// No further commit is added to a message that has this many bytes of changes, as BytesOf counts them. A commit is
// never split.
inline constexpr size_t kMessageBytes = 64 << 10;
size_t BytesOf(const storage::Change& change);

// What the streams of one method send: which records, and how their changes are serialized. A place is the id of a
// tenant, or storage::keys::kPlatform. Immutable. Compared by address, so it must live as long as the program.
struct Topic {
  // The name of the record's type. A cursor is valid only for topics of this kind. Topics that send the same records in
  // different detail have the same kind.
  std::string kind;
  // The kinds of records whose changes are sent.
  std::vector<storage::keys::Kind> records;
  // Serializes a message with `changes`; one without changes is a checkpoint.
  std::function<absl::StatusOr<std::string>(const Changes& changes, std::string cursor)> serialize;

  bool Includes(std::string_view key) const;
};

// A topic of changes of Record in messages of type Response. `tell` adds the change of one record to the response, or
// omits it. Its signature is absl::Status(const storage::Change&, storage::Revision, Response&).
template <typename Record, typename Response, typename Tell>
// NOLINTNEXTLINE(performance-unnecessary-value-param): they are moved, which clang-tidy does not see in a template.
Topic MakeTopic(std::vector<storage::keys::Kind> records, Tell tell) {
  return {.kind = Record().GetTypeName(),
          .records = std::move(records),
          .serialize = [tell](const Changes& changes, std::string cursor) -> absl::StatusOr<std::string> {
            Response response;
            for (const auto& [change, revision] : changes) {
              if (absl::Status status = tell(*change, revision, response); !status.ok()) return status;
            }
            response.set_cursor(std::move(cursor));
            return response.SerializeAsString();
          }};
}

// A message with `changes`, which must not be empty, and the cursor after the last of them. `time` is when the server
// observed the first of them. Returns the error of the catalogue for a record that does not parse.
absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeMessage(const Topic& topic, std::string_view place,
                                                                      const Changes& changes, absl::Time time);

// A message without changes, with the cursor `through`.
absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeCheckpoint(const Topic& topic, std::string_view place,
                                                                         storage::Revision through);

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_TOPIC_H_
