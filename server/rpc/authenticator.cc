#include "server/rpc/authenticator.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/crypto/sha256.h"
#include "server/rpc/errors.h"

namespace cimd::rpc {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr size_t kMaxTokenBytes = 4096;

// The scheme's name is case-insensitive (RFC 9110 section 11.1).
bool HasBearerScheme(std::string_view authorization) {
  return authorization.size() > kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), authorization.begin(),
                    [](char expected, char actual) { return expected == absl::ascii_tolower(actual); });
}

}  // namespace

Authenticator::Authenticator(CallerDirectory directory) : directory_(std::move(directory)) {}

absl::StatusOr<Caller> Authenticator::Authenticate(std::string_view authorization) const {
  if (!HasBearerScheme(authorization) || authorization.size() > kMaxTokenBytes) return errors::AccessTokenInvalid();
  // Looking up the digest instead of comparing tokens leaves nothing to learn from how long it takes.
  std::string digest = crypto::Sha256(authorization.substr(kScheme.size()));
  absl::StatusOr<std::optional<Caller>> caller = directory_(digest);
  if (!caller.ok()) return caller.status();
  if (!caller->has_value()) return errors::AccessTokenInvalid();
  (*caller)->token_digest = std::move(digest);
  return **std::move(caller);
}

absl::Status Authenticator::CheckStanding(const Caller& caller, absl::Time now) const {
  if (now >= caller.expire_time) return errors::AccessTokenInvalid();
  absl::StatusOr<std::optional<Caller>> found = directory_(caller.token_digest);
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
  if (caller.tenant.empty()) return absl::OkStatus();
  if (method.scoping == Scoping::kPlatform) return errors::PlatformOnly(method.name);
  return caller.tenant == tenant ? absl::OkStatus() : errors::TenantForbidden();
}

}  // namespace cimd::rpc
