// Tenants, their settings, and the server metadata that results from them.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/eventually.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Admin = v1::AdminService::Stub;

class TenantsTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Tenant> Create(const std::string& id, const v1::Tenant& values = {}) {
    v1::CreateTenantRequest request;
    request.set_tenant_id(id);
    *request.mutable_tenant() = values;
    return server_.Call(server_.admin(), &Admin::CreateTenant, request);
  }
  absl::StatusOr<v1::Tenant> Get(const std::string& id) {
    v1::GetTenantRequest request;
    request.set_name("tenants/" + id);
    return server_.Call(server_.admin(), &Admin::GetTenant, request);
  }
  absl::StatusOr<v1::Tenant> Update(const v1::Tenant& tenant, const std::vector<std::string>& paths) {
    v1::UpdateTenantRequest request;
    *request.mutable_tenant() = tenant;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return server_.Call(server_.admin(), &Admin::UpdateTenant, request);
  }
  absl::StatusOr<v1::Tenant> Lookup(const std::string& domain, const std::string& path = "") {
    v1::LookupTenantRequest request;
    request.set_domain(domain);
    request.set_issuer_path(path);
    return server_.Call(server_.admin(), &Admin::LookupTenant, request);
  }
  absl::StatusOr<v1::DeleteTenantResponse> Delete(const std::string& id, bool force = false) {
    v1::DeleteTenantRequest request;
    request.set_name("tenants/" + id);
    request.set_force(force);
    return server_.Call(server_.admin(), &Admin::DeleteTenant, request);
  }
  absl::StatusOr<v1::ServerMetadata> ServerMetadata(const std::string& id) {
    v1::GetServerMetadataRequest request;
    request.set_name("tenants/" + id);
    return server_.Call(server_.metadata(), &v1::MetadataService::Stub::GetServerMetadata, request);
  }
  void AwaitGone(const std::string& id) {
    ASSERT_TRUE(testing::Eventually([&] { return !Get(id).ok(); }, "the purge removes tenant " + id));
  }

  testing::TestServer server_;
};

TEST_F(TenantsTest, CreateGetListUpdate) {
  auto created = Create("acme");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "tenants/acme");
  EXPECT_FALSE(created->client_id_metadata_document_supported());
  EXPECT_EQ(created->document_profile(), v1::DOCUMENT_PROFILE_STANDARD);
  EXPECT_EQ(created->resource_parameter_profile(), v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE);
  EXPECT_THAT(Create("acme"), Fails(StatusCode::kAlreadyExists, "TENANT_EXISTS"));

  v1::Tenant values = *created;
  values.set_display_name("ACME");
  auto updated = Update(values, {"display_name"});
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(Get("acme")->SerializeAsString(), updated->SerializeAsString());
  EXPECT_THAT(Update(values, {"display_name"}), Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(Update(*updated, {"state"}), Fails(StatusCode::kInvalidArgument, "FIELD_NOT_EDITABLE"));

  v1::ListTenantsRequest list;
  list.set_page_size(1);
  auto page = server_.Call(server_.admin(), &Admin::ListTenants, list);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->tenants(0).name(), "tenants/acme");
  list.set_page_token(page->next_page_token());
  page = server_.Call(server_.admin(), &Admin::ListTenants, list);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->tenants(0).name(), "tenants/default");
  EXPECT_THAT(page->next_page_token(), IsEmpty());
}

