#include <string>
#include <utility>
#include <vector>

#include "tests/server/policy/decision_cases.h"
#include "tests/server/policy/decision_world.h"

namespace cimd::policy {
namespace {

using Case = AuthorizeCase;
using Reasons = std::vector<v1::CheckReason>;

struct Row {
  const char* sentence;
  // Changes the usual case.
  void (*change)(Case&);
  ExpectedDecision expected;
  std::vector<std::string> connections = {"users"};
};

ExpectedDecision Allowed(Strings scopes) { return {.scopes = scopes}; }
ExpectedDecision Denied(std::string error, Reasons reasons) {
  return {.reasons = std::move(reasons), .error = std::move(error)};
}
ExpectedDecision Redirected(ExpectedDecision expected) {
  expected.error_may_redirect = true;
  return expected;
}
ExpectedDecision Dropping(ExpectedDecision expected, decltype(ExpectedDecision::dropped) dropped) {
  expected.dropped = std::move(dropped);
  return expected;
}

constexpr auto kUnknown = v1::DroppedScope::REASON_UNKNOWN;
constexpr auto kNotGranted = v1::DroppedScope::REASON_NOT_GRANTED;
constexpr auto kOpenId = v1::DroppedScope::REASON_OPENID_NOT_SUPPORTED;
constexpr auto kOffline = v1::DroppedScope::REASON_OFFLINE_ACCESS_NOT_ALLOWED;

void AllowRedirects(Case& c) {
  TheClient(c.world).mutable_settings()->set_redirection_policy(v1::REDIRECTION_POLICY_ALLOW_ALWAYS);
}
// Changes the identifier of the usual API.
void UseHostAsApi(Case& c, const char* identifier) {
  c.world.resource_servers = {MakeApi(identifier, {"read:notes"})};
  c.world.resource_servers[0].set_name(std::string(kTenant) + "/resourceServers/host");
  c.world.client_grants = {MakeOwnGrant(identifier, v1::SUBJECT_TYPE_USER, {"read:notes"})};
}
void UseResources(Case& c, Strings resources) {
  c.world.tenant.set_resource_parameter_profile(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  c.request.clear_audience();
  for (const std::string& resource : resources) c.request.add_resources(resource);
}
void SetUserPolicy(Case& c, v1::AccessPolicy policy) {
  TheApi(c.world).mutable_subject_type_authorization()->set_user(policy);
}

std::vector<Row> ClientRows() {
  return {
      {"a registered client with a grant gets the scopes that it asks for", [](Case&) {}, Allowed({"read:notes"})},
      {"nothing is allowed while the tenant has CIMD switched off",
       [](Case& c) { c.world.tenant.set_client_id_metadata_document_supported(false); },
       Denied("unauthorized_client", {v1::CHECK_REASON_CIMD_DISABLED})},
      {"a request without client_id is refused", [](Case& c) { c.request.clear_client_id(); },
       Denied("invalid_request", {v1::CHECK_REASON_CLIENT_ID_MISSING})},
      {"a client that is not registered is refused",
       [](Case& c) { c.world.clients.clear(), c.world.client_grants.clear(); },
       Denied("invalid_request", {v1::CHECK_REASON_CLIENT_UNKNOWN})},
      {"client identifiers are compared byte for byte",
       [](Case& c) { c.request.set_client_id("https://APP.acme.com/client.json"); },
       Denied("invalid_request", {v1::CHECK_REASON_CLIENT_UNKNOWN})},
      {"an unknown client is told what is wrong with its request, but nothing of APIs and connections",
       [](Case& c) {
         c.request.set_client_id("https://evil.com/client.json");
         c.request.set_redirect_uri("https://evil.com/cb");
         c.request.clear_code_challenge();
         c.request.set_audience("https://api.acme.com/secret");
         c.request.set_connection("staff");
       },
       Denied("invalid_request", {v1::CHECK_REASON_CLIENT_UNKNOWN, v1::CHECK_REASON_PKCE_MISSING})},
      {"a blocked client is refused", [](Case& c) { TheClient(c.world).set_state(v1::CLIENT_STATE_BLOCKED); },
       Denied("unauthorized_client", {v1::CHECK_REASON_CLIENT_BLOCKED})},
      {"a blocked client is told everything else that is wrong as well",
       [](Case& c) {
         TheClient(c.world).set_state(v1::CLIENT_STATE_BLOCKED);
         c.request.clear_code_challenge();
         c.world.client_grants.clear();
       },
       Denied("unauthorized_client",
              {v1::CHECK_REASON_CLIENT_BLOCKED, v1::CHECK_REASON_PKCE_MISSING, v1::CHECK_REASON_GRANT_MISSING})},
      {"a client that is not registered for authorization_code is refused",
       [](Case& c) { SetGrantTypes(TheClient(c.world), {"refresh_token"}); },
       Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED})},
  };
}

std::vector<Row> RedirectRows() {
  return {
      {"a request without redirect_uri is refused, even when the client has only one",
       [](Case& c) { c.request.clear_redirect_uri(); },
       Denied("invalid_request", {v1::CHECK_REASON_REDIRECT_URI_MISSING})},
      {"a redirect URI that only begins like a registered one is refused",
       [](Case& c) { c.request.set_redirect_uri("https://app.acme.com/cb/x"); },
       Denied("invalid_request", {v1::CHECK_REASON_REDIRECT_URI_MISMATCH})},
      {"the port of an https redirect URI counts",
       [](Case& c) { c.request.set_redirect_uri("https://app.acme.com:8443/cb"); },
       Denied("invalid_request", {v1::CHECK_REASON_REDIRECT_URI_MISMATCH})},
      {"a loopback redirect URI may have any port",
       [](Case& c) {
         SetCallbacks(TheClient(c.world), {"https://app.acme.com/cb", "http://127.0.0.1:33418/"});
         c.request.set_redirect_uri("http://127.0.0.1:60005/");
       },
       Allowed({"read:notes"})},
      {"the loopback hosts do not stand for each other",
       [](Case& c) {
         SetCallbacks(TheClient(c.world), {"http://localhost/cb"});
         c.request.set_redirect_uri("http://127.0.0.1:60005/cb");
       },
       Denied("invalid_request", {v1::CHECK_REASON_REDIRECT_URI_MISMATCH})},
      {"an error is not redirected by a client with open_redirect_protection",
       [](Case& c) { c.request.clear_response_type(); },
       Denied("invalid_request", {v1::CHECK_REASON_RESPONSE_TYPE_MISSING})},
      {"an error may be redirected to a registered URI of a client that allows it",
       [](Case& c) { AllowRedirects(c), c.request.clear_response_type(); },
       Redirected(Denied("invalid_request", {v1::CHECK_REASON_RESPONSE_TYPE_MISSING}))},
      {"a later error of an allowed request may be redirected as well", AllowRedirects,
       Redirected(Allowed({"read:notes"}))},
      {"no error is ever redirected to a URI that is not registered",
       [](Case& c) { AllowRedirects(c), c.request.set_redirect_uri("https://evil.com/cb"); },
       Denied("invalid_request", {v1::CHECK_REASON_REDIRECT_URI_MISMATCH})},
      {"no error is redirected for a blocked client",
       [](Case& c) { AllowRedirects(c), TheClient(c.world).set_state(v1::CLIENT_STATE_BLOCKED); },
       Denied("unauthorized_client", {v1::CHECK_REASON_CLIENT_BLOCKED})},
      {"no error is redirected while the tenant has CIMD switched off",
       [](Case& c) { AllowRedirects(c), c.world.tenant.set_client_id_metadata_document_supported(false); },
       Denied("unauthorized_client", {v1::CHECK_REASON_CIMD_DISABLED})},
      {"no error is redirected when redirect_uri was sent twice",
       [](Case& c) { AllowRedirects(c), c.request.add_repeated_parameters("redirect_uri"); },
       Denied("invalid_request", {v1::CHECK_REASON_PARAMETER_REPEATED})},
      {"no error is redirected when client_id was sent twice",
       [](Case& c) { AllowRedirects(c), c.request.add_repeated_parameters("client_id"); },
       Denied("invalid_request", {v1::CHECK_REASON_PARAMETER_REPEATED})},
      {"an error over a scope that was sent twice may be redirected",
       [](Case& c) { AllowRedirects(c), c.request.add_repeated_parameters("scope"); },
       Redirected(Denied("invalid_request", {v1::CHECK_REASON_PARAMETER_REPEATED}))},
  };
}

std::vector<Row> ParameterRows() {
  return {
      {"the parameters of the allow-list and ext- ones may be sent",
       [](Case& c) {
         for (const char* name : {"state", "nonce", "prompt", "ui_locales", "ext-tracking"}) {
           c.request.add_other_parameters(name);
         }
       },
       Allowed({"read:notes"})},
      {"each parameter that is not in the allow-list is one failure",
       [](Case& c) {
         for (const char* name : {"request_uri", "state", "screen_hint"}) c.request.add_other_parameters(name);
       },
       Denied("invalid_request", {v1::CHECK_REASON_PARAMETER_FORBIDDEN, v1::CHECK_REASON_PARAMETER_FORBIDDEN})},
      {"a parameter that arrived twice is refused", [](Case& c) { c.request.add_repeated_parameters("state"); },
       Denied("invalid_request", {v1::CHECK_REASON_PARAMETER_REPEATED})},
      {"resource may be repeated", [](Case& c) { c.request.add_repeated_parameters("resource"); },
       Allowed({"read:notes"})},
      {"the implicit flow is refused", [](Case& c) { c.request.set_response_type("token"); },
       Denied("unsupported_response_type", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED})},
      {"hybrid flows are refused", [](Case& c) { c.request.set_response_type("code id_token"); },
       Denied("unsupported_response_type", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED})},
      {"a request without PKCE is refused",
       [](Case& c) { c.request.clear_code_challenge(), c.request.clear_code_challenge_method(); },
       Denied("invalid_request", {v1::CHECK_REASON_PKCE_MISSING})},
      {"a confidential client needs PKCE, too",
       [](Case& c) {
         SetMethods(TheClient(c.world), {"private_key_jwt"});
         c.request.clear_code_challenge(), c.request.clear_code_challenge_method();
       },
       Denied("invalid_request", {v1::CHECK_REASON_PKCE_MISSING})},
      {"PKCE with plain is refused", [](Case& c) { c.request.set_code_challenge_method("plain"); },
       Denied("invalid_request", {v1::CHECK_REASON_PKCE_METHOD})},
      {"PKCE without a method would be plain and is refused", [](Case& c) { c.request.clear_code_challenge_method(); },
       Denied("invalid_request", {v1::CHECK_REASON_PKCE_METHOD})},
      {"a challenge that is no S256 digest is refused", [](Case& c) { c.request.set_code_challenge("short"); },
       Denied("invalid_request", {v1::CHECK_REASON_PKCE_MALFORMED})},
  };
}

