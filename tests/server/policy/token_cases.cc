#include <string>
#include <utility>
#include <vector>

#include "tests/server/policy/decision_cases.h"
#include "tests/server/policy/decision_world.h"

namespace cimd::policy {
namespace {

using Case = TokenCase;
using Changes = std::vector<v1::ChangeImpact>;
using Reasons = std::vector<v1::CheckReason>;

struct Row {
  const char* sentence;
  // Changes the usual case.
  void (*change)(Case&);
  ExpectedDecision expected;
  Changes changed_since = {};
};

ExpectedDecision Allowed(Strings scopes) { return {.scopes = scopes}; }
ExpectedDecision Denied(std::string error, Reasons reasons) {
  return {.reasons = std::move(reasons), .error = std::move(error)};
}
ExpectedDecision Dropping(ExpectedDecision expected, decltype(ExpectedDecision::dropped) dropped) {
  expected.dropped = std::move(dropped);
  return expected;
}

constexpr auto kUnknown = v1::DroppedScope::REASON_UNKNOWN;
constexpr auto kNotGranted = v1::DroppedScope::REASON_NOT_GRANTED;
constexpr auto kOpenId = v1::DroppedScope::REASON_OPENID_NOT_SUPPORTED;
constexpr auto kOffline = v1::DroppedScope::REASON_OFFLINE_ACCESS_NOT_ALLOWED;
constexpr auto kNotAuthorized = v1::DroppedScope::REASON_NOT_AUTHORIZED;

const Strings kAll = {"read:notes", "write:notes", "offline_access"};

v1::DecisionBasis& Basis(Case& c) { return *c.request.mutable_basis(); }
void UseMethods(Case& c, Strings methods) { SetMethods(TheClient(c.world), methods); }
// Sets the basis of a client that had to authenticate.
void BindToProof(Case& c) { Basis(c).set_token_endpoint_auth_method("private_key_jwt"); }
void Authenticate(Case& c) { c.request.set_authentication_method("private_key_jwt"); }
void UseResource(Case& c, const char* resource) {
  c.world.tenant.set_resource_parameter_profile(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  c.request.add_resources(resource);
}

std::vector<Row> CodeRows() {
  return {
      {"a code gives what was authorized", [](Case&) {}, Allowed(kAll)},
      {"a code gives nothing while the tenant has CIMD switched off",
       [](Case& c) { c.world.tenant.set_client_id_metadata_document_supported(false); },
       Denied("unauthorized_client", {v1::CHECK_REASON_CIMD_DISABLED})},
      {"a token request needs a client_id", [](Case& c) { c.request.clear_client_id(); },
       Denied("invalid_request", {v1::CHECK_REASON_CLIENT_ID_MISSING})},
      {"a client that was deleted gets nothing",
       [](Case& c) { c.world.clients.clear(), c.world.client_grants.clear(); },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_UNKNOWN})},
      {"a client that was blocked gets nothing",
       [](Case& c) { TheClient(c.world).set_state(v1::CLIENT_STATE_BLOCKED); },
       Denied("unauthorized_client", {v1::CHECK_REASON_CLIENT_BLOCKED})},
      {"a code of another client gives nothing",
       [](Case& c) { Basis(c).set_client("tenants/acme/clients/tpc_BBBBBBBBBBBBBBBBBBBBBB"); },
       Denied("invalid_grant", {v1::CHECK_REASON_CLIENT_REPLACED})},
      {"a parameter of a token request that arrived twice is refused",
       [](Case& c) { c.request.add_repeated_parameters("code"); },
       Denied("invalid_request", {v1::CHECK_REASON_PARAMETER_REPEATED})},
      {"a request without grant_type is refused", [](Case& c) { c.request.clear_grant_type(); },
       Denied("invalid_request", {v1::CHECK_REASON_GRANT_TYPE_MISSING})},
      {"other grant types are not supported", [](Case& c) { c.request.set_grant_type("password"); },
       Denied("unsupported_grant_type", {v1::CHECK_REASON_GRANT_TYPE_UNSUPPORTED})},
      {"a client that no longer is registered for authorization_code gets nothing",
       [](Case& c) { SetGrantTypes(TheClient(c.world), {"refresh_token"}); },
       Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED}),
       {v1::CHANGE_IMPACT_GRANT_TYPE_REMOVED}},
      {"a code without the basis of its authorization gives nothing", [](Case& c) { c.request.clear_basis(); },
       Denied("invalid_grant", {v1::CHECK_REASON_AUTHORIZATION_MISSING})},
      {"the basis of a denial is no authorization", [](Case& c) { Basis(c).clear_audience(), Basis(c).clear_scopes(); },
       Denied("invalid_grant", {v1::CHECK_REASON_AUTHORIZATION_MISSING})},
      {"a code whose redirect URI was removed from the document gives nothing",
       [](Case& c) {
         SetCallbacks(TheClient(c.world), {"https://app.acme.com/new"});
         Basis(c).set_document_version(7);
       },
       Denied("invalid_grant", {v1::CHECK_REASON_REDIRECT_URI_REMOVED}),
       {v1::CHANGE_IMPACT_REDIRECT_REMOVED}},
      {"a code that went to another port of a registered loopback URI is good",
       [](Case& c) {
         SetCallbacks(TheClient(c.world), {"http://localhost:33418/cb"});
         Basis(c).set_redirect_uri("http://localhost:51515/cb");
         c.request.set_redirect_uri("http://localhost:51515/cb");
       },
       Allowed(kAll)},
      {"the token request repeats the redirect URI of the authorization, the port included",
       [](Case& c) {
         SetCallbacks(TheClient(c.world), {"http://localhost:33418/cb"});
         Basis(c).set_redirect_uri("http://localhost:51515/cb");
         c.request.set_redirect_uri("http://localhost:33418/cb");
       },
       Denied("invalid_grant", {v1::CHECK_REASON_REDIRECT_URI_CHANGED})},
      {"the token request may leave out the redirect URI, as in OAuth 2.1",
       [](Case& c) { c.request.clear_redirect_uri(); }, Allowed(kAll)},
      {"another document version alone is told and harms nothing", [](Case& c) { Basis(c).set_document_version(7); },
       Allowed(kAll)},
      {"naming the authorized API again is fine", [](Case& c) { c.request.set_audience(kNotes); }, Allowed(kAll)},
      {"naming the authorized API as resource is fine", [](Case& c) { UseResource(c, kNotes); }, Allowed(kAll)},
      {"a token for another API than the authorized one is refused",
       [](Case& c) {
         c.world.resource_servers.push_back(MakeApi(kFiles, {"read:files"}));
         c.request.set_audience(kFiles);
       },
       Denied("invalid_target", {v1::CHECK_REASON_EXCEEDS_AUTHORIZATION})},
      {"a token for another resource than the authorized one is refused", [](Case& c) { UseResource(c, kFiles); },
       Denied("invalid_target", {v1::CHECK_REASON_EXCEEDS_AUTHORIZATION})},
      {"a resource is not looked at in the audience profile", [](Case& c) { c.request.add_resources(kFiles); },
       Allowed(kAll)},
      {"a malformed resource is refused", [](Case& c) { UseResource(c, "notes"); },
       Denied("invalid_target", {v1::CHECK_REASON_RESOURCE_MALFORMED})},
      {"an API that was deleted since sends the client back to authorization",
       [](Case& c) { c.world.resource_servers.clear(), c.world.client_grants.clear(); },
       Denied("invalid_grant", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"a grant that was deleted since sends the client back to authorization",
       [](Case& c) { c.world.client_grants.clear(); }, Denied("invalid_grant", {v1::CHECK_REASON_GRANT_MISSING})},
      {"an API that was closed since sends the client back to authorization",
       [](Case& c) { TheApi(c.world).mutable_subject_type_authorization()->set_user(v1::ACCESS_POLICY_DENY_ALL); },
       Denied("invalid_grant", {v1::CHECK_REASON_ACCESS_DENIED_BY_API})},
      {"scopes that were taken out of the grant since are dropped",
       [](Case& c) { TheGrant(c.world) = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"}); },
       Dropping(Allowed({"read:notes", "offline_access"}), {{"write:notes", kNotGranted}})},
      {"scopes that a client repeats with its code are narrowed to what was authorized",
       [](Case& c) { c.request.set_scope("read:notes admin:notes fly:notes openid"); },
       Dropping(Allowed({"read:notes"}),
                {{"admin:notes", kNotAuthorized}, {"fly:notes", kNotAuthorized}, {"openid", kOpenId}})},
      {"naming the authorized API as resource in another spelling is fine",
       [](Case& c) { UseResource(c, "HTTPS://api.acme.com:443/notes"); }, Allowed(kAll)},
      {"naming the authorized API as audience in another spelling is refused",
       [](Case& c) { c.request.set_audience("HTTPS://api.acme.com/notes"); },
       Denied("invalid_target", {v1::CHECK_REASON_EXCEEDS_AUTHORIZATION})},
      {"an authorization without scopes gives a token without scopes", [](Case& c) { Basis(c).clear_scopes(); },
       Allowed({})},
  };
}

std::vector<Row> AuthenticationRows() {
  return {
      {"a client whose document says private_key_jwt has to use it",
       [](Case& c) { UseMethods(c, {"private_key_jwt"}), BindToProof(c); },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING})},
      {"no method at all is none",
       [](Case& c) { UseMethods(c, {"private_key_jwt"}), BindToProof(c), c.request.clear_authentication_method(); },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING})},
      {"a client that authenticated with private_key_jwt gets what was authorized",
       [](Case& c) { UseMethods(c, {"private_key_jwt"}), BindToProof(c), Authenticate(c); }, Allowed(kAll)},
      {"a public client cannot authenticate with keys that its document does not have", Authenticate,
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD})},
      {"a shared secret is no way to authenticate",
       [](Case& c) { c.request.set_authentication_method("client_secret_basic"); },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD})},
      {"a client whose document lists both methods may use none",
       [](Case& c) {
         UseMethods(c, {"private_key_jwt", "none"});
       },
       Allowed(kAll)},
      {"a client whose document lists both methods may use private_key_jwt",
       [](Case& c) {
         UseMethods(c, {"private_key_jwt", "none"}), Authenticate(c);
       },
       Allowed(kAll)},
      {"an authorization bound to private_key_jwt is not downgraded when the document comes to list none as well",
       [](Case& c) {
         UseMethods(c, {"private_key_jwt", "none"}), BindToProof(c);
       },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING})},
      {"a code of a client that gave up private_key_jwt gives nothing",
       BindToProof,
       Denied("invalid_grant", {v1::CHECK_REASON_AUTH_METHOD_WEAKENED}),
       {v1::CHANGE_IMPACT_AUTH_METHOD_WEAKENED}},
      {"a client that has come to private_key_jwt since has to use it",
       [](Case& c) { UseMethods(c, {"private_key_jwt"}); },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING}),
       {v1::CHANGE_IMPACT_AUTH_METHOD_STRENGTHENED}},
      {"a client that has come to private_key_jwt since and uses it is fine",
       [](Case& c) { UseMethods(c, {"private_key_jwt"}), Authenticate(c); },
       Allowed(kAll),
       {v1::CHANGE_IMPACT_AUTH_METHOD_STRENGTHENED}},
      {"a token request that breaks many rules is told them all, in order of precedence",
       [](Case& c) {
         TheClient(c.world).set_state(v1::CLIENT_STATE_BLOCKED);
         UseMethods(c, {"private_key_jwt"});
         SetCallbacks(TheClient(c.world), {"https://app.acme.com/new"});
         SetGrantTypes(TheClient(c.world), {"refresh_token"});
         Basis(c).set_client("tenants/acme/clients/tpc_BBBBBBBBBBBBBBBBBBBBBB");
         c.request.add_repeated_parameters("code");
         c.request.set_redirect_uri("https://app.acme.com/new");
         c.request.set_audience(kFiles);
         c.request.set_scope("read:notes admin:notes");
       },
       Dropping(Denied("unauthorized_client",
                       {v1::CHECK_REASON_CLIENT_BLOCKED, v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING,
                        v1::CHECK_REASON_PARAMETER_REPEATED, v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED,
                        v1::CHECK_REASON_CLIENT_REPLACED, v1::CHECK_REASON_REDIRECT_URI_REMOVED,
                        v1::CHECK_REASON_REDIRECT_URI_CHANGED, v1::CHECK_REASON_EXCEEDS_AUTHORIZATION}),
                {{"admin:notes", kNotAuthorized}}),
       {v1::CHANGE_IMPACT_REDIRECT_REMOVED, v1::CHANGE_IMPACT_AUTH_METHOD_STRENGTHENED,
        v1::CHANGE_IMPACT_GRANT_TYPE_REMOVED}},
  };
}

