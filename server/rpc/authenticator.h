#ifndef CIMD_SERVER_RPC_AUTHENTICATOR_H_
#define CIMD_SERVER_RPC_AUTHENTICATOR_H_

#include <optional>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/request_context.h"

namespace cimd::rpc {

// Finds the caller that an access token belongs to, by the token's SHA-256; nullopt when there is none.
using CallerDirectory = absl::AnyInvocable<absl::StatusOr<std::optional<Caller>>(std::string_view token_digest) const>;

// Finds out who is calling from the value of the "authorization" metadata. Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(CallerDirectory directory);

  // `authorization` is what the caller sent; empty when it sent nothing. UNAUTHENTICATED ACCESS_TOKEN_INVALID for
  // everything that is not a known token, without a word about why.
  absl::StatusOr<Caller> Authenticate(std::string_view authorization) const;

  // Whether a caller that Authenticate let in would still be let in now: UNAUTHENTICATED ACCESS_TOKEN_INVALID when its
  // credential has expired or was revoked since. At most one read of the store; for streams, which outlive the moment
  // in which they were authenticated, to ask before they send something and every few seconds when there is nothing.
  absl::Status CheckStanding(const Caller& caller, absl::Time now) const;

 private:
  const CallerDirectory directory_;
};

// Whether the caller holds a scope: itself, or "*".
bool HasScope(const Caller& caller, std::string_view scope);

// Whether the caller may call the method for a resource of `tenant` (empty: the request names none):
// PERMISSION_DENIED SCOPE_INSUFFICIENT, TENANT_FORBIDDEN or METHOD_FORBIDDEN if not. Looks at nothing that is stored,
// so that a refusal says nothing about whether the resource exists.
absl::Status Authorize(const Caller& caller, const Method& method, std::string_view tenant);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_AUTHENTICATOR_H_
