// Settings of clients and tenants: defaults and limits.

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/resources/client_settings.h"
#include "server/resources/tenant_settings.h"
#include "tests/testing/error_matchers.h"

namespace cimd::services {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Client GoodClient(const std::string& method = "none") {
  v1::Client client;
  client.mutable_metadata()->set_token_endpoint_auth_method(method);
  client.mutable_metadata()->add_grant_types("authorization_code");
  client.mutable_metadata()->set_app_type(v1::APP_TYPE_NATIVE);
  FillClientDefaults(client);
  return client;
}

std::vector<std::string> MistakesIn(const v1::Client& client) {
  RequestValidator validator;
  ValidateEditableFields(client, validator);
  return testing::ViolationsOf(validator.status());
}

TEST(ClientSettingsTest, DefaultsDependOnHowTheClientAuthenticates) {
  const v1::ClientSettings for_public = GoodClient().settings();
  EXPECT_EQ(for_public.refresh_token().rotation_type(), v1::REFRESH_TOKEN_ROTATION_ROTATING);
  EXPECT_FALSE(for_public.refresh_token().infinite_token_lifetime());
  EXPECT_EQ(for_public.refresh_token().token_lifetime_seconds(), 2592000);
  EXPECT_EQ(for_public.refresh_token().idle_token_lifetime_seconds(), 1296000);
  EXPECT_EQ(for_public.jwt_configuration().alg(), "RS256");
  EXPECT_EQ(for_public.jwt_configuration().lifetime_seconds(), 3600);
  const v1::ClientSettings with_key = GoodClient("private_key_jwt").settings();
  EXPECT_EQ(with_key.refresh_token().rotation_type(), v1::REFRESH_TOKEN_ROTATION_NON_ROTATING);
  EXPECT_TRUE(with_key.refresh_token().infinite_token_lifetime());
  EXPECT_EQ(with_key.refresh_token().idle_token_lifetime_seconds(), 2592000);
  EXPECT_THAT(MistakesIn(GoodClient()), IsEmpty());
  EXPECT_THAT(MistakesIn(GoodClient("private_key_jwt")), IsEmpty());
}

TEST(ClientSettingsTest, WhatIsSetStays) {
  v1::Client client = GoodClient();
  v1::ClientSettings& settings = *client.mutable_settings();
  settings.mutable_jwt_configuration()->set_alg("PS256");
  settings.mutable_jwt_configuration()->set_lifetime_seconds(7);
  settings.mutable_refresh_token()->set_token_lifetime_seconds(8);
  settings.mutable_refresh_token()->set_idle_token_lifetime_seconds(9);
  settings.mutable_refresh_token()->set_rotation_type(v1::REFRESH_TOKEN_ROTATION_NON_ROTATING);
  settings.set_redirection_policy(v1::REDIRECTION_POLICY_ALLOW_ALWAYS);
  const std::string before = client.SerializeAsString();
  FillClientDefaults(client);
  EXPECT_EQ(client.SerializeAsString(), before);
}

TEST(ClientSettingsTest, EveryFieldHasItsBounds) {
  struct Case {
    std::string field;
    std::function<void(v1::Client&)> spoil;
  };
  const Case cases[] = {
      {"client.metadata.grant_types", [](auto& c) { c.mutable_metadata()->clear_grant_types(); }},
      {"client.metadata.grant_types[0]", [](auto& c) { c.mutable_metadata()->set_grant_types(0, "password"); }},
      {"client.metadata.description", [](auto& c) { c.mutable_metadata()->set_description(std::string(141, 'x')); }},
      {"client.metadata.app_type", [](auto& c) { c.mutable_metadata()->set_app_type(v1::APP_TYPE_UNSPECIFIED); }},
      {"client.settings.jwt_configuration.alg",
       [](auto& c) { c.mutable_settings()->mutable_jwt_configuration()->set_alg("none"); }},
      {"client.settings.jwt_configuration.lifetime_seconds",
       [](auto& c) { c.mutable_settings()->mutable_jwt_configuration()->set_lifetime_seconds(2592001); }},
      {"client.settings.refresh_token.leeway_seconds",
       [](auto& c) { c.mutable_settings()->mutable_refresh_token()->set_leeway_seconds(61); }},
      {"client.settings.refresh_token.token_lifetime_seconds",
       [](auto& c) { c.mutable_settings()->mutable_refresh_token()->set_token_lifetime_seconds(-1); }},
      {"client.settings.refresh_token.idle_token_lifetime_seconds",
       [](auto& c) { c.mutable_settings()->mutable_refresh_token()->set_idle_token_lifetime_seconds(157788001); }},
      {"client.settings.allowed_origins[0]", [](auto& c) { c.mutable_settings()->add_allowed_origins("example.com"); }},
      {"client.settings.web_origins[0]", [](auto& c) { c.mutable_settings()->add_web_origins("http://example.com"); }},
      {"client.settings.organization_usage",
       [](auto& c) { c.mutable_settings()->set_organization_usage(static_cast<v1::OrganizationUsage>(99)); }},
      {"client.settings.organization_discovery_methods",
       [](auto& c) { c.mutable_settings()->add_organization_discovery_methods("guess"); }},
      {"client.settings.default_organization",
       [](auto& c) { c.mutable_settings()->set_default_organization(std::string(51, 'x')); }},
      {"client.settings.token_quota", [](auto& c) { c.mutable_settings()->set_token_quota(std::string(1025, 'x')); }},
      {"client.settings.client_metadata key",
       [](auto& c) { (*c.mutable_settings()->mutable_client_metadata())[""] = "x"; }},
      {"client.settings.client_metadata value",
       [](auto& c) { (*c.mutable_settings()->mutable_client_metadata())["k"] = std::string(256, 'x'); }},
  };
  for (const Case& c : cases) {
    v1::Client client = GoodClient();
    c.spoil(client);
    const std::vector<std::string> mistakes = MistakesIn(client);
    ASSERT_EQ(mistakes.size(), 1u) << c.field;
    EXPECT_EQ(mistakes[0].substr(0, mistakes[0].rfind(' ')), c.field);
  }
}

v1::Tenant GoodTenant() {
  v1::Tenant tenant;
  FillTenantDefaults(tenant);
  return tenant;
}

TEST(TenantSettingsTest, HasDefaults) {
  EXPECT_EQ(GoodTenant().resource_parameter_profile(), v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE);
  EXPECT_EQ(GoodTenant().document_profile(), v1::DOCUMENT_PROFILE_STANDARD);
  v1::Tenant tenant;
  tenant.set_resource_parameter_profile(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  tenant.set_document_profile(v1::DOCUMENT_PROFILE_STRICT);
  FillTenantDefaults(tenant);
  EXPECT_EQ(tenant.resource_parameter_profile(), v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  EXPECT_EQ(tenant.document_profile(), v1::DOCUMENT_PROFILE_STRICT);
}

TEST(TenantSettingsTest, EveryFieldHasItsBounds) {
  struct Case {
    std::string field;
    std::function<void(v1::Tenant&)> spoil;
  };
  const Case cases[] = {
      {"tenant.display_name", [](auto& t) { t.set_display_name(std::string(201, 'x')); }},
      {"tenant.issuer", [](auto& t) { t.set_issuer("http://login.example.com"); }},
      {"tenant.issuer", [](auto& t) { t.set_issuer("https://login.example.com/?x"); }},
      {"tenant.endpoints.token_endpoint",
       [](auto& t) { t.mutable_endpoints()->set_token_endpoint("ftp://x.example"); }},
      {"tenant.domains[0]", [](auto& t) { t.add_domains("Upper.example"); }},
      {"tenant.domains",
       [](auto& t) {
         for (int i = 0; i < 21; ++i) t.add_domains("a.example");
       }},
      {"tenant.scopes_supported[0]", [](auto& t) { t.add_scopes_supported(""); }},
      {"tenant.scopes_supported[0]", [](auto& t) { t.add_scopes_supported(std::string(281, 'x')); }},
      {"tenant.key_refresh", [](auto& t) { t.set_key_refresh(static_cast<v1::KeyRefresh>(99)); }},
      {"tenant.document_profile", [](auto& t) { t.set_document_profile(static_cast<v1::DocumentProfile>(99)); }},
      {"tenant.resource_parameter_profile",
       [](auto& t) { t.set_resource_parameter_profile(static_cast<v1::ResourceParameterProfile>(99)); }},
  };
  for (const Case& c : cases) {
    v1::Tenant tenant = GoodTenant();
    c.spoil(tenant);
    RequestValidator validator;
    ValidateTenantSettings(tenant, validator);
    const std::vector<std::string> mistakes = testing::ViolationsOf(validator.status());
    ASSERT_EQ(mistakes.size(), 1u) << c.field;
    EXPECT_EQ(mistakes[0].substr(0, mistakes[0].rfind(' ')), c.field);
  }
}

}  // namespace
}  // namespace cimd::services
