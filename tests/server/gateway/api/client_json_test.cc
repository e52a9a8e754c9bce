#include "server/gateway/management/client_json.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/gateway/management/tenant_settings_json.h"

namespace cimd::gateway {
namespace {

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

nlohmann::json Parse(const std::string& text) { return nlohmann::json::parse(text); }
nlohmann::json Unordered(const json::Value& value) { return nlohmann::json::parse(value.dump()); }

v1::Client PublicClient() {
  return FromText<v1::Client>(R"pb(
    name: "tenants/home/clients/tpc_0123456789abcdefghijAB"
    metadata {
      external_client_id: "https://app.example/client.json"
      client_name: "App"
      app_type: APP_TYPE_NATIVE
      callbacks: "http://127.0.0.1/cb"
      callbacks: "com.example.app:/cb"
      grant_types: "authorization_code"
      grant_types: "refresh_token"
      token_endpoint_auth_method: "none"
      logo_uri: "https://app.example/logo.png"
      client_uri: "https://app.example/"
    }
    settings {
      jwt_configuration { alg: "RS256" lifetime_seconds: 3600 }
      refresh_token {
        rotation_type: REFRESH_TOKEN_ROTATION_ROTATING
        token_lifetime_seconds: 2592000
        idle_token_lifetime_seconds: 1296000
      }
      redirection_policy: REDIRECTION_POLICY_OPEN_REDIRECT_PROTECTION
    }
    state: CLIENT_STATE_ACTIVE
    third_party_security_mode: THIRD_PARTY_SECURITY_MODE_STRICT
    pkce_required: true
    document_version: 3
    document_sha256: "abc"
    document_provenance: DOCUMENT_PROVENANCE_FETCHED
    document_time { seconds: 1767225600 }
    etag: "17"
    create_time { seconds: 1767225600 nanos: 1500000 }
    update_time { seconds: 1767229200 }
  )pb");
}

constexpr char kPublicClientJson[] = R"json({
  "client_id": "tpc_0123456789abcdefghijAB",
  "name": "App", "app_type": "native", "logo_uri": "https://app.example/logo.png",
  "client_uri": "https://app.example/",
  "callbacks": ["http://127.0.0.1/cb", "com.example.app:/cb"],
  "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
  "is_first_party": false, "third_party_security_mode": "strict", "oidc_conformant": true,
  "is_token_endpoint_ip_header_trusted": false, "sso_disabled": false, "custom_login_page_on": true,
  "jwt_configuration": {"alg": "RS256", "lifetime_in_seconds": 3600, "secret_encoded": false},
  "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0,
                    "token_lifetime": 2592000, "infinite_token_lifetime": false, "idle_token_lifetime": 1296000,
                    "infinite_idle_token_lifetime": false},
  "require_proof_of_possession": false, "redirection_policy": "open_redirect_protection",
  "external_client_id": "https://app.example/client.json", "external_metadata_type": "cimd",
  "external_metadata_created_by": "admin", "external_metadata_status": "available",
  "created_at": "2026-01-01T00:00:00.001Z", "updated_at": "2026-01-01T01:00:00.000Z",
  "cimd": {"state": "ACTIVE", "pkce_required": true, "document_version": 3, "document_sha256": "abc",
           "document_provenance": "FETCHED", "document_time": "2026-01-01T00:00:00.000Z", "pinned": false,
           "warnings": [], "etag": "17"}})json";

TEST(ClientJsonTest, HasWhatTheReferenceServes) {
  EXPECT_EQ(Unordered(ClientJson(PublicClient(), /*with_external=*/true)), Parse(kPublicClientJson));
}

TEST(ClientJsonTest, CanBeWithoutExternalMembers) {
  nlohmann::json expected = Parse(kPublicClientJson);
  for (const char* name :
       {"external_client_id", "external_metadata_type", "external_metadata_created_by", "external_metadata_status"}) {
    expected.erase(name);
  }
  EXPECT_EQ(Unordered(ClientJson(PublicClient(), /*with_external=*/false)), expected);
}

