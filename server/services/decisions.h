#ifndef CIMD_SERVER_SERVICES_DECISIONS_H_
#define CIMD_SERVER_SERVICES_DECISIONS_H_

#include "absl/status/statusor.h"
#include "cimd/v1/grants_service.pb.h"
#include "server/rpc/request_context.h"
#include "server/services/assertion_verifier.h"
#include "storage/store.h"

namespace cimd::services {

// What the deciding methods of cimd.v1.GrantsService do: read the facts from one snapshot, a handful of keys, and leave
// the decision to server/policy. A client's assertion is verified first, which uses it up; nothing else is written.
// Nothing waits for the network, but a token request may be decided anew when its client's keys were read once more; in a
// batch it is not. Thread-safe.
class DecisionHandlers {
 public:
  // Both outlive this.
  DecisionHandlers(storage::Store& store, AssertionVerifier& verifier) : store_(store), verifier_(verifier) {}

  absl::StatusOr<v1::AuthorizeRequestResponse> AuthorizeRequest(rpc::RequestContext& call,
                                                                const v1::AuthorizeRequestRequest& request) const;
  absl::StatusOr<v1::AuthorizeTokenRequestResponse> AuthorizeTokenRequest(
      rpc::RequestContext& call, const v1::AuthorizeTokenRequestRequest& request) const;
  absl::StatusOr<v1::BatchAuthorizeResponse> BatchAuthorize(rpc::RequestContext& call,
                                                            const v1::BatchAuthorizeRequest& request) const;

 private:
  storage::Store& store_;
  AssertionVerifier& verifier_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_DECISIONS_H_
