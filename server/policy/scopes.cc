#include "server/policy/scopes.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <tuple>

namespace cimd::policy {
namespace {

using std::string_view;

// OpenID Connect Core sections 3.1.2.1 and 5.4.
constexpr string_view kOpenIdScopes[] = {"openid", "profile", "email", "address", "phone"};

bool IsOpenIdScope(string_view scope) {
  return std::find(std::begin(kOpenIdScopes), std::end(kOpenIdScopes), scope) != std::end(kOpenIdScopes);
}

struct RequestedScope {
  string_view text;
  uint32_t position;
  const v1::ResourceServerScope* in_api = nullptr;
  bool in_grant = false;
  bool authorized = false;
};

// The requested scopes, each once, indexed by their text.
class RequestedScopes {
 public:
  explicit RequestedScopes(absl::Span<const string_view> requested) {
    scopes_.reserve(requested.size());
    for (string_view text : requested) scopes_.push_back({text, static_cast<uint32_t>(scopes_.size())});
    std::sort(scopes_.begin(), scopes_.end(), [](const RequestedScope& a, const RequestedScope& b) {
      return std::tie(a.text, a.position) < std::tie(b.text, b.position);
    });
    const auto last = std::unique(scopes_.begin(), scopes_.end(),
                                  [](const RequestedScope& a, const RequestedScope& b) { return a.text == b.text; });
    scopes_.erase(last, scopes_.end());
  }

  // Sets `mark` in the scope of that text if it was requested.
  template <typename Value>
  void Mark(string_view text, Value RequestedScope::*mark, Value value) {
    const auto found = std::lower_bound(scopes_.begin(), scopes_.end(), text,
                                        [](const RequestedScope& scope, string_view t) { return scope.text < t; });
    if (found != scopes_.end() && found->text == text) (*found).*mark = value;
  }

  // Reorders the scopes; Mark() must not be called afterwards.
  absl::Span<const RequestedScope> InOrderOfRequest() {
    std::sort(scopes_.begin(), scopes_.end(),
              [](const RequestedScope& a, const RequestedScope& b) { return a.position < b.position; });
    return scopes_;
  }

 private:
  absl::InlinedVector<RequestedScope, 16> scopes_;
};

// Why a scope is dropped; UNSPECIFIED when it is granted.
v1::DroppedScope::Reason ReasonToDrop(const RequestedScope& scope, const ScopeRules& rules) {
  if (IsOpenIdScope(scope.text)) return v1::DroppedScope::REASON_OPENID_NOT_SUPPORTED;
  if (rules.authorized != nullptr && !scope.authorized) return v1::DroppedScope::REASON_NOT_AUTHORIZED;
  if (scope.text == kOfflineAccess) {
    return rules.offline_access_allowed ? v1::DroppedScope::REASON_UNSPECIFIED
                                        : v1::DroppedScope::REASON_OFFLINE_ACCESS_NOT_ALLOWED;
  }
  if (scope.in_api == nullptr) return v1::DroppedScope::REASON_UNKNOWN;
  if (!scope.in_grant && !rules.grant.allow_all_scopes()) return v1::DroppedScope::REASON_NOT_GRANTED;
  return v1::DroppedScope::REASON_UNSPECIFIED;
}

}  // namespace

ScopeViews SplitScopes(string_view scope) {
  ScopeViews scopes;
  while (!scope.empty()) {
    const size_t space = std::min(scope.find(' '), scope.size());
    if (space > 0) scopes.push_back(scope.substr(0, space));
    scope.remove_prefix(std::min(space + 1, scope.size()));
  }
  return scopes;
}

ScopeDecision DecideScopes(absl::Span<const string_view> requested, const ScopeRules& rules) {
  ScopeDecision decision;
  if (requested.empty()) return decision;
  RequestedScopes scopes(requested);
  for (const v1::ResourceServerScope& scope : rules.resource_server.scopes()) {
    scopes.Mark<const v1::ResourceServerScope*>(scope.value(), &RequestedScope::in_api, &scope);
  }
  for (const std::string& scope : rules.grant.scopes()) scopes.Mark(scope, &RequestedScope::in_grant, true);
  if (rules.authorized != nullptr) {
    for (const std::string& scope : *rules.authorized) scopes.Mark(scope, &RequestedScope::authorized, true);
  }
  for (const RequestedScope& scope : scopes.InOrderOfRequest()) {
    const v1::DroppedScope::Reason reason = ReasonToDrop(scope, rules);
    const bool granted = reason == v1::DroppedScope::REASON_UNSPECIFIED;
    if (granted) {
      decision.granted.push_back({scope.text, scope.in_api});
    } else {
      decision.dropped.emplace_back(scope.text, reason);
    }
    if (reason == v1::DroppedScope::REASON_NOT_AUTHORIZED) {
      decision.exceeds_authorization = true;
    } else if (scope.text != kOfflineAccess && !IsOpenIdScope(scope.text)) {
      decision.api_scopes_requested = true;
      decision.api_scopes_granted |= granted;
    }
  }
  return decision;
}

void CheckScopes(const ScopeDecision& scopes, Checks& checks) {
  if (scopes.exceeds_authorization) {
    checks.Fail(v1::CHECK_REASON_EXCEEDS_AUTHORIZATION, "scope", "more scopes are requested than were authorized");
  }
  if (scopes.api_scopes_requested && !scopes.api_scopes_granted) {
    checks.Fail(v1::CHECK_REASON_SCOPES_NOT_GRANTED, "scope", "none of the scopes is granted to the client");
  }
}

}  // namespace cimd::policy
