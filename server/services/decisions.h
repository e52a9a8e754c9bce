#ifndef CIMD_SERVER_SERVICES_DECISIONS_H_
#define CIMD_SERVER_SERVICES_DECISIONS_H_

#include "absl/status/statusor.h"
#include "cimd/v1/grants_service.pb.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// What the deciding methods of cimd.v1.GrantsService do: read the facts from one snapshot, a handful of keys, and leave
// the decision to server/policy. No network, no writes. Thread-safe.
class DecisionHandlers {
 public:
  // `store` outlives this.
  explicit DecisionHandlers(storage::Store& store) : store_(store) {}

  absl::StatusOr<v1::AuthorizeRequestResponse> AuthorizeRequest(rpc::RequestContext& call,
                                                                const v1::AuthorizeRequestRequest& request) const;
  absl::StatusOr<v1::AuthorizeTokenRequestResponse> AuthorizeTokenRequest(
      rpc::RequestContext& call, const v1::AuthorizeTokenRequestRequest& request) const;
  absl::StatusOr<v1::BatchAuthorizeResponse> BatchAuthorize(rpc::RequestContext& call,
                                                            const v1::BatchAuthorizeRequest& request) const;

 private:
  storage::Store& store_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_DECISIONS_H_
