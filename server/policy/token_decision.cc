#include "server/policy/token_decision.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "server/policy/audience.h"
#include "server/policy/authorization_recheck.h"
#include "server/policy/checks.h"
#include "server/policy/client_checks.h"
#include "server/policy/parameter_checks.h"
#include "server/policy/scopes.h"

namespace cimd::policy {
namespace {

using Request = v1::AuthorizeTokenRequestRequest;
using Response = v1::AuthorizeTokenRequestResponse;
using std::string_view;

// That of ResourceServer.token_lifetime_seconds.
constexpr int kDefaultTokenLifetimeSeconds = 86400;

Leg LegOf(const Request& request) {
  return request.grant_type() == "client_credentials" ? Leg::kClientCredentials : Leg::kRedemption;
}

bool CheckGrantType(const std::string& grant_type, Checks& checks) {
  if (grant_type == "authorization_code" || grant_type == "refresh_token" || grant_type == "client_credentials") {
    return true;
  }
  if (grant_type.empty()) {
    checks.Fail(v1::CHECK_REASON_GRANT_TYPE_MISSING, "grant_type", "grant_type is missing");
  } else {
    checks.Fail(v1::CHECK_REASON_GRANT_TYPE_UNSUPPORTED, "grant_type",
                fmt::format("grant_type {} is not supported", Quoted(grant_type)));
  }
  return false;
}

// What was found out about the API and its scopes.
struct Outcome {
  ApiAccess access;
  ScopeDecision scopes;
  // Whether the authorization has offline_access and API and client still allow it.
  bool offline_access = false;
};

template <typename Strings>
ScopeViews ViewsOf(const Strings& strings) {
  return ScopeViews(strings.begin(), strings.end());
}

void CheckScopesGranted(const ScopeDecision& scopes, Checks& checks) {
  if (!scopes.api_scopes_requested || scopes.api_scopes_granted) return;
  checks.Fail(v1::CHECK_REASON_SCOPES_NOT_GRANTED, "scope", "none of the scopes is granted to the client");
}

// The API that the request itself names, if it names one, is the one that was authorized (RFC 8707 section 2.2).
void CheckAudienceAuthorized(const v1::Tenant& tenant, const Request& request, Checks& checks) {
  CheckResources(tenant, request.audience(), request.resources(), checks);
  const string_view named = NamedAudience(tenant, request.audience(), request.resources());
  if (named.empty() || named == request.basis().audience()) return;
  checks.Fail(v1::CHECK_REASON_EXCEEDS_AUTHORIZATION, request.audience().empty() ? "resource" : "audience",
              fmt::format("API {} is not the one that was authorized", Quoted(named)));
}

Outcome DecideRedemption(const TokenFacts& facts, const v1::Client& client, const Request& request, Checks& checks) {
  Outcome outcome;
  const v1::DecisionBasis& basis = request.basis();
  if (!IsAuthorization(basis)) {
    checks.Fail(v1::CHECK_REASON_AUTHORIZATION_MISSING, "", "no authorization belongs to the code or refresh token");
    return outcome;
  }
  RecheckAuthorization(client, request, checks);
  CheckAudienceAuthorized(facts.tenant, request, checks);
  outcome.access = CheckApiAccess(facts.api, client, basis.audience(), v1::SUBJECT_TYPE_USER, checks);
  const auto [api, grant] = outcome.access;
  if (api == nullptr) return outcome;

  const bool was_authorized =
      std::find(basis.scopes().begin(), basis.scopes().end(), kOfflineAccess) != basis.scopes().end();
  const bool api_allows = api->allow_offline_access();
  if (request.grant_type() == "refresh_token" && !(was_authorized && api_allows)) {
    checks.Fail(v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED, "",
                was_authorized ? "the API no longer allows offline_access" : "offline_access was not authorized");
  }
  const bool still_allowed = api_allows && IsGrantTypeRegistered(client, "refresh_token");
  outcome.offline_access = was_authorized && still_allowed;
  if (grant == nullptr) return outcome;

  const ScopeViews requested = SplitScopes(request.scope());
  outcome.scopes =
      DecideScopes(requested.empty() ? ViewsOf(basis.scopes()) : requested, {.resource_server = *api,
                                                                             .grant = *grant,
                                                                             .offline_access_allowed = still_allowed,
                                                                             .authorized = &basis.scopes()});
  if (outcome.scopes.exceeds_authorization) {
    checks.Fail(v1::CHECK_REASON_EXCEEDS_AUTHORIZATION, "scope", "more scopes are requested than were authorized");
  }
  CheckScopesGranted(outcome.scopes, checks);
  return outcome;
}

// All that the grant gives.
ScopeViews ScopesOf(const v1::ResourceServer& api, const v1::ClientGrant& grant) {
  if (!grant.allow_all_scopes()) return ViewsOf(grant.scopes());
  ScopeViews scopes;
  for (const v1::ResourceServerScope& scope : api.scopes()) scopes.push_back(scope.value());
  return scopes;
}

Outcome DecideForClientItself(const TokenFacts& facts, const v1::Client& client, const Request& request,
                              Checks& checks) {
  Outcome outcome;
  const string_view audience = RequestedAudience(facts.tenant, request);
  if (!CheckResources(facts.tenant, request.audience(), request.resources(), checks) && audience.empty()) {
    checks.Fail(v1::CHECK_REASON_AUDIENCE_MISSING, "audience", "no API is named");
  }
  if (audience.empty()) return outcome;
  outcome.access = CheckApiAccess(facts.api, client, audience, v1::SUBJECT_TYPE_CLIENT, checks);
  const auto [api, grant] = outcome.access;
  if (grant == nullptr) return outcome;
  const ScopeViews requested = SplitScopes(request.scope());
  outcome.scopes =
      DecideScopes(requested.empty() ? ScopesOf(*api, *grant) : requested, {.resource_server = *api, .grant = *grant});
  CheckScopesGranted(outcome.scopes, checks);
  return outcome;
}

void FillAllowed(const Request& request, const Outcome& outcome, Response& response) {
  const v1::ResourceServer& api = *outcome.access.resource_server;
  v1::DecisionBasis& basis = *response.mutable_basis();
  for (const GrantedScope& scope : outcome.scopes.granted) response.add_scopes(scope.text.data(), scope.text.size());
  response.set_token_lifetime_seconds(api.token_lifetime_seconds() > 0 ? api.token_lifetime_seconds()
                                                                       : kDefaultTokenLifetimeSeconds);
  response.set_refresh_token_allowed(outcome.offline_access);
  basis.set_audience(api.identifier());
  const bool proved = request.authentication_method() == "private_key_jwt";
  basis.set_token_endpoint_auth_method(proved ? "private_key_jwt" : "none");
  if (LegOf(request) == Leg::kClientCredentials) {
    *basis.mutable_scopes() = response.scopes();
  } else {
    // The refresh token keeps what was authorized, however little this request asked for (RFC 6749 section 6).
    *basis.mutable_scopes() = request.basis().scopes();
    basis.set_redirect_uri(request.basis().redirect_uri());
  }
}

}  // namespace

string_view RequestedAudience(const v1::Tenant& tenant, const Request& request) {
  if (LegOf(request) == Leg::kRedemption) return request.basis().audience();
  return NamedAudience(tenant, request.audience(), request.resources());
}

v1::SubjectType RequestedSubjectType(const Request& request) {
  return LegOf(request) == Leg::kClientCredentials ? v1::SUBJECT_TYPE_CLIENT : v1::SUBJECT_TYPE_USER;
}

Response DecideToken(const TokenFacts& facts, const Request& request) {
  Response response;
  Checks checks(LegOf(request), *response.mutable_failed_checks());

  const v1::Client* client = CheckClient(facts.tenant, facts.client, request.client_id(), checks);
  if (client != nullptr) {
    CheckAuthentication(*client, request.authentication_method(), IsProofRequired(*client, request), checks);
  }
  CheckRepeatedParameters(request.repeated_parameters(), checks);
  const bool supported = CheckGrantType(request.grant_type(), checks);
  Outcome outcome;
  if (client != nullptr && supported) {
    CheckGrantTypeRegistered(*client, request.grant_type(), checks);
    outcome = checks.leg() == Leg::kRedemption ? DecideRedemption(facts, *client, request, checks)
                                               : DecideForClientItself(facts, *client, request, checks);
  }
  Conclude(response);

  v1::DecisionBasis& basis = *response.mutable_basis();
  basis.set_revision(facts.revision);
  if (client != nullptr) {
    *response.mutable_client() = *client;
    basis.set_client(client->name());
    basis.set_document_version(client->document_version());
    if (supported && checks.leg() == Leg::kRedemption && IsAuthorization(request.basis())) {
      DescribeChanges(*client, request, response);
    }
  }
  const ApiAccess& access = outcome.access;
  if (access.resource_server != nullptr) *response.mutable_resource_server() = *access.resource_server;
  if (access.grant != nullptr) response.set_client_grant(access.grant->name());
  for (const auto& [scope, reason] : outcome.scopes.dropped) {
    v1::DroppedScope& dropped = *response.add_dropped_scopes();
    dropped.set_scope(scope.data(), scope.size());
    dropped.set_reason(reason);
  }
  if (response.allowed()) FillAllowed(request, outcome, response);
  return response;
}

}  // namespace cimd::policy
