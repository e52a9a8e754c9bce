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

// The scopes of a `scope` parameter, attacker-controlled: what spaces separate, as often as it stands there.
ScopeViews SplitScopes(std::string_view scope);

// What scopes are measured by.
struct ScopeRules {
  const v1::ResourceServer& resource_server;
  const v1::ClientGrant& grant;
  // Whether offline_access may be given; it belongs to no API and to no grant.
  bool offline_access_allowed = false;
  // What an earlier authorization gave; null when there is none to stay within.
  const google::protobuf::RepeatedPtrField<std::string>* authorized = nullptr;
};

struct GrantedScope {
  std::string_view text;
  // As the API describes it. Null when it is not the API's, but offline_access.
  const v1::ResourceServerScope* described = nullptr;
};

// Views into the request and the rules.
struct ScopeDecision {
  // Both in the order of the request, each scope once.
  absl::InlinedVector<GrantedScope, 16> granted;
  std::vector<std::pair<std::string_view, v1::DroppedScope::Reason>> dropped;
  // Whether scopes of an API (neither OpenID's nor offline_access) were asked for within the earlier authorization, and
  // whether any of those is granted.
  bool api_scopes_requested = false;
  bool api_scopes_granted = false;
  // Whether something was asked for that the earlier authorization did not give.
  bool exceeds_authorization = false;
};

// Decides scope by scope; the first that holds:
//
//   openid, profile, email, address, phone      dropped: strict third-party clients get no identity, whatever an API
//                                               calls its scopes
//   not in the earlier authorization            dropped
//   offline_access                              given or dropped as the rules say
//   not a scope of the API                      dropped, also when a grant still names it
//   not in the grant (nor allow_all_scopes)     dropped
//   else                                        given
//
// Nothing requested is nothing given. Pure; linear-logarithmic in the request, linear in API and grant.
ScopeDecision DecideScopes(absl::Span<const std::string_view> requested, const ScopeRules& rules);

// Checks that of the API's scopes, if any were asked for, at least one is granted, and that none exceeds the earlier
// authorization.
void CheckScopes(const ScopeDecision& scopes, Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_SCOPES_H_