TEST_F(TenantsTest, BadSettingsAreAllNamed) {
  v1::Tenant values;
  values.set_issuer("http://auth.example.net");
  values.mutable_endpoints()->set_token_endpoint("https://user@auth.example.net/token");
  values.add_domains("Auth.Example.Net");
  values.set_document_profile(static_cast<v1::DocumentProfile>(9));
  auto refused = Create("Bad-Id", values);
  EXPECT_THAT(refused, Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(testing::ViolationsOf(refused),
              ElementsAre("tenant_id FORMAT", "tenant.document_profile OUT_OF_RANGE", "tenant.issuer FORMAT",
                          "tenant.endpoints.token_endpoint FORMAT", "tenant.domains[0] FORMAT"));
  EXPECT_THAT(Get("bad-id"), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
}

TEST_F(TenantsTest, AHostAndIssuerPathBelongToOneTenant) {
  v1::Tenant one;
  one.set_issuer("https://auth.example.net/one");
  one.add_domains("one.example.net");
  ASSERT_THAT(Create("one", one), IsOk());
  v1::Tenant two;
  two.set_issuer("https://auth.example.net/two/");
  ASSERT_THAT(Create("two", two), IsOk());
  EXPECT_EQ(Lookup("auth.example.net", "/one")->name(), "tenants/one");
  EXPECT_EQ(Lookup("one.example.net", "/one")->name(), "tenants/one");
  EXPECT_EQ(Lookup("auth.example.net", "/two")->name(), "tenants/two");
  EXPECT_THAT(Lookup("auth.example.net"), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  EXPECT_THAT(Create("three", one), Fails(StatusCode::kAlreadyExists, "DOMAIN_TAKEN"));
  EXPECT_THAT(Get("three"), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));

  // A host that a tenant no longer uses is free.
  v1::Tenant moved;
  moved.set_name("tenants/one");
  moved.set_issuer("https://elsewhere.example.net");
  ASSERT_THAT(Update(moved, {"issuer", "domains"}), IsOk());
  EXPECT_THAT(Lookup("one.example.net", "/one"), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  EXPECT_THAT(Create("three", one), IsOk());
}

TEST_F(TenantsTest, ATenantsOwnCallersClaimNoHosts) {
  v1::Tenant one;
  one.set_issuer("https://auth.example.net/one");
  ASSERT_THAT(Create("one", one), IsOk());
  ASSERT_THAT(Create("two"), IsOk());
  const std::string platform = server_.token();
  server_.AddToken("of-two", {"read:tenant_settings", "update:tenant_settings"}, "two");
  server_.set_token("of-two");
  v1::Tenant two;
  two.set_name("tenants/two");
  two.set_display_name("The Second");
  EXPECT_THAT(Update(two, {"display_name"}), IsOk());
  two.add_domains("unclaimed.example.net");
  EXPECT_THAT(Update(two, {"domains"}), Fails(StatusCode::kPermissionDenied, "METHOD_FORBIDDEN"));
  two.set_issuer("https://elsewhere.example.net");
  EXPECT_THAT(Update(two, {"issuer"}), Fails(StatusCode::kPermissionDenied, "METHOD_FORBIDDEN"));
  // The error must not disclose which issuers are in use.
  two.set_issuer(one.issuer());
  EXPECT_THAT(Update(two, {"issuer"}), Fails(StatusCode::kPermissionDenied, "METHOD_FORBIDDEN"));
  server_.set_token(platform);
  EXPECT_THAT(Update(two, {"domains"}), IsOk());
  EXPECT_EQ(Get("two")->display_name(), "The Second");
}

TEST_F(TenantsTest, ATenantWithClientsIsDeletedByForceOnly) {
  v1::Tenant values;
  values.set_client_id_metadata_document_supported(true);
  ASSERT_THAT(Create("busy", values), IsOk());
  v1::RegisterClientRequest request;
  request.set_parent("tenants/busy");
  for (int i = 0; i < 100; ++i) {
    const std::string url = "https://client.example.net/" + std::to_string(i);
    request.set_external_client_id(url);
    request.set_document(testing::GoodDocument(url));
    ASSERT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::RegisterClient, request), IsOk());
  }
  EXPECT_THAT(Delete("busy"), Fails(StatusCode::kFailedPrecondition, "TENANT_NOT_EMPTY"));
  ASSERT_THAT(Delete("busy", /*force=*/true), IsOk());
  auto refused = server_.Call(server_.registration(), &v1::RegistrationService::Stub::RegisterClient, request);
  EXPECT_FALSE(refused.ok());
  AwaitGone("busy");
  ASSERT_THAT(Create("busy", values), IsOk());
  v1::ListClientsRequest list;
  list.set_parent("tenants/busy");
  EXPECT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::ListClients, list)->clients(),
              IsEmpty());
}

TEST_F(TenantsTest, ServerMetadataSaysExplicitlyWhatIsTrue) {
  EXPECT_THAT(ServerMetadata("default"), Fails(StatusCode::kFailedPrecondition, "SERVER_METADATA_INCOMPLETE"));
  v1::Tenant values;
  values.set_issuer("https://auth.example.net/");
  values.mutable_endpoints()->set_authorization_endpoint("https://auth.example.net/authorize");
  values.mutable_endpoints()->set_token_endpoint("https://auth.example.net/token");
  values.add_scopes_supported("offline_access");
  server_.UpdateTenant(values, {"issuer", "endpoints", "scopes_supported"});
  auto metadata = ServerMetadata("default");
  ASSERT_THAT(metadata, IsOk());
  EXPECT_EQ(metadata->issuer(), "https://auth.example.net/");
  EXPECT_TRUE(metadata->client_id_metadata_document_supported());
  EXPECT_THAT(metadata->token_endpoint_auth_methods_supported(), ElementsAre("none", "private_key_jwt"));
  EXPECT_THAT(metadata->code_challenge_methods_supported(), ElementsAre("S256"));
  EXPECT_THAT(metadata->response_types_supported(), ElementsAre("code"));
  EXPECT_THAT(metadata->grant_types_supported(), ElementsAre("authorization_code", "refresh_token"));
  EXPECT_THAT(metadata->token_endpoint_auth_signing_alg_values_supported(),
              ::testing::Not(::testing::Contains("none")));
  EXPECT_THAT(metadata->scopes_supported(), ElementsAre("offline_access"));
}

}  // namespace
}  // namespace cimd
