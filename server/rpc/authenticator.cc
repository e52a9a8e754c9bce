#include "server/rpc/authenticator.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/rpc/resource_name.h"

namespace cimd::rpc {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr size_t kMaxTokenBytes = 8192;

// The scheme's name is case-insensitive (RFC 9110 section 11.1).
bool HasBearerScheme(std::string_view authorization) {
  return authorization.size() > kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), authorization.begin(),
                    [](char expected, char actual) { return expected == absl::ascii_tolower(actual); });
}

// Three parts (RFC 7515 section 7.1). Access tokens of this server have no dots.
bool LooksLikeJwt(std::string_view token) { return std::count(token.begin(), token.end(), '.') == 2; }

uint64_t PieceOf(std::string_view digest, size_t offset) {
  uint64_t piece = 0;
  std::memcpy(&piece, digest.data() + offset, sizeof(piece));
  return piece;
}

}  // namespace

Authenticator::Authenticator(CallerDirectory directory) : directory_(std::move(directory)) {}

bool Authenticator::IsFamiliar(std::string_view digest) const {
  return familiar_[PieceOf(digest, 0) % familiar_.size()].load(std::memory_order_relaxed) == PieceOf(digest, 8);
}

void Authenticator::Remember(std::string_view digest) const {
  familiar_[PieceOf(digest, 0) % familiar_.size()].store(PieceOf(digest, 8), std::memory_order_relaxed);
}

void Authenticator::Forget(std::string_view digest) const {
  familiar_[PieceOf(digest, 0) % familiar_.size()].store(0, std::memory_order_relaxed);
}

absl::StatusOr<Caller> Authenticator::Authenticate(std::string_view authorization, absl::Time now,
                                                   absl::FunctionRef<PeerCertificate()> certificate,
                                                   absl::FunctionRef<absl::Status()> stranger) const {
  if (authorization.empty() && directory_.by_certificate) {
    const PeerCertificate shown = certificate();
    if (!shown.uris.empty() || !shown.dns_names.empty()) {
      std::optional<Caller> caller = directory_.by_certificate(shown);
      // A connection can outlive the certificate that it was opened with.
      if (caller.has_value() && now < shown.expire_time) return *std::move(caller);
    }
  }
  if (!HasBearerScheme(authorization) || authorization.size() > kMaxTokenBytes) {
    absl::Status refused = stranger();
    return refused.ok() ? errors::AccessTokenInvalid() : refused;
  }
  const std::string_view token = authorization.substr(kScheme.size());
  // Looked up by digest instead of compared, so that the time it takes says nothing about the token.
  std::string digest = crypto::Sha256(token);
  const bool familiar = IsFamiliar(digest);
  if (!familiar) {
    if (absl::Status refused = stranger(); !refused.ok()) return refused;
  }
  absl::StatusOr<std::optional<Caller>> caller = std::nullopt;
  if (LooksLikeJwt(token)) {
    if (directory_.by_jwt) caller = directory_.by_jwt(token, now);
  } else {
    caller = directory_.by_token(digest);
  }
  if (!caller.ok()) return caller.status();
  if (!caller->has_value()) {
    if (familiar) Forget(digest);
    return errors::AccessTokenInvalid();
  }
  if (!familiar) Remember(digest);
  if ((*caller)->kind == v1::CALLER_KIND_ACCESS_TOKEN) (*caller)->token_digest = std::move(digest);
  return **std::move(caller);
}

absl::Status Authenticator::CheckStanding(const Caller& caller, absl::Time now) const {
  if (now >= caller.expire_time) return errors::AccessTokenInvalid();
  if (caller.token_digest.empty()) {
    const bool stands = directory_.identity_revision && directory_.identity_revision() == caller.identity_revision;
    return stands ? absl::OkStatus() : errors::AccessTokenInvalid();
  }
  absl::StatusOr<std::optional<Caller>> found = directory_.by_token(caller.token_digest);
  if (!found.ok()) return found.status();
  return found->has_value() ? absl::OkStatus() : errors::AccessTokenInvalid();
}

bool HasScope(const Caller& caller, std::string_view scope) {
  return std::any_of(caller.scopes.begin(), caller.scopes.end(),
                     [&](const std::string& held) { return held == "*" || held == scope; });
}

absl::Status Authorize(const Caller& caller, const Method& method, std::string_view tenant) {
  std::string expected;
  bool allowed = false;
  for (std::string_view scope : method.scopes) {
    if (scope.empty()) continue;
    allowed = allowed || HasScope(caller, scope);
    if (!expected.empty()) expected += ", ";
    expected += scope;
  }
  if (!allowed) return errors::ScopeInsufficient(method.name, expected);
  if (caller.tenant.empty()) return tenant == kCallersTenant ? errors::TenantRequired() : absl::OkStatus();
  if (method.scoping == Scoping::kPlatform) return errors::PlatformOnly(method.name);
  return caller.tenant == tenant ? absl::OkStatus() : errors::TenantForbidden();
}

}  // namespace cimd::rpc
