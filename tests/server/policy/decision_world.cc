#include "tests/server/policy/decision_world.h"

#include <string>

#include "nlohmann/json.hpp"

namespace cimd::policy {
namespace {

v1::ClientGrant MakeGrant(const std::string& audience, v1::SubjectType subject_type, Strings scopes) {
  v1::ClientGrant grant;
  grant.set_audience(audience);
  grant.set_subject_type(subject_type);
  for (const std::string& scope : scopes) grant.add_scopes(scope);
  return grant;
}

v1::Client UsualClient() {
  v1::Client client;
  client.set_name(kClient);
  client.set_state(v1::CLIENT_STATE_ACTIVE);
  client.set_document_version(1);
  v1::ClientMetadata& metadata = *client.mutable_metadata();
  metadata.set_external_client_id(kClientId);
  metadata.set_client_name("Acme Notes");
  metadata.set_app_type(v1::APP_TYPE_NATIVE);
  SetCallbacks(client, {kCallback});
  SetGrantTypes(client, {"authorization_code", "refresh_token"});
  SetMethods(client, {"none"});
  client.mutable_settings()->set_redirection_policy(v1::REDIRECTION_POLICY_OPEN_REDIRECT_PROTECTION);
  return client;
}

}  // namespace

v1::ResourceServer MakeApi(const std::string& identifier, Strings scopes) {
  v1::ResourceServer api;
  api.set_name(std::string(kTenant) + "/resourceServers/" + identifier.substr(identifier.rfind('/') + 1));
  api.set_identifier(identifier);
  for (const std::string& scope : scopes) {
    api.add_scopes()->set_value(scope);
    api.mutable_scopes()->rbegin()->set_description("Allows " + scope);
  }
  api.mutable_subject_type_authorization()->set_user(v1::ACCESS_POLICY_ALLOW_ALL);
  api.mutable_subject_type_authorization()->set_client(v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT);
  api.set_allow_offline_access(true);
  api.set_token_lifetime_seconds(3600);
  return api;
}

v1::ClientGrant MakeOwnGrant(const std::string& audience, v1::SubjectType subject_type, Strings scopes) {
  v1::ClientGrant grant = MakeGrant(audience, subject_type, scopes);
  grant.set_name(std::string(kTenant) + "/clientGrants/cgr_OWN" + std::to_string(subject_type));
  grant.set_client(kClient);
  return grant;
}

v1::ClientGrant MakeDefaultGrant(const std::string& audience, v1::SubjectType subject_type, Strings scopes) {
  v1::ClientGrant grant = MakeGrant(audience, subject_type, scopes);
  grant.set_name(std::string(kTenant) + "/clientGrants/cgr_DEFAULT" + std::to_string(subject_type));
  grant.set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  return grant;
}

v1::Connection MakeConnection(const std::string& connection_name, bool is_domain_connection) {
  v1::Connection connection;
  connection.set_name(std::string(kTenant) + "/connections/con_" + connection_name);
  connection.set_connection_name(connection_name);
  connection.set_strategy("auth0");
  connection.set_is_domain_connection(is_domain_connection);
  return connection;
}

void SetGrantTypes(v1::Client& client, Strings grant_types) {
  client.mutable_metadata()->clear_grant_types();
  for (const std::string& grant_type : grant_types) client.mutable_metadata()->add_grant_types(grant_type);
}

void SetMethods(v1::Client& client, Strings methods) {
  v1::ClientMetadata& metadata = *client.mutable_metadata();
  metadata.clear_jwks_uri();
  metadata.clear_token_endpoint_auth_methods_supported();
  metadata.set_token_endpoint_auth_method(*methods.begin());
  for (const std::string& method : methods) {
    metadata.add_token_endpoint_auth_methods_supported(method);
    if (method == "private_key_jwt") metadata.set_jwks_uri("https://app.acme.com/jwks.json");
  }
}

void SetCallbacks(v1::Client& client, Strings callbacks) {
  client.mutable_metadata()->clear_callbacks();
  for (const std::string& callback : callbacks) client.mutable_metadata()->add_callbacks(callback);
}

World UsualWorld() {
  World world;
  world.tenant.set_name(kTenant);
  world.tenant.set_client_id_metadata_document_supported(true);
  world.tenant.set_resource_parameter_profile(v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE);
  world.clients = {UsualClient()};
  world.resource_servers = {MakeApi(kNotes, {"read:notes", "write:notes", "admin:notes"})};
  world.client_grants = {MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes", "write:notes"})};
  world.connections = {MakeConnection("users", true)};
  return world;
}

v1::AuthorizeRequestRequest UsualAuthorizeRequest() {
  v1::AuthorizeRequestRequest request;
  request.set_parent(kTenant);
  request.set_client_id(kClientId);
  request.set_redirect_uri(kCallback);
  request.set_response_type("code");
  request.set_code_challenge(kChallenge);
  request.set_code_challenge_method("S256");
  request.set_audience(kNotes);
  request.set_scope("read:notes");
  return request;
}

v1::AuthorizeTokenRequestRequest UsualTokenRequest(const std::string& grant_type) {
  v1::AuthorizeTokenRequestRequest request;
  request.set_parent(kTenant);
  request.set_grant_type(grant_type);
  request.set_client_id(kClientId);
  request.set_authentication_method("none");
  if (grant_type == "client_credentials") {
    request.set_authentication_method("private_key_jwt");
    request.set_audience(kNotes);
    return request;
  }
  if (grant_type == "authorization_code") request.set_redirect_uri(kCallback);
  v1::DecisionBasis& basis = *request.mutable_basis();
  basis.set_client(kClient);
  basis.set_document_version(1);
  basis.set_redirect_uri(kCallback);
  basis.set_token_endpoint_auth_method("none");
  basis.set_audience(kNotes);
  for (const char* scope : {"read:notes", "write:notes", "offline_access"}) basis.add_scopes(scope);
  return request;
}

std::string DocumentOf(const v1::ClientMetadata& metadata) {
  using nlohmann::json;
  const auto list = [](const auto& strings) { return json(std::vector<std::string>(strings.begin(), strings.end())); };
  json document = {{"client_id", metadata.external_client_id()},
                   {"client_name", metadata.client_name()},
                   {"redirect_uris", list(metadata.callbacks())},
                   {"grant_types", list(metadata.grant_types())},
                   {"application_type", metadata.app_type() == v1::APP_TYPE_NATIVE ? "native" : "web"},
                   {"token_endpoint_auth_method", metadata.token_endpoint_auth_method()},
                   {"token_endpoint_auth_methods_supported", list(metadata.token_endpoint_auth_methods_supported())}};
  for (const auto& [name, value] : {std::pair("jwks_uri", metadata.jwks_uri()),
                                    {"client_uri", metadata.client_uri()},
                                    {"logo_uri", metadata.logo_uri()}}) {
    if (!value.empty()) document[name] = value;
  }
  return document.dump();
}

}  // namespace cimd::policy
