#ifndef CIMD_SERVER_SERVICES_GRANTS_DECISIONS_H_
#define CIMD_SERVER_SERVICES_GRANTS_DECISIONS_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "cimd/v1/grants_service.pb.h"
#include "server/assertions/assertion_verifier.h"
#include "server/rpc/request_context.h"
#include "server/services/grants/tenant_facts.h"
#include "storage/store.h"

namespace cimd::services {

// Told of each decision: the first check that failed, UNSPECIFIED when the request is allowed. A token request that is
// decided anew is two.
using DecisionObserver = absl::AnyInvocable<void(v1::CheckReason) const>;

// What the deciding methods of cimd.v1.GrantsService do: read the facts from one snapshot, a handful of keys, and leave
// the decision to server/policy. A client's assertion is verified first, which uses it up; nothing else is written.
// Nothing waits for the network, but a token request may be decided anew when its client's keys were read once more; in
// a batch it is not. Thread-safe.
class DecisionHandlers {
 public:
  // Both outlive this. `observer` may be called from any thread.
  DecisionHandlers(storage::Store& store, AssertionVerifier& verifier, DecisionObserver observer)
      : store_(store), verifier_(verifier), observer_(std::move(observer)) {}

  absl::StatusOr<v1::AuthorizeRequestResponse> AuthorizeRequest(rpc::RequestContext& call,
                                                                const v1::AuthorizeRequestRequest& request) const;
  absl::StatusOr<v1::AuthorizeTokenRequestResponse> AuthorizeTokenRequest(
      rpc::RequestContext& call, const v1::AuthorizeTokenRequestRequest& request) const;
  absl::StatusOr<v1::BatchAuthorizeResponse> BatchAuthorize(rpc::RequestContext& call,
                                                            const v1::BatchAuthorizeRequest& request) const;

 private:
  storage::Store& store_;
  AssertionVerifier& verifier_;
  const DecisionObserver observer_;
  mutable TenantFactsCache tenants_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_GRANTS_DECISIONS_H_