std::vector<Row> RefreshRows() {
  return {
      {"a refresh without scope gives what was authorized", [](Case&) {}, Allowed(kAll)},
      {"a refresh may ask for less", [](Case& c) { c.request.set_scope("write:notes"); }, Allowed({"write:notes"})},
      {"a refresh may not ask for more",
       [](Case& c) {
         TheGrant(c.world).set_allow_all_scopes(true), TheGrant(c.world).clear_scopes();
         c.request.set_scope("read:notes admin:notes");
       },
       Dropping(Denied("invalid_scope", {v1::CHECK_REASON_EXCEEDS_AUTHORIZATION}), {{"admin:notes", kNotAuthorized}})},
      {"OpenID scopes that a client repeats at a refresh are dropped again",
       [](Case& c) { c.request.set_scope("openid read:notes"); },
       Dropping(Allowed({"read:notes"}), {{"openid", kOpenId}})},
      {"a grant that was narrowed since narrows what a refresh gives",
       [](Case& c) {
         TheGrant(c.world) = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"write:notes", "admin:notes"});
       },
       Dropping(Allowed({"write:notes", "offline_access"}), {{"read:notes", kNotGranted}})},
      {"a refresh of which nothing is left sends the client back to authorization",
       [](Case& c) { TheGrant(c.world) = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {}); },
       Dropping(Denied("invalid_grant", {v1::CHECK_REASON_SCOPES_NOT_GRANTED}),
                {{"read:notes", kNotGranted}, {"write:notes", kNotGranted}})},
      {"an own grant made since replaces the default one that was authorized",
       [](Case& c) {
         c.world.client_grants = {MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"}),
                                  MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes", "write:notes"})};
       },
       Dropping(Allowed({"read:notes", "offline_access"}), {{"write:notes", kNotGranted}})},
      {"a scope that the API no longer has is dropped",
       [](Case& c) {
         c.world.resource_servers = {MakeApi(kNotes, {"read:notes"})};
         c.world.client_grants = {MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"})};
       },
       Dropping(Allowed({"read:notes", "offline_access"}), {{"write:notes", kUnknown}})},
      {"a refresh for an API that is no longer served sends the client back to authorization",
       [](Case& c) { c.world.resource_servers.clear(), c.world.client_grants.clear(); },
       Denied("invalid_grant", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"a refresh needs offline_access in the authorization",
       [](Case& c) { Basis(c).clear_scopes(), Basis(c).add_scopes("read:notes"); },
       Denied("invalid_grant", {v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED})},
      {"a refresh ends when the API stops allowing offline_access",
       [](Case& c) { TheApi(c.world).set_allow_offline_access(false); },
       Dropping(Denied("invalid_grant", {v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED}),
                {{"offline_access", kOffline}})},
      {"a client that is no longer registered for refresh_token gets nothing",
       [](Case& c) { SetGrantTypes(TheClient(c.world), {"authorization_code"}); },
       Dropping(Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED}),
                {{"offline_access", kOffline}}),
       {v1::CHANGE_IMPACT_GRANT_TYPE_REMOVED}},
      {"a refresh outlives its redirect URI, and says that it is gone",
       [](Case& c) { SetCallbacks(TheClient(c.world), {"https://app.acme.com/new"}); },
       Allowed(kAll),
       {v1::CHANGE_IMPACT_REDIRECT_REMOVED}},
      {"a refresh of a client that gave up private_key_jwt is refused",
       BindToProof,
       Denied("invalid_grant", {v1::CHECK_REASON_AUTH_METHOD_WEAKENED}),
       {v1::CHANGE_IMPACT_AUTH_METHOD_WEAKENED}},
      {"what was once done with private_key_jwt is not refreshed with none",
       [](Case& c) {
         UseMethods(c, {"private_key_jwt", "none"}), BindToProof(c);
       },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING})},
      {"a refresh of a client that was deleted and registered again is refused",
       [](Case& c) { Basis(c).set_client("tenants/acme/clients/tpc_BBBBBBBBBBBBBBBBBBBBBB"); },
       Denied("invalid_grant", {v1::CHECK_REASON_CLIENT_REPLACED})},
      {"a refresh token without the basis of its authorization gives nothing", [](Case& c) { c.request.clear_basis(); },
       Denied("invalid_grant", {v1::CHECK_REASON_AUTHORIZATION_MISSING})},
  };
}