TEST(ClientJsonTest, ShowsWhatIsWrongWithAClient) {
  v1::Client client = PublicClient();
  client.set_state(v1::CLIENT_STATE_BLOCKED);
  client.set_block_reason("phishing");
  client.set_pinned(true);
  *client.mutable_refresh_failure() = FromText<v1::FetchFailure>(R"pb(
    kind: FETCH_FAILURE_KIND_WITHDRAWN
    reason: FETCH_FAILURE_REASON_GONE
    message: "gone"
    http_status: 410
    fail_time { seconds: 1767225600 }
  )pb");
  const nlohmann::json cimd = Unordered(ClientJson(client, true))["cimd"];
  EXPECT_EQ(cimd["state"], "BLOCKED");
  EXPECT_EQ(cimd["block_reason"], "phishing");
  EXPECT_EQ(cimd["pinned"], true);
  EXPECT_EQ(cimd["refresh_failure"], Parse(R"({"kind": "WITHDRAWN", "reason": "GONE", "message": "gone",
                                               "http_status": 410, "failed_at": "2026-01-01T00:00:00.000Z"})"));
}

TEST(PreviewJsonTest, HasFindingsInBothForms) {
  const auto response = FromText<v1::PreviewClientResponse>(R"pb(
    metadata {
      external_client_id: "https://app.example/c"
      client_name: "App"
      app_type: APP_TYPE_REGULAR_WEB
      callbacks: "https://app.example/cb"
      grant_types: "authorization_code"
      token_endpoint_auth_method: "private_key_jwt"
      jwks_uri: "https://app.example/jwks"
      description: "d"
    }
    validation {
      violations { reason: FINDING_REASON_REDIRECT_URI_FRAGMENT path: "$.redirect_uris[1]" message: "has a fragment" }
      violations { reason: FINDING_REASON_CLIENT_NAME_MISSING path: "$.client_name" message: "client_name is required" }
      warnings { reason: FINDING_REASON_MEMBER_IGNORED path: "$.contacts" message: "ignored" }
      warnings { reason: FINDING_REASON_GRANT_TYPES_DEFAULTED path: "$.grant_types" message: "assumed" }
      warnings { reason: FINDING_REASON_MEMBER_IGNORED path: "$['client_name#fr']" message: "ignored" }
      warnings { reason: FINDING_REASON_URL_QUERY path: "external_client_id" message: "the URL has a query" }
    }
    document_sha256: "00ff"
    client: "tenants/home/clients/tpc_1"
    diff {
      changes {
        field: "callbacks"
        new_value: "https://app.example/cb"
        impact: CHANGE_IMPACT_REDIRECT_ADDED
        security_relevant: true
      }
      changes { field: "description" old_value: "a" new_value: "b" impact: CHANGE_IMPACT_NONE }
      security_relevant: true
    }
    blocked: true
  )pb");
  EXPECT_EQ(Unordered(PreviewJson(response)), Parse(R"json({
    "mapped_fields": {"external_client_id": "https://app.example/c", "name": "App", "app_type": "regular_web",
      "callbacks": ["https://app.example/cb"], "grant_types": ["authorization_code"], "description": "d",
      "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/jwks"},
    "validation": {"valid": false,
      "violations": ["redirect_uris[1]: has a fragment", "client_name is required"],
      "warnings": ["grant_types: assumed", "external_client_id: the URL has a query",
        "Ignoring unsupported properties: contacts, client_name#fr. They are neither validated nor made part of the client."]},
    "client_id": "tpc_1", "external_metadata_created_by": "admin", "document_sha256": "00ff", "blocked": true,
    "findings": [
      {"reason": "REDIRECT_URI_FRAGMENT", "path": "$.redirect_uris[1]", "message": "has a fragment", "severity": "violation"},
      {"reason": "CLIENT_NAME_MISSING", "path": "$.client_name", "message": "client_name is required", "severity": "violation"},
      {"reason": "MEMBER_IGNORED", "path": "$.contacts", "message": "ignored", "severity": "warning"},
      {"reason": "GRANT_TYPES_DEFAULTED", "path": "$.grant_types", "message": "assumed", "severity": "warning"},
      {"reason": "MEMBER_IGNORED", "path": "$['client_name#fr']", "message": "ignored", "severity": "warning"},
      {"reason": "URL_QUERY", "path": "external_client_id", "message": "the URL has a query", "severity": "warning"}],
    "diff": [
      {"field": "callbacks", "new": "https://app.example/cb", "impact": "REDIRECT_ADDED", "security_relevant": true},
      {"field": "description", "old": "a", "new": "b", "impact": "NONE", "security_relevant": false}]})json"));
}

