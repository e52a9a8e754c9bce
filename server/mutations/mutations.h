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
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// The way every mutation takes: one transaction that holds the change, the audit event that tells of it, and (when the
// request has a request_id) the answer, so that a repeated request is answered without doing anything again. Nothing is
// announced before the commit. Thread-safe.
class Mutations {
 public:
  // `store` outlives this.
  explicit Mutations(storage::Store& store) : store_(store) {}

  // The answer that a request with this request_id got before; nullopt when it is new or has none. INVALID_ARGUMENT
  // REQUEST_ID_REUSED when another request had the id. For handlers that fetch before they commit; Run looks again.
  template <typename Response, typename Request>
  absl::StatusOr<std::optional<Response>> Replay(const rpc::RequestContext& call, const Request& request) const {
    Response response;
    absl::StatusOr<bool> replayed = ReplayInto(call, request, RequestIdOf(request), response);
    if (!replayed.ok()) return replayed.status();
    return *replayed ? std::optional<Response>(std::move(response)) : std::nullopt;
  }

  // Runs `body`: absl::Status(storage::Transaction&, Response&, storage::AuditRecord&). It may run several times, and is
  // given an empty response and event each time. It sets event.resource if there is something to record, and says no
  // more about it: what changed is found out (audited_transaction.h), and what did not makes no event. An etag that it
  // leaves empty is filled in with the commit's. With validate_only everything is done but the commit.
  template <typename Response, typename Request, typename Body>
  absl::StatusOr<Response> Run(const rpc::RequestContext& call, const Request& request, Body body) const {
    Response response;
    absl::StatusOr<storage::Revision> revision =
        RunTransaction(call, request, RequestIdOf(request), ValidateOnly(request), response,
                       [&](storage::Transaction& transaction, storage::AuditRecord& event) {
                         response.Clear();
                         return body(transaction, response, event);
                       });
    if (!revision.ok()) return revision.status();
    return response;
  }

 private:
  using Body = absl::FunctionRef<absl::Status(storage::Transaction&, storage::AuditRecord&)>;

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

  absl::StatusOr<bool> ReplayInto(const rpc::RequestContext& call, const google::protobuf::Message& request,
                                  std::string_view request_id, google::protobuf::Message& response) const;
  absl::StatusOr<storage::Revision> RunTransaction(const rpc::RequestContext& call,
                                                   const google::protobuf::Message& request, std::string_view request_id,
                                                   bool validate_only, google::protobuf::Message& response,
                                                   Body body) const;

  storage::Store& store_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_MUTATIONS_MUTATIONS_H_