std::vector<Row> AudienceRows() {
  return {
      {"a request that names no API is refused", [](Case& c) { c.request.clear_audience(); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_MISSING})},
      {"an unknown API is refused", [](Case& c) { c.request.set_audience(kFiles); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"a final slash makes another API", [](Case& c) { c.request.set_audience(std::string(kNotes) + "/"); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"in the audience profile resource does not name an API",
       [](Case& c) { c.request.clear_audience(), c.request.add_resources(kNotes); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_MISSING})},
      {"in the audience profile resource is not looked at",
       [](Case& c) { c.request.add_resources("not a uri"), c.request.add_resources(kFiles); }, Allowed({"read:notes"})},
      {"in the compatibility profile resource names the API", [](Case& c) { UseResources(c, {kNotes}); },
       Allowed({"read:notes"})},
      {"in the compatibility profile audience wins over resource",
       [](Case& c) {
         UseResources(c, {kFiles, "not a uri"}), c.request.set_audience(kNotes);
       },
       Allowed({"read:notes"})},
      {"the same resource twice is one API",
       [](Case& c) {
         UseResources(c, {kNotes, kNotes});
       },
       Allowed({"read:notes"})},
      {"an empty resource is an absent one",
       [](Case& c) {
         UseResources(c, {"", kNotes});
       },
       Allowed({"read:notes"})},
      {"two different resources are ambiguous",
       [](Case& c) {
         UseResources(c, {kNotes, kFiles});
       },
       Denied("invalid_target", {v1::CHECK_REASON_RESOURCE_AMBIGUOUS})},
      {"a resource may spell scheme, host and default port in another way",
       [](Case& c) { UseResources(c, {"HTTPS://API.acme.com:443/notes"}); }, Allowed({"read:notes"})},
      {"the same resource in two spellings is one API",
       [](Case& c) {
         UseResources(c, {kNotes, "https://API.acme.com/notes"});
       },
       Allowed({"read:notes"})},
      {"a resource with an empty path is the API with a slash alone",
       [](Case& c) { UseHostAsApi(c, "https://api.acme.com/"), UseResources(c, {"https://api.acme.com"}); },
       Allowed({"read:notes"})},
      {"a resource with a slash alone is the API with an empty path",
       [](Case& c) {
         UseHostAsApi(c, "https://api.acme.com");
         UseResources(c, {"https://api.acme.com/", "https://api.acme.com"});
       },
       Allowed({"read:notes"})},
      {"an audience is compared byte for byte", [](Case& c) { c.request.set_audience("https://API.acme.com/notes"); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"another port makes another resource", [](Case& c) { UseResources(c, {"https://api.acme.com:8443/notes"}); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"another case of its path makes another resource",
       [](Case& c) { UseResources(c, {"https://api.acme.com/Notes"}); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"a resource with a final slash is another API",
       [](Case& c) { UseResources(c, {"https://api.acme.com/notes/"}); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"a resource with a fragment is malformed", [](Case& c) { UseResources(c, {"https://api.acme.com/notes#x"}); },
       Denied("invalid_target", {v1::CHECK_REASON_RESOURCE_MALFORMED})},
      {"a resource that is no absolute URI is malformed, also when an API is called that",
       [](Case& c) {
         UseResources(c, {"notes"});
         c.world.resource_servers.push_back(MakeApi("notes", {}));
       },
       Denied("invalid_target", {v1::CHECK_REASON_RESOURCE_MALFORMED})},
      {"an audience may be any text",
       [](Case& c) {
         c.world.resource_servers = {MakeApi("notes", {"read:notes"})};
         c.world.client_grants = {MakeOwnGrant("notes", v1::SUBJECT_TYPE_USER, {"read:notes"})};
         c.request.set_audience("notes");
       },
       Allowed({"read:notes"})},
  };
}

std::vector<Row> GrantRows() {
  return {
      {"a third-party client without a grant is refused, even under allow_all",
       [](Case& c) { c.world.client_grants.clear(); }, Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_MISSING})},
      {"under require_client_grant a grant is enough",
       [](Case& c) { SetUserPolicy(c, v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT); }, Allowed({"read:notes"})},
      {"deny_all beats every grant", [](Case& c) { SetUserPolicy(c, v1::ACCESS_POLICY_DENY_ALL); },
       Denied("unauthorized_client", {v1::CHECK_REASON_ACCESS_DENIED_BY_API})},
      {"an API closed to clients themselves is still open to users",
       [](Case& c) { TheApi(c.world).mutable_subject_type_authorization()->set_client(v1::ACCESS_POLICY_DENY_ALL); },
       Allowed({"read:notes"})},
      {"a grant to the client itself is none to act for users",
       [](Case& c) { c.world.client_grants = {MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_CLIENT, {"read:notes"})}; },
       Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_MISSING})},
      {"a grant for another API is none for this one",
       [](Case& c) {
         c.world.resource_servers.push_back(MakeApi(kFiles, {"read:files"}));
         c.world.client_grants = {MakeOwnGrant(kFiles, v1::SUBJECT_TYPE_USER, {"read:files"})};
       },
       Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_MISSING})},
      {"without a grant of its own a client has the default one",
       [](Case& c) { c.world.client_grants = {MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"})}; },
       Allowed({"read:notes"})},
      {"a default grant for clients themselves is none to act for users",
       [](Case& c) { c.world.client_grants = {MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_CLIENT, {"read:notes"})}; },
       Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_MISSING})},
      {"a grant of its own may be narrower than the default one, which it replaces",
       [](Case& c) {
         c.world.client_grants.push_back(MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_USER, {"admin:notes"}));
         c.request.set_scope("read:notes admin:notes");
       },
       Dropping(Allowed({"read:notes"}), {{"admin:notes", kNotGranted}})},
      {"an empty grant of its own takes everything away that the default one gives",
       [](Case& c) {
         c.world.client_grants = {MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {}),
                                  MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"})};
       },
       Dropping(Denied("invalid_scope", {v1::CHECK_REASON_SCOPES_NOT_GRANTED}), {{"read:notes", kNotGranted}})},
      {"a grant of its own may be wider than the default one",
       [](Case& c) {
         c.world.client_grants.push_back(MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_USER, {}));
         c.request.set_scope("write:notes");
       },
       Allowed({"write:notes"})},
      {"allow_all_scopes is every scope that the API has now",
       [](Case& c) {
         TheGrant(c.world).clear_scopes(), TheGrant(c.world).set_allow_all_scopes(true);
         c.request.set_scope("admin:notes other:notes");
       },
       Dropping(Allowed({"admin:notes"}), {{"other:notes", kUnknown}})},
  };
}

