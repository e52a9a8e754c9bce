#include <string>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using TenantsTest = CimdctlTest;

v1::Tenant SomeTenant(const std::string& name) {
  v1::Tenant tenant;
  tenant.set_name(name);
  tenant.set_document_profile(v1::DOCUMENT_PROFILE_STANDARD);
  tenant.set_state(v1::TENANT_STATE_ACTIVE);
  tenant.set_issuer("https://auth.example/");
  return tenant;
}

TEST_F(TenantsTest, ListShowsEveryPage) {
  server_.On([](const v1::ListTenantsRequest& request) -> absl::StatusOr<v1::ListTenantsResponse> {
    v1::ListTenantsResponse response;
    *response.add_tenants() = SomeTenant(request.page_token().empty() ? "tenants/a" : "tenants/bcd");
    if (request.page_token().empty()) response.set_next_page_token("2");
    return response;
  });
  EXPECT_EQ(Run({"tenants", "list"}).out,
            "ID   CIMD  PROFILE   STATE   ISSUER                 DISPLAY NAME\n"
            "a    off   STANDARD  ACTIVE  https://auth.example/\n"
            "bcd  off   STANDARD  ACTIVE  https://auth.example/\n");
  EXPECT_THAT(Run({"tenants", "list", "-o", "json"}).out, HasSubstr("\"name\": \"tenants/bcd\""));
}

