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
#include "server/jose/client_assertion.h"
#include "server/rpc/request_context.h"
#include "server/rpc/resource_name.h"
#include "server/assertions/key_cache.h"
#include "server/assertions/key_refresher.h"
#include "storage/used_assertions.h"
#include "storage/store.h"

namespace cimd::services {

inline constexpr size_t kMaxAssertionBytes = 8192;

// What a client sent to prove who it is, taken apart: by now it is known for which client, and nothing else.
struct PresentedAssertion {
  // The client_id parameter, else the assertion's sub. Attacker-controlled; for looking the client up.
  std::string client_id;
  // Absent when `reason` says what is wrong already.
  std::optional<jose::ParsedAssertion> parsed;
  v1::AssertionReason reason = v1::ASSERTION_REASON_UNSPECIFIED;
};

// The parameters of a token request as they arrived, all attacker-controlled. `client_id` may be empty. Pure.
PresentedAssertion ParseAssertion(std::string_view client_id, std::string_view client_assertion_type,
                                  std::string_view client_assertion);

// Why an assertion is refused, or which key vouches for it.
struct AssertionVerdict {
  // UNSPECIFIED when the assertion is valid.
  v1::AssertionReason reason = v1::ASSERTION_REASON_UNSPECIFIED;
  // Why not, for people; quotes kid and alg at most.
  std::string description;
  // Only of a valid assertion.
  std::string kid;
  std::string thumbprint;
  std::string alg;
  absl::Time remember_until;

  bool valid() const { return reason == v1::ASSERTION_REASON_UNSPECIFIED; }
};

// Verifies client assertions (RFC 7523 section 2.2, rfc7523bis) over what is stored: form, client, claims, key,
// signature, single use, in this order, each only after the one before it, so that a stranger's assertion costs
// microseconds. Neither waits for the network nor for the disk. Thread-safe.
class AssertionVerifier {
 public:
  // Told of each verdict, UNSPECIFIED for a valid assertion; one for which keys are read once more has two.
  using Observer = absl::AnyInvocable<void(v1::AssertionReason) const>;

  // All outlive this. `observer` may be called from any thread.
  AssertionVerifier(const storage::Store& store, KeyRefresher& refresher, storage::UsedAssertions& used_assertions,
                    Observer observer)
      : keys_(store), refresher_(refresher), used_assertions_(used_assertions), observer_(std::move(observer)) {}

  // `client` is the one registered in the tenant for presented.client_id, null when there is none. An error only when
  // the store or the memory of used assertions failed.
  //
  // A key that is not known may be one that the client published just now. Then call.postpone is set, if that is
  // allowed, to read the client's keys once more, within the refresher's budget, and verify again; a tenant that
  // refreshes by hand is shown the kid instead.
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