std::vector<Row> ScopeRows() {
  return {
      {"nothing requested is nothing granted", [](Case& c) { c.request.clear_scope(); }, Allowed({})},
      {"scopes come in the order of the request, each once",
       [](Case& c) { c.request.set_scope(" write:notes  read:notes write:notes "); },
       Allowed({"write:notes", "read:notes"})},
      {"scopes that are not granted are dropped with the reason",
       [](Case& c) { c.request.set_scope("read:notes admin:notes fly:notes"); },
       Dropping(Allowed({"read:notes"}), {{"admin:notes", kNotGranted}, {"fly:notes", kUnknown}})},
      {"scopes are compared byte for byte", [](Case& c) { c.request.set_scope("read:notes Read:Notes"); },
       Dropping(Allowed({"read:notes"}), {{"Read:Notes", kUnknown}})},
      {"when none of the requested scopes is granted, nothing is", [](Case& c) { c.request.set_scope("admin:notes"); },
       Dropping(Denied("invalid_scope", {v1::CHECK_REASON_SCOPES_NOT_GRANTED}), {{"admin:notes", kNotGranted}})},
      {"OpenID scopes are dropped", [](Case& c) { c.request.set_scope("openid profile email read:notes"); },
       Dropping(Allowed({"read:notes"}), {{"openid", kOpenId}, {"profile", kOpenId}, {"email", kOpenId}})},
      {"OpenID scopes alone are as good as none", [](Case& c) { c.request.set_scope("openid"); },
       Dropping(Allowed({}), {{"openid", kOpenId}})},
      {"an OpenID scope is dropped, even if an API calls one of its scopes that",
       [](Case& c) {
         TheApi(c.world).add_scopes()->set_value("email");
         TheGrant(c.world).add_scopes("email");
         c.request.set_scope("email read:notes");
       },
       Dropping(Allowed({"read:notes"}), {{"email", kOpenId}})},
      {"offline_access is given when API and client allow it, and needs no grant",
       [](Case& c) { c.request.set_scope("read:notes offline_access"); }, Allowed({"read:notes", "offline_access"})},
      {"offline_access is dropped when the API does not allow it",
       [](Case& c) {
         TheApi(c.world).set_allow_offline_access(false);
         c.request.set_scope("read:notes offline_access");
       },
       Dropping(Allowed({"read:notes"}), {{"offline_access", kOffline}})},
      {"offline_access is dropped when the client is not registered for refresh_token",
       [](Case& c) {
         SetGrantTypes(TheClient(c.world), {"authorization_code"});
         c.request.set_scope("offline_access read:notes");
       },
       Dropping(Allowed({"read:notes"}), {{"offline_access", kOffline}})},
      {"offline_access does not make up for scopes that are not granted",
       [](Case& c) { c.request.set_scope("admin:notes offline_access"); },
       Dropping(Denied("invalid_scope", {v1::CHECK_REASON_SCOPES_NOT_GRANTED}), {{"admin:notes", kNotGranted}})},
  };
}