TEST_F(TenantsTest, UpdateSetsWhatTheOptionsName) {
  server_.On([](const v1::UpdateTenantRequest& request) -> absl::StatusOr<v1::Tenant> { return request.tenant(); });
  const CimdctlResult result = Run({"tenants",
                                    "update",
                                    "--cimd",
                                    "on",
                                    "--profile",
                                    "strict",
                                    "--resource_profile",
                                    "compatibility",
                                    "--issuer",
                                    "https://auth.example/",
                                    "--token_endpoint",
                                    "https://auth.example/token",
                                    "--op_tos_uri",
                                    "https://auth.example/tos",
                                    "--domain",
                                    "a.example",
                                    "--domain",
                                    "b.example",
                                    "--display_name",
                                    "Two words",
                                    "--iss_parameter",
                                    "off",
                                    "--scope",
                                    "read"});
  EXPECT_EQ(result.status, kExitOk) << result.err;
  ASSERT_THAT(server_.Received<v1::UpdateTenantRequest>(), SizeIs(1));
  const v1::UpdateTenantRequest request = server_.Received<v1::UpdateTenantRequest>()[0];
  EXPECT_EQ(request.tenant().name(), "tenants/default");
  EXPECT_TRUE(request.tenant().client_id_metadata_document_supported());
  EXPECT_EQ(request.tenant().document_profile(), v1::DOCUMENT_PROFILE_STRICT);
  EXPECT_EQ(request.tenant().resource_parameter_profile(), v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  EXPECT_EQ(request.tenant().endpoints().token_endpoint(), "https://auth.example/token");
  EXPECT_EQ(request.tenant().endpoints().op_tos_uri(), "https://auth.example/tos");
  EXPECT_THAT(request.tenant().domains(), ElementsAre("a.example", "b.example"));
  EXPECT_EQ(request.tenant().display_name(), "Two words");
  EXPECT_THAT(request.update_mask().paths(),
              ::testing::UnorderedElementsAre("client_id_metadata_document_supported", "document_profile",
                                              "resource_parameter_profile", "issuer", "endpoints.token_endpoint",
                                              "endpoints.op_tos_uri", "domains", "display_name",
                                              "authorization_response_iss_parameter_supported", "scopes_supported"));
}

TEST_F(TenantsTest, EverySettingHasAnOption) {
  server_.On([](const v1::UpdateTenantRequest& request) -> absl::StatusOr<v1::Tenant> { return request.tenant(); });
  const std::string help = Run({"tenants", "update", "--help"}).out;
  const auto* endpoints = v1::ServerEndpoints::descriptor();
  for (int i = 0; i < endpoints->field_count(); ++i) EXPECT_THAT(help, HasSubstr("--" + endpoints->field(i)->name()));
}

TEST_F(TenantsTest, UpdateClearsWithAnEmptyValue) {
  server_.On([](const v1::UpdateTenantRequest& request) -> absl::StatusOr<v1::Tenant> { return request.tenant(); });
  EXPECT_EQ(Run({"tenants", "update", "acme", "--domain", "", "--issuer", ""}).status, kExitOk);
  const v1::UpdateTenantRequest request = server_.Received<v1::UpdateTenantRequest>().at(0);
  EXPECT_EQ(request.tenant().name(), "tenants/acme");
  EXPECT_THAT(request.tenant().domains(), IsEmpty());
  EXPECT_THAT(request.update_mask().paths(), ::testing::UnorderedElementsAre("domains", "issuer"));
}

TEST_F(TenantsTest, CreateTakesTheSameOptions) {
  server_.On([](const v1::CreateTenantRequest& request) -> absl::StatusOr<v1::Tenant> {
    return SomeTenant("tenants/" + request.tenant_id());
  });
  EXPECT_THAT(Run({"tenants", "create", "acme", "--cimd", "on"}).out, HasSubstr("tenants/acme\n"));
  const v1::CreateTenantRequest request = server_.Received<v1::CreateTenantRequest>().at(0);
  EXPECT_EQ(request.tenant_id(), "acme");
  EXPECT_TRUE(request.tenant().client_id_metadata_document_supported());
}

TEST_F(TenantsTest, DeleteNeedsForceForClients) {
  server_.On([](const v1::DeleteTenantRequest& request) -> absl::StatusOr<v1::DeleteTenantResponse> {
    if (!request.force()) return rpc::errors::TenantNotEmpty("acme");
    return v1::DeleteTenantResponse();
  });
  const CimdctlResult refused = Run({"tenants", "delete", "acme"});
  EXPECT_EQ(refused.status, kExitFailed);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(Run({"tenants", "delete", "acme", "--force"}).out, "deleted tenants/acme\n");
}

TEST_F(TenantsTest, DeleteAsksOnATerminal) {
  server_.On([](const v1::DeleteTenantRequest&) -> absl::StatusOr<v1::DeleteTenantResponse> {
    return v1::DeleteTenantResponse();
  });
  const CimdctlResult refused = RunAsked({"tenants", "delete", "acme", "--force"}, "\n");
  EXPECT_EQ(refused.status, kExitFailed);
  EXPECT_THAT(refused.err, HasSubstr("Delete tenant acme with all its clients, APIs and grants? [y/N] "));
  EXPECT_EQ(server_.Received<v1::DeleteTenantRequest>().size(), 0u);
  EXPECT_EQ(RunAsked({"tenants", "delete", "acme", "--yes"}, "").status, kExitOk);
}

TEST_F(TenantsTest, MetadataServerShowsWhatIsPublished) {
  server_.On([](const v1::GetServerMetadataRequest& request) -> absl::StatusOr<v1::ServerMetadata> {
    v1::ServerMetadata metadata;
    metadata.set_issuer("https://" + request.name().substr(8) + ".example/");
    metadata.add_grant_types_supported("authorization_code");
    metadata.add_grant_types_supported("refresh_token");
    return metadata;
  });
  EXPECT_EQ(Run({"metadata", "server", "--tenant", "acme"}).out,
            "issuer                 https://acme.example/\n"
            "grant_types_supported  authorization_code\n"
            "                       refresh_token\n");
  EXPECT_EQ(Run({"metadata", "server", "-o", "json"}).out,
            "{\n"
            " \"issuer\": \"https://default.example/\",\n"
            " \"grant_types_supported\": [\n"
            "  \"authorization_code\",\n"
            "  \"refresh_token\"\n"
            " ]\n"
            "}\n");
}

}  // namespace
}  // namespace cimd::cli
