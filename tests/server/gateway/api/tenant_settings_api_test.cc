#include "server/gateway/management/tenant_settings_api.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/server/gateway/api/gateway_test_base.h"

namespace cimd::gateway {
namespace {

namespace errors = rpc::errors;
using ::cimd::testing::GatewayTestBase;
using ::cimd::testing::IsError;
using ::cimd::testing::IsJson;
using ::cimd::testing::ParseJson;
using ::cimd::testing::RawResponse;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kSettings[] = "/api/v2/tenants/settings";

class TenantSettingsApiTest : public GatewayTestBase {
 protected:
  TenantSettingsApiTest() {
    v1::Tenant tenant;
    tenant.set_name("tenants/home");
    tenant.set_client_id_metadata_document_supported(true);
    tenant.set_resource_parameter_profile(v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE);
    plane_.get_tenant.Answers(tenant);
    plane_.update_tenant.AnswersBy([](const v1::UpdateTenantRequest& request) { return request.tenant(); });
  }
};

TEST_F(TenantSettingsApiTest, Gets) {
  const RawResponse response = Get(kSettings);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["client_id_metadata_document_supported"], true);
  EXPECT_EQ(plane_.get_tenant.requests().at(0).name(), "tenants/home");
  EXPECT_THAT(Get("/api/v2/tenants/settings?fields=resource_parameter_profile,flags"),
              IsJson(200, R"({"resource_parameter_profile": "audience",
                              "flags": {"enable_dynamic_client_registration": false}})"));
  EXPECT_THAT(Get("/api/v2/tenants/settings?page=1"), IsError(400, "invalid_query_string"));
}

TEST_F(TenantSettingsApiTest, Patches) {
  const RawResponse response = Send("PATCH", kSettings, R"({
    "client_id_metadata_document_supported": false, "resource_parameter_profile": "compatibility",
    "document_profile": "strict", "friendly_name": "Home", "domains": ["a.example"], "scopes_supported": null,
    "client_id_metadata_document_dynamic_registration_supported": false,
    "endpoints": {"token_endpoint": "https://as.example/token", "jwks_uri": null}})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["resource_parameter_profile"], "compatibility");
  ASSERT_EQ(plane_.update_tenant.requests().size(), 1u);
  const v1::UpdateTenantRequest request = plane_.update_tenant.requests()[0];
  EXPECT_THAT(request.update_mask().paths(),
              UnorderedElementsAre("client_id_metadata_document_supported", "resource_parameter_profile",
                                   "document_profile", "display_name", "domains", "scopes_supported",
                                   "endpoints.token_endpoint", "endpoints.jwks_uri"));
  EXPECT_EQ(request.tenant().name(), "tenants/home");
  EXPECT_EQ(request.tenant().document_profile(), v1::DOCUMENT_PROFILE_STRICT);
  EXPECT_EQ(request.tenant().endpoints().token_endpoint(), "https://as.example/token");
}

TEST_F(TenantSettingsApiTest, RefusesSwitchesForWhatIsNotThere) {
  for (const char* patch : {R"({"client_id_metadata_document_dynamic_registration_supported": true})",
                            R"({"dynamic_client_registration_security_mode": "permissive"})",
                            R"({"flags": {"enable_dynamic_client_registration": true}})"}) {
    EXPECT_THAT(Send("PATCH", kSettings, patch), IsError(400, "validation_error")) << patch;
  }
  for (const char* patch :
       {R"({"picture_url": "https://a.example/"})", R"({"flags": {"x": true}})", "{}",
        R"({"client_id_metadata_document_supported": "true"})", R"({"endpoints": "x"})",
        R"({"document_profile": "lenient"})", R"({"state": "deleting"})", R"({"name": "tenants/x"})"}) {
    EXPECT_THAT(Send("PATCH", kSettings, patch), IsError(400, "invalid_body")) << patch;
  }
  EXPECT_THAT(plane_.update_tenant.requests(), IsEmpty());
}

TEST_F(TenantSettingsApiTest, AnswersAPatchThatChangesNothing) {
  const RawResponse response =
      Send("PATCH", kSettings, R"({"client_id_metadata_document_dynamic_registration_supported": false})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["resource_parameter_profile"], "audience");
  EXPECT_THAT(plane_.update_tenant.requests(), IsEmpty());
}

TEST_F(TenantSettingsApiTest, NamesPropertiesInErrors) {
  plane_.update_tenant.Answers(errors::FieldsInvalid({{"tenant.endpoints.jwks_uri", "FORMAT", "must be a URL"},
                                                      {"tenant.domains[3]", "FORMAT", "must be a host name"}}));
  const RawResponse response = Send("PATCH", kSettings, R"({"domains": ["x"]})");
  EXPECT_THAT(response, IsError(400, "invalid_body"));
  EXPECT_EQ(ParseJson(response.body)["details"][0]["field"], "endpoints.jwks_uri");
  EXPECT_EQ(ParseJson(response.body)["details"][1]["field"], "domains[3]");
  plane_.update_tenant.Answers(errors::DomainTaken("x"));
  EXPECT_THAT(Send("PATCH", kSettings, R"({"domains": ["x"]})"), IsError(409, "domain_conflict"));
}

}  // namespace
}  // namespace cimd::gateway
