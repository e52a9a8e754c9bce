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

// Called with each decision: the reason of the first failed check, or UNSPECIFIED when the request is allowed. Called
// twice for a token request that is decided again after its client's keys were read.
using DecisionObserver = absl::AnyInvocable<void(v1::CheckReason) const>;

// Implements the decision methods of cimd.v1.GrantsService. Each reads its facts from one snapshot with a few key
// lookups; server/policy makes the decision. A client assertion is verified first and, if valid, marked as used, even
// if the request is then denied; nothing else is written. No method waits for the network. A single token request with
// an unknown key may be postponed until the client's keys were read, and then decided again; requests in a batch are
// not. Thread-safe.
class DecisionHandlers {
 public:
  // `store` and `verifier` must outlive this. `observer` may be called from any thread.
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
