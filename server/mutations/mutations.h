#ifndef CIMD_SERVER_MUTATIONS_MUTATIONS_H_
#define CIMD_SERVER_MUTATIONS_MUTATIONS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "google/protobuf/message.h"
#include "server/mutations/audited_transaction.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// The etag field of the resource in a response. Null when the response has none.
template <typename Response>
std::string* EtagOf(Response& response) {
  if constexpr (requires { response.mutable_etag(); }) {
    return response.mutable_etag();
  } else if constexpr (requires { response.mutable_client()->mutable_etag(); }) {
    return response.has_client() ? response.mutable_client()->mutable_etag() : nullptr;
  } else if constexpr (requires { response.mutable_access_token()->mutable_etag(); }) {
    return response.has_access_token() ? response.mutable_access_token()->mutable_etag() : nullptr;
  } else {
    return nullptr;
  }
}

// Runs every mutation in one transaction, which holds the change, its audit event and, when the request has a
// request_id, the response for idempotent retries: a repeated request gets the same response and changes nothing.
// Watchers and callbacks are notified only after the commit. Thread-safe.
class Mutations {
 public:
  // `store` must outlive this.
  explicit Mutations(storage::Store& store) : store_(store) {}

  // The response to an earlier request with the same request_id. nullopt when there was none or the request has no
  // request_id. INVALID_ARGUMENT REQUEST_ID_REUSED when the earlier request was a different one. For handlers that
  // fetch over the network before the transaction; Run checks again.
  template <typename Response, typename Request>
  absl::StatusOr<std::optional<Response>> Replay(const rpc::RequestContext& call, const Request& request) const {
    Response response;
    absl::StatusOr<storage::Revision> replayed = ReplayInto(call, request, RequestIdOf(request), response);
    if (!replayed.ok()) return replayed.status();
    if (*replayed == 0) return std::nullopt;
    FillEtag(*replayed, response);
    return response;
  }

  // Runs `body`: absl::StatusOr<ResourceChange>(storage::Transaction&, Response&). The body may run several times, each
  // time with an empty response. Its errors are returned unchanged. An etag that the body leaves empty is set from the
  // commit. No audit event is written when no resource changed. With validate_only, everything but the commit is done.
  // Errors besides those of the body: INVALID_ARGUMENT REQUEST_ID_REUSED or RESOURCE_TOO_LARGE, and those of
  // errors::FromStore.
  template <typename Response, typename Request, typename Body>
  absl::StatusOr<Response> Run(const rpc::RequestContext& call, const Request& request, Body body) const {
    Response response;
    absl::StatusOr<storage::Revision> revision = RunTransaction(
        call, request, RequestIdOf(request), ValidateOnly(request), response, [&](storage::Transaction& transaction) {
          response.Clear();
          return body(transaction, response);
        });
    if (!revision.ok()) return revision.status();
    FillEtag(*revision, response);
    return response;
  }

 private:
  using Body = absl::FunctionRef<absl::StatusOr<ResourceChange>(storage::Transaction&)>;

  template <typename Request>
  static std::string_view RequestIdOf(const Request& request) {
    if constexpr (requires { request.request_id(); }) {
      return request.request_id();
    } else {
      return {};
    }
  }

  template <typename Request>
  static bool ValidateOnly(const Request& request) {
    if constexpr (requires { request.validate_only(); }) {
      return request.validate_only();
    } else {
      return false;
    }
  }

  // An etag is the revision that last wrote the resource. At revision 0 nothing was written.
  template <typename Response>
  static void FillEtag(storage::Revision revision, Response& response) {
    std::string* etag = EtagOf(response);
    if (revision > 0 && etag != nullptr && etag->empty()) *etag = std::to_string(revision);
  }

  // The revision of the commit that answered the earlier request, whose response is read into `response`. 0 when there
  // was none.
  absl::StatusOr<storage::Revision> ReplayInto(const rpc::RequestContext& call,
                                               const google::protobuf::Message& request, std::string_view request_id,
                                               google::protobuf::Message& response) const;
  // The revision of this commit, or of the commit that answered the earlier request. 0 when nothing is committed.
  absl::StatusOr<storage::Revision> RunTransaction(const rpc::RequestContext& call,
                                                   const google::protobuf::Message& request,
                                                   std::string_view request_id, bool validate_only,
                                                   google::protobuf::Message& response, Body body) const;

  storage::Store& store_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_MUTATIONS_MUTATIONS_H_
