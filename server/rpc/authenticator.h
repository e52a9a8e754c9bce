#ifndef CIMD_SERVER_RPC_AUTHENTICATOR_H_
#define CIMD_SERVER_RPC_AUTHENTICATOR_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/request_context.h"

namespace cimd::rpc {

// The names in a client certificate that the transport has verified. Empty when there is no certificate.
struct PeerCertificate {
  // Subject alternative names of type URI, SPIFFE ids among them, and of type DNS.
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  absl::Time expire_time = absl::InfiniteFuture();
};

// Finds callers by their credential; nullopt when it is not good. The functions are called from any thread. Those for
// JWTs and certificates are null when the operator has configured none.
struct CallerDirectory {
  // By the SHA-256 of an opaque access token.
  absl::AnyInvocable<absl::StatusOr<std::optional<Caller>>(std::string_view token_digest) const> by_token;
  absl::AnyInvocable<std::optional<Caller>(std::string_view jwt, absl::Time now) const> by_jwt;
  absl::AnyInvocable<std::optional<Caller>(const PeerCertificate& certificate) const> by_certificate;
  // Changes whenever a JWT or a certificate may have lost rights.
  absl::AnyInvocable<int64_t() const> identity_revision;
};

// Finds out who is calling. Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(CallerDirectory directory);

  // `authorization` is the metadata of that name, chosen by the caller; empty when there is none. With a bearer token,
  // the token alone decides, so a proxy that forwards a user's token never adds its own rights. Without any
  // `authorization`, the client certificate decides; `certificate` is called only then.
  //
  // `stranger` is called at most once, before work is spent on a credential that was not good lately. Its error is
  // returned as it is.
  //
  // UNAUTHENTICATED ACCESS_TOKEN_INVALID for every credential that is not good; the error does not say why.
  absl::StatusOr<Caller> Authenticate(std::string_view authorization, absl::Time now,
                                      absl::FunctionRef<PeerCertificate()> certificate,
                                      absl::FunctionRef<absl::Status()> stranger) const;

  // Whether the credential of an authenticated caller is still good: UNAUTHENTICATED ACCESS_TOKEN_INVALID when it has
  // expired or was revoked since. At most one read of the store. For streams, which outlive their authentication.
  absl::Status CheckStanding(const Caller& caller, absl::Time now) const;

 private:
  bool IsFamiliar(std::string_view digest) const;
  void Remember(std::string_view digest) const;
  void Forget(std::string_view digest) const;

  const CallerDirectory directory_;
  // Pieces of the digests of tokens that were good lately, each at an index that its digest determines. Without a lock.
  mutable std::array<std::atomic<uint64_t>, 4096> familiar_{};
};

// Whether the caller holds a scope: itself, or "*".
bool HasScope(const Caller& caller, std::string_view scope);

// Whether the caller may call the method for a resource of `tenant` (empty: the request names none, or the platform's):
// PERMISSION_DENIED SCOPE_INSUFFICIENT, TENANT_FORBIDDEN or METHOD_FORBIDDEN if not, and INVALID_ARGUMENT
// TENANT_REQUIRED for a platform caller's kCallersTenant. Reads nothing from the store, so a refusal does not say
// whether the resource exists. A caller that is bound to a tenant may only call for names of that tenant, so a
// malformed name of its never counts as one of the platform.
absl::Status Authorize(const Caller& caller, const Method& method, std::string_view tenant);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_AUTHENTICATOR_H_