// The usual case for these rows: a confidential client with its own grant for subject type client.
std::vector<Row> ClientCredentialsRows() {
  return {
      {"client_credentials without scope gives all that is granted to the client itself", [](Case&) {},
       Allowed({"read:notes", "admin:notes"})},
      {"client_credentials may ask for less", [](Case& c) { c.request.set_scope("admin:notes"); },
       Allowed({"admin:notes"})},
      {"client_credentials drops what is not granted",
       [](Case& c) { c.request.set_scope("write:notes admin:notes fly:notes openid offline_access"); },
       Dropping(
           Allowed({"admin:notes"}),
           {{"write:notes", kNotGranted}, {"fly:notes", kUnknown}, {"openid", kOpenId}, {"offline_access", kOffline}})},
      {"client_credentials for nothing that is granted is refused", [](Case& c) { c.request.set_scope("write:notes"); },
       Dropping(Denied("invalid_scope", {v1::CHECK_REASON_SCOPES_NOT_GRANTED}), {{"write:notes", kNotGranted}})},
      {"allow_all_scopes gives client_credentials every scope of the API",
       [](Case& c) { TheGrant(c.world).clear_scopes(), TheGrant(c.world).set_allow_all_scopes(true); },
       Allowed({"read:notes", "write:notes", "admin:notes"})},
      {"client_credentials is not for public clients, whatever is granted",
       [](Case& c) { UseMethods(c, {"none"}), c.request.set_authentication_method("none"); },
       Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED})},
      {"client_credentials has to be authenticated, even if the document lists none as well",
       [](Case& c) {
         UseMethods(c, {"private_key_jwt", "none"}), c.request.set_authentication_method("none");
       },
       Denied("invalid_client", {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING})},
      {"a grant to act for users is none to the client itself",
       [](Case& c) { c.world.client_grants = {MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"})}; },
       Denied("unauthorized_client", {v1::CHECK_REASON_GRANT_MISSING})},
      {"without a grant of its own a client has the default one for itself",
       [](Case& c) { c.world.client_grants = {MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_CLIENT, {"read:notes"})}; },
       Allowed({"read:notes"})},
      {"an API that is closed to clients themselves is closed to all of them",
       [](Case& c) { TheApi(c.world).mutable_subject_type_authorization()->set_client(v1::ACCESS_POLICY_DENY_ALL); },
       Denied("unauthorized_client", {v1::CHECK_REASON_ACCESS_DENIED_BY_API})},
      {"an API that is closed to users is still open to clients themselves",
       [](Case& c) { TheApi(c.world).mutable_subject_type_authorization()->set_user(v1::ACCESS_POLICY_DENY_ALL); },
       Allowed({"read:notes", "admin:notes"})},
      {"client_credentials has to name an API", [](Case& c) { c.request.clear_audience(); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_MISSING})},
      {"client_credentials for an unknown API is refused", [](Case& c) { c.request.set_audience(kFiles); },
       Denied("invalid_target", {v1::CHECK_REASON_AUDIENCE_UNKNOWN})},
      {"client_credentials may name the API as resource in the compatibility profile",
       [](Case& c) { c.request.clear_audience(), UseResource(c, kNotes); }, Allowed({"read:notes", "admin:notes"})},
      {"client_credentials for two resources is ambiguous",
       [](Case& c) { c.request.clear_audience(), UseResource(c, kNotes), UseResource(c, kFiles); },
       Denied("invalid_target", {v1::CHECK_REASON_RESOURCE_AMBIGUOUS})},
      {"a blocked client gets nothing for itself either",
       [](Case& c) { TheClient(c.world).set_state(v1::CLIENT_STATE_BLOCKED); },
       Denied("unauthorized_client", {v1::CHECK_REASON_CLIENT_BLOCKED})},
  };
}

