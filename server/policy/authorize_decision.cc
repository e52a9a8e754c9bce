#include "server/policy/authorize_decision.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "server/policy/audience.h"
#include "server/policy/checks.h"
#include "server/policy/client_checks.h"
#include "server/policy/conclusion.h"
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

// The connection that the request names, if the client may use it.
const v1::ConnectionReference* CheckConnection(const AuthorizeFacts& facts, const std::string& name, Checks& checks) {
  const auto& usable = facts.domain_connections;
  const auto named = std::find_if(usable.begin(), usable.end(), [&](const v1::ConnectionReference& connection) {
    return connection.connection_name() == name;
  });
  if (!name.empty() && named == usable.end()) {
    // The description is the same for both, so that the names of other connections cannot be guessed.
    checks.Fail(
        facts.connection_exists ? v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL : v1::CHECK_REASON_CONNECTION_UNKNOWN,
        "connection", fmt::format("connection {} is not open to third-party clients", Quoted(name)));
  }
  if (usable.empty()) {
    checks.Fail(v1::CHECK_REASON_CONNECTION_NONE, "", "no connection is open to third-party clients");
  }
  return name.empty() || named == usable.end() ? nullptr : &*named;
}

void FillAllowed(const AuthorizeFacts& facts, const v1::AuthorizeRequestRequest& request, const Findings& findings,
                 const v1::ConnectionReference* connection, v1::AuthorizeRequestResponse& response) {
  v1::DecisionBasis& basis = *response.mutable_basis();
  for (const GrantedScope& scope : findings.scopes.granted) {
    response.add_scopes(scope.text.data(), scope.text.size());
    basis.add_scopes(scope.text.data(), scope.text.size());
  }
  if (connection != nullptr) {
    *response.add_connections() = *connection;
  } else {
    *response.mutable_connections() = facts.domain_connections;
  }
  *response.mutable_consent() = DescribeConsent(*findings.client, request.redirect_uri(), findings.scopes.granted);
  basis.set_redirect_uri(request.redirect_uri());
  basis.set_token_endpoint_auth_method(SupportsAuthentication(*findings.client, "none") ? "none" : "private_key_jwt");
  basis.set_audience(findings.access.resource_server->identifier());
}

}  // namespace

string_view RequestedAudience(const v1::Tenant& tenant, const v1::AuthorizeRequestRequest& request) {
  return NamedAudience(tenant, request.audience(), request.resources());
}

v1::AuthorizeRequestResponse DecideAuthorize(const AuthorizeFacts& facts, const v1::AuthorizeRequestRequest& request) {
  v1::AuthorizeRequestResponse response;
  Checks checks(FlowStage::kAuthorization, *response.mutable_failed_checks());

  const v1::Client* client = CheckClient(facts.tenant, facts.client, request.client_id(), checks);
  CheckRedirectUri(client, request.redirect_uri(), checks);
  response.set_error_may_redirect(checks.passed() && MayRedirectErrors(*client, request.repeated_parameters()));

  CheckRepeatedParameters(request.repeated_parameters(), checks);
  CheckOtherParameters(request.other_parameters(), checks);
  CheckResponseType(request.response_type(), checks);
  CheckPkce(request.code_challenge(), request.code_challenge_method(), checks);
  if (client != nullptr) CheckGrantTypeRegistered(*client, "authorization_code", checks);
  const string_view audience = CheckAudience(facts.tenant, request.audience(), request.resources(), checks);

  Findings findings{.client = client};
  const v1::ConnectionReference* connection = nullptr;
  if (client != nullptr) {
    if (!audience.empty()) {
      findings.access =
          CheckApiAccess(facts.api, *client, audience, AudienceParameter(facts.tenant, request.audience()),
                         v1::SUBJECT_TYPE_USER, checks);
    }
    if (const auto [api, grant] = findings.access; grant != nullptr) {
      findings.scopes = DecideScopes(
          SplitScopes(request.scope()),
          {.resource_server = *api, .grant = *grant, .offline_access_allowed = IsOfflineAccessAllowed(*api, *client)});
      CheckScopes(findings.scopes, checks);
    }
    connection = CheckConnection(facts, request.connection(), checks);
  }
  Conclude(findings, facts.revision, response);
  if (response.allowed()) FillAllowed(facts, request, findings, connection, response);
  return response;
}

}  // namespace cimd::policy
