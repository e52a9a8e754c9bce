#include "server/policy/authorize_decision.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "server/policy/audience.h"
#include "server/policy/checks.h"
#include "server/policy/client_checks.h"
#include "server/policy/consent.h"
#include "server/policy/parameter_checks.h"
#include "server/policy/redirect_checks.h"
#include "server/policy/scopes.h"

namespace cimd::policy {
namespace {

using std::string_view;

bool MayRedirectErrors(const v1::Client& client, const ParameterNames& repeated) {
  return client.settings().redirection_policy() == v1::REDIRECTION_POLICY_ALLOW_ALWAYS &&
         std::none_of(repeated.begin(), repeated.end(),
                      [](const std::string& name) { return name == "client_id" || name == "redirect_uri"; });
}

string_view CheckAudience(const v1::Tenant& tenant, const v1::AuthorizeRequestRequest& request, Checks& checks) {
  const string_view audience = RequestedAudience(tenant, request);
  if (!CheckResources(tenant, request.audience(), request.resources(), checks) && audience.empty()) {
    const bool resource_too = tenant.resource_parameter_profile() == v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY;
    checks.Fail(v1::CHECK_REASON_AUDIENCE_MISSING, "audience",
                fmt::format("no API is named by audience{}", resource_too ? " or resource" : ""));
  }
  return audience;
}

ScopeDecision CheckScopes(const v1::Client& client, const ApiAccess& access, string_view scope, Checks& checks) {
  const bool offline_access =
      access.resource_server->allow_offline_access() && IsGrantTypeRegistered(client, "refresh_token");
  ScopeDecision scopes = DecideScopes(
      SplitScopes(scope),
      {.resource_server = *access.resource_server, .grant = *access.grant, .offline_access_allowed = offline_access});
  if (scopes.api_scopes_requested && !scopes.api_scopes_granted) {
    checks.Fail(v1::CHECK_REASON_SCOPES_NOT_GRANTED, "scope", "none of the requested scopes is granted to the client");
  }
  return scopes;
}

// The connection that the request names, if it may be used.
const v1::ConnectionReference* CheckConnection(const AuthorizeFacts& facts, const std::string& name, Checks& checks) {
  const auto& usable = facts.domain_connections;
  const auto named = std::find_if(usable.begin(), usable.end(), [&](const v1::ConnectionReference& connection) {
    return connection.connection_name() == name;
  });
  if (!name.empty() && named == usable.end()) {
    // The same words for both, so that connections that are not for third parties cannot be guessed.
    checks.Fail(
        facts.connection_exists ? v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL : v1::CHECK_REASON_CONNECTION_UNKNOWN,
        "connection", fmt::format("connection {} is not open to third-party clients", Quoted(name)));
  }
  if (usable.empty()) {
    checks.Fail(v1::CHECK_REASON_CONNECTION_NONE, "", "no connection is open to third-party clients");
  }
  return name.empty() || named == usable.end() ? nullptr : &*named;
}

void FillScopes(const ScopeDecision& scopes, v1::AuthorizeRequestResponse& response) {
  v1::DecisionBasis& basis = *response.mutable_basis();
  for (const GrantedScope& scope : scopes.granted) {
    response.add_scopes(scope.text.data(), scope.text.size());
    basis.add_scopes(scope.text.data(), scope.text.size());
  }
}

}  // namespace

string_view RequestedAudience(const v1::Tenant& tenant, const v1::AuthorizeRequestRequest& request) {
  return NamedAudience(tenant, request.audience(), request.resources());
}

v1::AuthorizeRequestResponse DecideAuthorize(const AuthorizeFacts& facts, const v1::AuthorizeRequestRequest& request) {
  v1::AuthorizeRequestResponse response;
  Checks checks(Leg::kAuthorization, *response.mutable_failed_checks());

  const v1::Client* client = CheckClient(facts.tenant, facts.client, request.client_id(), checks);
  CheckRedirectUri(client, request.redirect_uri(), checks);
  response.set_error_may_redirect(checks.passed() && MayRedirectErrors(*client, request.repeated_parameters()));

  CheckRepeatedParameters(request.repeated_parameters(), checks);
  CheckOtherParameters(request.other_parameters(), checks);
  CheckResponseType(request.response_type(), checks);
  CheckPkce(request.code_challenge(), request.code_challenge_method(), checks);
  if (client != nullptr) CheckGrantTypeRegistered(*client, "authorization_code", checks);
  const string_view audience = CheckAudience(facts.tenant, request, checks);

  ApiAccess access;
  ScopeDecision scopes;
  const v1::ConnectionReference* connection = nullptr;
  if (client != nullptr) {
    if (!audience.empty()) access = CheckApiAccess(facts.api, *client, audience, v1::SUBJECT_TYPE_USER, checks);
    if (access.grant != nullptr) scopes = CheckScopes(*client, access, request.scope(), checks);
    connection = CheckConnection(facts, request.connection(), checks);
  }
  Conclude(response);

  v1::DecisionBasis& basis = *response.mutable_basis();
  basis.set_revision(facts.revision);
  if (client != nullptr) {
    *response.mutable_client() = *client;
    basis.set_client(client->name());
    basis.set_document_version(client->document_version());
  }
  if (access.resource_server != nullptr) *response.mutable_resource_server() = *access.resource_server;
  if (access.grant != nullptr) response.set_client_grant(access.grant->name());
  for (const auto& [scope, reason] : scopes.dropped) {
    v1::DroppedScope& dropped = *response.add_dropped_scopes();
    dropped.set_scope(scope.data(), scope.size());
    dropped.set_reason(reason);
  }
  if (!response.allowed()) return response;

  FillScopes(scopes, response);
  if (connection != nullptr) {
    *response.add_connections() = *connection;
  } else {
    *response.mutable_connections() = facts.domain_connections;
  }
  *response.mutable_consent() = DescribeConsent(*client, request.redirect_uri(), scopes.granted);
  basis.set_redirect_uri(request.redirect_uri());
  basis.set_token_endpoint_auth_method(SupportsAuthentication(*client, "none") ? "none" : "private_key_jwt");
  basis.set_audience(access.resource_server->identifier());
  return response;
}

}  // namespace cimd::policy
