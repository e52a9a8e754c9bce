#ifndef CIMD_SERVER_POLICY_SCOPES_H_
#define CIMD_SERVER_POLICY_SCOPES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "cimd/v1/grants_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

inline constexpr std::string_view kOfflineAccess = "offline_access";

using ScopeViews = absl::InlinedVector<std::string_view, 16>;

// The scopes of a `scope` parameter, which comes from an attacker. Duplicates are kept. Points into `scope`.
ScopeViews SplitScopes(std::string_view scope);

// What requested scopes are checked against.
struct ScopeRules {
  const v1::ResourceServer& resource_server;
  const v1::ClientGrant& grant;
  // Whether offline_access may be granted; it belongs to no API and to no grant.
  bool offline_access_allowed = false;
  // The scopes of the earlier authorization; null when there is none.
  const google::protobuf::RepeatedPtrField<std::string>* authorized = nullptr;
};

struct GrantedScope {
  std::string_view text;
  // The API's description of the scope. Null for offline_access.
  const v1::ResourceServerScope* described = nullptr;
};

// Points into the request and the rules.
struct ScopeDecision {
  // Both in the order of the request, each scope once.
  absl::InlinedVector<GrantedScope, 16> granted;
  std::vector<std::pair<std::string_view, v1::DroppedScope::Reason>> dropped;
  // Whether scopes of an API (neither OpenID's nor offline_access) were requested within the earlier authorization, and
  // whether any of those is granted.
  bool api_scopes_requested = false;
  bool api_scopes_granted = false;
  // Whether a scope was requested that the earlier authorization does not have.
  bool exceeds_authorization = false;
};

// Decides on each scope by the first row that applies:
//
//   openid, profile, email, address, phone      dropped: strict third-party clients get no identity, whatever an API
//                                               calls its scopes
//   not in the earlier authorization            dropped
//   offline_access                              granted or dropped as the rules say
//   not a scope of the API                      dropped, also when a grant still names it
//   not in the grant (nor allow_all_scopes)     dropped
//   else                                        granted
//
// When no scope is requested, none is granted. Pure; linear-logarithmic in the request, linear in API and grant.
ScopeDecision DecideScopes(absl::Span<const std::string_view> requested, const ScopeRules& rules);

// Checks that at least one of the requested scopes of the API is granted, if there are any, and that no requested scope
// exceeds the earlier authorization.
void CheckScopes(const ScopeDecision& scopes, Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_SCOPES_H_