TEST(PreviewJsonTest, HasErrorsInsteadOfAValidationWhenTheFetchFailed) {
  const auto response = FromText<v1::PreviewClientResponse>(R"pb(
    fetch_failure {
      kind: FETCH_FAILURE_KIND_CHALLENGE
      reason: FETCH_FAILURE_REASON_REFUSED
      message: "refused"
      http_status: 403
    }
  )pb");
  EXPECT_EQ(Unordered(PreviewJson(response)), Parse(R"({
    "errors": ["refused"],
    "fetch_failure": {"kind": "CHALLENGE", "reason": "REFUSED", "message": "refused", "http_status": 403}})"));
}

TEST(RegisterJsonTest, HasTheClientAndItsValidation) {
  v1::RegisterClientResponse response;
  *response.mutable_client() = PublicClient();
  response.mutable_validation()->set_valid(true);
  EXPECT_EQ(Unordered(RegisterJson(response)), Parse(R"({
    "client_id": "tpc_0123456789abcdefghijAB",
    "mapped_fields": {"external_client_id": "https://app.example/client.json", "name": "App",
      "callbacks": ["http://127.0.0.1/cb", "com.example.app:/cb"], "logo_uri": "https://app.example/logo.png",
      "client_uri": "https://app.example/", "grant_types": ["authorization_code", "refresh_token"],
      "app_type": "native", "token_endpoint_auth_method": "none"},
    "validation": {"valid": true, "violations": [], "warnings": []},
    "document_sha256": "abc", "findings": []})"));
}

TEST(ClientInformationJsonTest, HasTheNamesOfRfc7591) {
  v1::Client client = PublicClient();
  EXPECT_EQ(Unordered(ClientInformationJson(client)), Parse(R"({
    "client_id": "https://app.example/client.json", "client_name": "App",
    "redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb"],
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    "token_endpoint_auth_method": "none", "logo_uri": "https://app.example/logo.png",
    "client_uri": "https://app.example/", "application_type": "native", "client_id_issued_at": 1767225600})"));
  client.mutable_metadata()->set_app_type(v1::APP_TYPE_SPA);
  client.mutable_metadata()->set_token_endpoint_auth_signing_alg("ES256");
  EXPECT_EQ(ClientInformationJson(client)["application_type"], "web");
  EXPECT_EQ(ClientInformationJson(client)["token_endpoint_auth_signing_alg"], "ES256");
}

TEST(TenantSettingsJsonTest, HasWhatTheReferenceServesAndMore) {
  const auto tenant = FromText<v1::Tenant>(R"pb(
    name: "tenants/home"
    display_name: "Home"
    client_id_metadata_document_supported: true
    resource_parameter_profile: RESOURCE_PARAMETER_PROFILE_COMPATIBILITY
    document_profile: DOCUMENT_PROFILE_STRICT
    key_refresh: KEY_REFRESH_MANUAL
    token_endpoint_audience_accepted: true
    issuer: "https://as.example/"
    endpoints { token_endpoint: "https://as.example/token" }
    domains: "login.example"
    scopes_supported: "read"
  )pb");
  EXPECT_EQ(Unordered(TenantSettingsJson(tenant)), Parse(R"({
    "friendly_name": "Home", "client_id_metadata_document_supported": true,
    "client_id_metadata_document_dynamic_registration_supported": false,
    "dynamic_client_registration_security_mode": "strict", "flags": {"enable_dynamic_client_registration": false},
    "resource_parameter_profile": "compatibility", "authorization_response_iss_parameter_supported": false,
    "document_profile": "strict", "key_refresh": "manual", "token_endpoint_audience_accepted": true,
    "assertion_type_required": false, "issuer": "https://as.example/", "domains": ["login.example"],
    "scopes_supported": ["read"], "endpoints": {"token_endpoint": "https://as.example/token"}})"));
}

}  // namespace
}  // namespace cimd::gateway