std::vector<Row> ConnectionRows() {
  return {
      {"all connections at domain level may be used, and no others",
       [](Case& c) {
         c.world.connections.push_back(MakeConnection("staff", false));
         c.world.connections.push_back(MakeConnection("partners", true));
       },
       Allowed({"read:notes"}),
       {"users", "partners"}},
      {"a named connection at domain level is the only one to be used",
       [](Case& c) {
         c.world.connections.push_back(MakeConnection("partners", true));
         c.request.set_connection("partners");
       },
       Allowed({"read:notes"}),
       {"partners"}},
      {"a connection that is not at domain level is refused",
       [](Case& c) {
         c.world.connections.push_back(MakeConnection("staff", false));
         c.request.set_connection("staff");
       },
       Denied("invalid_request", {v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL})},
      {"an unknown connection is refused", [](Case& c) { c.request.set_connection("nowhere"); },
       Denied("invalid_request", {v1::CHECK_REASON_CONNECTION_UNKNOWN})},
      {"without any connection at domain level nobody could log in",
       [](Case& c) { c.world.connections = {MakeConnection("staff", false)}; },
       Denied("unauthorized_client", {v1::CHECK_REASON_CONNECTION_NONE})},
      {"a request that breaks many rules is told them all, in order of precedence",
       [](Case& c) {
         AllowRedirects(c);
         SetUserPolicy(c, v1::ACCESS_POLICY_DENY_ALL);
         c.world.client_grants.clear();
         c.world.connections.clear();
         c.request.add_repeated_parameters("state");
         c.request.add_other_parameters("claims");
         c.request.set_response_type("id_token");
         c.request.set_code_challenge("x");
         c.request.set_code_challenge_method("plain");
         c.request.set_connection("nowhere");
       },
       Redirected(Denied("invalid_request", {v1::CHECK_REASON_PARAMETER_REPEATED, v1::CHECK_REASON_PARAMETER_FORBIDDEN,
                                             v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED, v1::CHECK_REASON_PKCE_METHOD,
                                             v1::CHECK_REASON_PKCE_MALFORMED, v1::CHECK_REASON_ACCESS_DENIED_BY_API,
                                             v1::CHECK_REASON_GRANT_MISSING, v1::CHECK_REASON_CONNECTION_UNKNOWN,
                                             v1::CHECK_REASON_CONNECTION_NONE}))},
  };
}

}  // namespace

std::vector<AuthorizeCase> AuthorizeCases() {
  std::vector<AuthorizeCase> cases;
  for (const auto rows :
       {ClientRows, RedirectRows, ParameterRows, AudienceRows, GrantRows, ScopeRows, ConnectionRows}) {
    for (Row& row : rows()) {
      AuthorizeCase& added = cases.emplace_back();
      added.sentence = row.sentence;
      added.world = UsualWorld();
      added.request = UsualAuthorizeRequest();
      row.change(added);
      added.expected = std::move(row.expected);
      if (added.expected.allowed()) added.expected_connections = std::move(row.connections);
    }
  }
  return cases;
}

}  // namespace cimd::policy
