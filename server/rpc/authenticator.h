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

// The names in a client certificate that the transport has verified. Empty when the caller showed none.
struct PeerCertificate {
  // Subject alternative names of type URI, SPIFFE ids among them, and of type DNS.
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  absl::Time expire_time = absl::InfiniteFuture();
};

// Finds callers by what they prove themselves with; nullopt when it proves nothing. The functions are called from any
// thread. Those for JWTs and certificates are empty when the operator has configured none.
struct CallerDirectory {
  // By the SHA-256 of an opaque access token.
  absl::AnyInvocable<absl::StatusOr<std::optional<Caller>>(std::string_view token_digest) const> by_token;
  absl::AnyInvocable<std::optional<Caller>(std::string_view jwt, absl::Time now) const> by_jwt;
  absl::AnyInvocable<std::optional<Caller>(const PeerCertificate& certificate) const> by_certificate;
  // Changes whenever a JWT or a certificate may have become worth less than it was.
  absl::AnyInvocable<int64_t() const> identity_revision;
};

// Finds out who is calling. Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(CallerDirectory directory);

  // `authorization` is the value of the metadata of that name, empty when the caller sent none; the caller chose it. A
  // bearer token alone decides, whatever certificate came with it: who passes on other people's tokens must neither
  // lend them its own rights nor stand in for those that are refused. Without any `authorization` the certificate
  // decides, which is asked for only then.
  //
  // `stranger` is asked before anything is spent on a token that has not been good lately; its error is the answer.
  //
  // UNAUTHENTICATED ACCESS_TOKEN_INVALID for everything that proves nothing, without a word about why.
  absl::StatusOr<Caller> Authenticate(std::string_view authorization, absl::Time now,
                                      absl::FunctionRef<PeerCertificate()> certificate,
                                      absl::FunctionRef<absl::Status()> stranger) const;

  // Whether a caller that Authenticate let in would still be let in now: UNAUTHENTICATED ACCESS_TOKEN_INVALID when its
  // credential has expired or was revoked since. At most one read of the store; for streams, which outlive the moment
  // in which they were authenticated, to ask before they send something and every few seconds when there is nothing.
  absl::Status CheckStanding(const Caller& caller, absl::Time now) const;

 private:
  bool IsFamiliar(std::string_view digest) const;
  void Remember(std::string_view digest) const;
  void Forget(std::string_view digest) const;

  const CallerDirectory directory_;
  // Pieces of the digests of tokens that were good, each in the one place that it can have: a memory that needs no
  // lock.
  mutable std::array<std::atomic<uint64_t>, 4096> familiar_{};
};

// Whether the caller holds a scope: itself, or "*".
bool HasScope(const Caller& caller, std::string_view scope);

// Whether the caller may call the method for a resource of `tenant` (empty: the request names none, or the platform's):
// PERMISSION_DENIED SCOPE_INSUFFICIENT, TENANT_FORBIDDEN or METHOD_FORBIDDEN, or INVALID_ARGUMENT
// TENANT_REQUIRED for a platform caller's kCallersTenant. Looks at nothing that is stored,
// so that a refusal says nothing about whether the resource exists. A caller that is bound to a tenant is refused
// whatever does not name that tenant, so no handler ever takes a name of its that is malformed for one of the platform.
absl::Status Authorize(const Caller& caller, const Method& method, std::string_view tenant);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_AUTHENTICATOR_H_
