#include "server/policy/token_decision.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "server/policy/audience.h"
#include "server/policy/authorization_recheck.h"
#include "server/policy/checks.h"
#include "server/policy/client_checks.h"
#include "server/policy/conclusion.h"
#include "server/policy/parameter_checks.h"
#include "server/policy/scopes.h"

namespace cimd::policy {
namespace {

using Request = v1::AuthorizeTokenRequestRequest;
using Response = v1::AuthorizeTokenRequestResponse;
using std::string_view;

// The default of ResourceServer.token_lifetime_seconds.
constexpr int kDefaultTokenLifetimeSeconds = 86400;

FlowStage FlowStageOf(const Request& request) {
  return request.grant_type() == "client_credentials" ? FlowStage::kClientCredentials : FlowStage::kRedemption;
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

template <typename Strings>
ScopeViews ViewsOf(const Strings& strings) {
  return ScopeViews(strings.begin(), strings.end());
}

bool IsOfflineAccessAuthorized(const v1::DecisionBasis& basis) {
  return std::find(basis.scopes().begin(), basis.scopes().end(), kOfflineAccess) != basis.scopes().end();
}

// Checks that the API that the request names, if it names one, is the authorized one (RFC 8707 section 2.2).
void CheckAudienceAuthorized(const v1::Tenant& tenant, const Request& request, Checks& checks) {
  CheckResources(tenant, request.audience(), request.resources(), checks);
  const string_view named = NamedAudience(tenant, request.audience(), request.resources());
  const string_view parameter = AudienceParameter(tenant, request.audience());
  const string_view authorized = request.basis().audience();
  if (named.empty() || named == authorized || (parameter == "resource" && IsSameResource(named, authorized))) return;
  checks.Fail(v1::CHECK_REASON_EXCEEDS_AUTHORIZATION, parameter,
              fmt::format("API {} is not the one that was authorized", Quoted(named)));
}

void CheckOfflineAccess(const v1::DecisionBasis& basis, const v1::ResourceServer& api, Checks& checks) {
  const bool authorized = IsOfflineAccessAuthorized(basis);
  if (authorized && api.allow_offline_access()) return;
  checks.Fail(v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED, "",
              authorized ? "the API no longer allows offline_access" : "offline_access was not authorized");
}

void DecideRedemption(const TokenFacts& facts, const Request& request, Findings& findings, Checks& checks) {
  const v1::Client& client = *findings.client;
  const v1::DecisionBasis& basis = request.basis();
  if (!IsAuthorization(basis)) {
    checks.Fail(v1::CHECK_REASON_AUTHORIZATION_MISSING, "", "no authorization belongs to the code or refresh token");
    return;
  }
  RecheckAuthorization(client, request, checks);
  CheckAudienceAuthorized(facts.tenant, request, checks);
  findings.access = CheckApiAccess(facts.api, client, basis.audience(), "", v1::SUBJECT_TYPE_USER, checks);
  const auto [api, grant] = findings.access;
  if (api != nullptr && request.grant_type() == "refresh_token") CheckOfflineAccess(basis, *api, checks);
  if (grant == nullptr) return;
  const ScopeViews requested = SplitScopes(request.scope());
  findings.scopes = DecideScopes(requested.empty() ? ViewsOf(basis.scopes()) : requested,
                                 {.resource_server = *api,
                                  .grant = *grant,
                                  .offline_access_allowed = IsOfflineAccessAllowed(*api, client),
                                  .authorized = &basis.scopes()});
  // RFC 6749 section 4.1.3 has no scope in the request that redeems a code. Clients that send it repeat what they asked
  // for at the authorization endpoint; it narrows what was authorized and is never refused.
  if (request.grant_type() == "authorization_code") findings.scopes.exceeds_authorization = false;
  CheckScopes(findings.scopes, checks);
}

// All scopes that the grant has.
ScopeViews ScopesOf(const v1::ResourceServer& api, const v1::ClientGrant& grant) {
  if (!grant.allow_all_scopes()) return ViewsOf(grant.scopes());
  ScopeViews scopes;
  for (const v1::ResourceServerScope& scope : api.scopes()) scopes.push_back(scope.value());
  return scopes;
}

void DecideForClientItself(const TokenFacts& facts, const Request& request, Findings& findings, Checks& checks) {
  const string_view audience = CheckAudience(facts.tenant, request.audience(), request.resources(), checks);
  if (audience.empty()) return;
  findings.access =
      CheckApiAccess(facts.api, *findings.client, audience, AudienceParameter(facts.tenant, request.audience()),
                     v1::SUBJECT_TYPE_CLIENT, checks);
  const auto [api, grant] = findings.access;
  if (grant == nullptr) return;
  const ScopeViews requested = SplitScopes(request.scope());
  findings.scopes =
      DecideScopes(requested.empty() ? ScopesOf(*api, *grant) : requested, {.resource_server = *api, .grant = *grant});
  CheckScopes(findings.scopes, checks);
}

void FillAllowed(const Request& request, const Findings& findings, Response& response) {
  const v1::ResourceServer& api = *findings.access.resource_server;
  v1::DecisionBasis& basis = *response.mutable_basis();
  for (const GrantedScope& scope : findings.scopes.granted) response.add_scopes(scope.text.data(), scope.text.size());
  response.set_token_lifetime_seconds(api.token_lifetime_seconds() > 0 ? api.token_lifetime_seconds()
                                                                       : kDefaultTokenLifetimeSeconds);
  basis.set_audience(api.identifier());
  const bool proved = request.authentication_method() == "private_key_jwt";
  basis.set_token_endpoint_auth_method(proved ? "private_key_jwt" : "none");
  if (FlowStageOf(request) == FlowStage::kClientCredentials) {
    *basis.mutable_scopes() = response.scopes();
    return;
  }
  response.set_refresh_token_allowed(IsOfflineAccessAuthorized(request.basis()) &&
                                     IsOfflineAccessAllowed(api, *findings.client));
  // The refresh token keeps all that was authorized, even if this request asked for less (RFC 6749 section 6).
  *basis.mutable_scopes() = request.basis().scopes();
  basis.set_redirect_uri(request.basis().redirect_uri());
}

}  // namespace

string_view RequestedAudience(const v1::Tenant& tenant, const Request& request) {
  if (FlowStageOf(request) == FlowStage::kRedemption) return request.basis().audience();
  return NamedAudience(tenant, request.audience(), request.resources());
}

v1::SubjectType RequestedSubjectType(const Request& request) {
  return FlowStageOf(request) == FlowStage::kClientCredentials ? v1::SUBJECT_TYPE_CLIENT : v1::SUBJECT_TYPE_USER;
}

Response DecideToken(const TokenFacts& facts, const Request& request) {
  Response response;
  Checks checks(FlowStageOf(request), *response.mutable_failed_checks());

  const v1::Client* client = CheckClient(facts.tenant, facts.client, request.client_id(), checks);
  const bool refused = facts.assertion.reason != v1::ASSERTION_REASON_UNSPECIFIED;
  if (refused) {
    checks.Fail(v1::CHECK_REASON_CLIENT_AUTHENTICATION_FAILED, "client_assertion",
                std::string(facts.assertion.description));
  }
  response.set_assertion_reason(facts.assertion.reason);
  response.set_key_thumbprint_sha256(std::string(facts.assertion.key_thumbprint));
  if (client != nullptr && !refused) {
    CheckAuthentication(*client, request.authentication_method(), IsProofRequired(*client, request), checks);
  }
  CheckRepeatedParameters(request.repeated_parameters(), checks);
  const bool supported = CheckGrantType(request.grant_type(), checks);
  Findings findings{.client = client};
  if (client != nullptr && supported) {
    CheckGrantTypeRegistered(*client, request.grant_type(), checks);
    if (checks.stage() == FlowStage::kClientCredentials) {
      DecideForClientItself(facts, request, findings, checks);
    } else {
      DecideRedemption(facts, request, findings, checks);
      if (IsAuthorization(request.basis())) DescribeChanges(*client, request, response);
    }
  }
  Conclude(findings, facts.revision, response);
  if (response.allowed()) FillAllowed(request, findings, response);
  return response;
}

}  // namespace cimd::policy
