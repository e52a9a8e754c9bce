#ifndef CIMD_SERVER_ASSERTIONS_ASSERTION_VERIFIER_H_
#define CIMD_SERVER_ASSERTIONS_ASSERTION_VERIFIER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/client_keys.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/assertions/key_cache.h"
#include "server/assertions/key_refresher.h"
#include "server/jose/client_assertion.h"
#include "server/rpc/request_context.h"
#include "server/rpc/resource_name.h"
#include "storage/store.h"
#include "storage/used_assertions.h"

namespace cimd::services {

inline constexpr size_t kMaxAssertionBytes = 8192;

// A parsed assertion and the client that it claims to come from. Not verified.
struct PresentedAssertion {
  // The client_id parameter, else the assertion's sub. For looking the client up only. Attacker-controlled.
  std::string client_id;
  // Absent if `reason` is set.
  std::optional<jose::ParsedAssertion> parsed;
  v1::AssertionReason reason = v1::ASSERTION_REASON_UNSPECIFIED;
};

// Parses the parameters of a token request, all attacker-controlled. `client_id` may be empty. Pure.
PresentedAssertion ParseAssertion(std::string_view client_id, std::string_view client_assertion_type,
                                  std::string_view client_assertion);

// The result of a verification: the reason of a refusal, or the key that signed the assertion.
struct AssertionVerdict {
  // UNSPECIFIED if the assertion is valid.
  v1::AssertionReason reason = v1::ASSERTION_REASON_UNSPECIFIED;
  // The refusal, explained for people. Quotes nothing of the assertion but kid and alg.
  std::string description;
  // Set for a valid assertion only.
  std::string kid;
  std::string thumbprint;
  std::string alg;
  absl::Time remember_until;

  bool valid() const { return reason == v1::ASSERTION_REASON_UNSPECIFIED; }
};

// Verifies client assertions (RFC 7523 section 2.2, rfc7523bis) with stored keys. Checks form, client, claims, key,
// signature and single use in this order, and stops at the first failure. So refusing an unknown caller's assertion
// takes microseconds. Never blocks on the network or the disk. Thread-safe.
class AssertionVerifier {
 public:
  // Called with each verdict; UNSPECIFIED for a valid assertion. If an assertion is verified again after its keys were
  // read, it is called for both verdicts.
  using Observer = absl::AnyInvocable<void(v1::AssertionReason) const>;

  // The references must outlive this object. `observer` may be called from any thread.
  AssertionVerifier(const storage::Store& store, KeyRefresher& refresher, storage::UsedAssertions& used_assertions,
                    Observer observer)
      : keys_(store), refresher_(refresher), used_assertions_(used_assertions), observer_(std::move(observer)) {}

  // `client` is the client that the tenant registered for presented.client_id; null if there is none. Errors are those
  // of the store and of UsedAssertions: a refused assertion is a verdict, not an error.
  //
  // An unknown kid may belong to a key that was just published. If `may_postpone`, Verify then sets call.postpone,
  // which reads the client's keys within the refresher's budget and verifies the assertion again. If the tenant
  // refreshes by hand, Verify records the kid for the tenant's admins instead.
  absl::StatusOr<AssertionVerdict> Verify(rpc::RequestContext& call, bool may_postpone, PresentedAssertion presented,
                                          std::string_view tenant_id, const v1::Tenant& tenant,
                                          const v1::Client* client);

  KeyCache::Lookups key_lookups() const { return keys_.lookups(); }

 private:
  absl::StatusOr<AssertionVerdict> Judge(rpc::RequestContext& call, bool may_postpone, PresentedAssertion presented,
                                         std::string_view tenant_id, const v1::Tenant& tenant,
                                         const v1::Client* client);
  AssertionVerdict RefuseForKeys(rpc::RequestContext& call, bool may_postpone, const jose::CheckedAssertion& checked,
                                 v1::AssertionReason reason, bool newer_keys_may_help, const rpc::ClientName& name,
                                 const v1::Tenant& tenant, const v1::Client& client);

  KeyCache keys_;
  KeyRefresher& refresher_;
  storage::UsedAssertions& used_assertions_;
  const Observer observer_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_ASSERTIONS_ASSERTION_VERIFIER_H_