void MakeConfidential(Case& c) {
  UseMethods(c, {"private_key_jwt"});
  c.world.client_grants = {MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_CLIENT, {"read:notes", "admin:notes"})};
}

void AddCases(const std::string& grant_type, void (*prepare)(Case&), std::vector<Row> rows,
              std::vector<TokenCase>& cases) {
  for (Row& row : rows) {
    TokenCase& added = cases.emplace_back();
    added.sentence = row.sentence;
    added.world = UsualWorld();
    added.request = UsualTokenRequest(grant_type);
    if (prepare != nullptr) prepare(added);
    row.change(added);
    added.expected = std::move(row.expected);
    added.expected_changed_since = std::move(row.changed_since);
    const v1::DecisionBasis& basis = added.request.basis();
    added.expected_refresh_token_allowed =
        added.expected.allowed() && grant_type != "client_credentials" && basis.scopes_size() > 0;
    // The document has changed if the basis has another version or another client.
    added.expected_document_changed = !added.world.clients.empty() && !added.request.client_id().empty() &&
                                      !basis.audience().empty() &&
                                      (basis.document_version() != 1 || basis.client() != kClient);
  }
}

}  // namespace

std::vector<TokenCase> TokenCases() {
  std::vector<TokenCase> cases;
  AddCases("authorization_code", nullptr, CodeRows(), cases);
  AddCases("authorization_code", nullptr, AuthenticationRows(), cases);
  AddCases("refresh_token", nullptr, RefreshRows(), cases);
  AddCases("client_credentials", MakeConfidential, ClientCredentialsRows(), cases);
  return cases;
}

}  // namespace cimd::policy
