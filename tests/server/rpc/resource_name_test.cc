#include "server/rpc/resource_name.h"

#include <string>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/error_matchers.h"

namespace cimd::rpc {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;

TEST(ResourceNameTest, TenantIds) {
  for (const char* id : {"a", "default", "a-1", "a23456789012345678901234567890123456789012345678901234567890123"}) {
    EXPECT_TRUE(IsTenantId(id)) << id;
  }
  for (const char* id : {"", "1a", "-a", "a-", "A", "a_b", "a.b", "a/b", "ä", "_",
                         "a234567890123456789012345678901234567890123456789012345678901234"}) {
    EXPECT_FALSE(IsTenantId(id)) << id;
  }
}

TEST(ResourceNameTest, NamesAreMadeAndParsed) {
  EXPECT_EQ(*ParseTenantName("parent", MakeTenantName("acme")), "acme");
  auto client = ParseClientName("name", MakeClientName("acme", "tpc_1"));
  ASSERT_THAT(client, IsOk());
  EXPECT_EQ(client->tenant, "acme");
  EXPECT_EQ(client->client, "tpc_1");
  auto document = ParseDocumentName("name", MakeDocumentName("acme", "tpc_1", 12));
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(document->version, 12);
  auto grant = ParseChildName("name", kClientGrants, MakeChildName("acme", kClientGrants, "cgr_1"));
  ASSERT_THAT(grant, IsOk());
  EXPECT_EQ(grant->id, "cgr_1");
}

TEST(ResourceNameTest, OneSpellingForEachVersion) {
  for (const char* version : {"", "0", "01", "-1", "+1", "1.0", " 1", "1 ", "99999999999999999999", "x"}) {
    EXPECT_THAT(ParseDocumentName("name", "tenants/acme/clients/tpc_1/documents/" + std::string(version)),
                Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"))
        << version;
  }
}

TEST(ResourceNameTest, MalformedNamesAreRefusedByField) {
  for (const std::string& name :
       {std::string(), std::string("tenants"), std::string("tenants/"), std::string("tenants/acme/clients"),
        std::string("tenants/acme/clients/a/b"), std::string("/tenants/acme/clients/a"),
        std::string("tenants/acme/connections/a"), std::string("tenants/acme/clients/a%2Fb"),
        std::string("tenants/acme/clients/a\0b", 24), std::string(100000, '/')}) {
    auto parsed = ParseClientName("name", name);
    EXPECT_THAT(parsed, Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID")) << name.substr(0, 80);
    EXPECT_EQ(testing::ViolationsOf(parsed), std::vector<std::string>{"name FORMAT"});
  }
}

TEST(ResourceNameTest, FillsInTheCallersTenantWhereANameIs) {
  v1::UpdateConnectionClientsRequest clients;
  clients.set_name("tenants/-/connections/con_1");
  clients.add_changes()->set_client("tenants/-/clients/tpc_1");
  clients.add_changes()->set_client("tenants/other/clients/tpc_2");
  FillInCallersTenant("acme", clients);
  EXPECT_EQ(clients.name(), "tenants/acme/connections/con_1");
  EXPECT_EQ(clients.changes(0).client(), "tenants/acme/clients/tpc_1");
  EXPECT_EQ(clients.changes(1).client(), "tenants/other/clients/tpc_2");

  v1::UpdateTenantRequest settings;
  settings.mutable_tenant()->set_name("tenants/-");
  settings.mutable_tenant()->set_display_name("tenants/-");
  settings.mutable_tenant()->set_issuer("tenants/-/x");
  FillInCallersTenant("acme", settings);
  EXPECT_EQ(settings.tenant().name(), "tenants/acme");
  EXPECT_EQ(settings.tenant().display_name(), "tenants/-") << "text is not a name";
  EXPECT_EQ(settings.tenant().issuer(), "tenants/-/x");

  for (const char* name : {"", "tenants/--", "tenants/-a/x", "tenants", "platform", "x/tenants/-"}) {
    v1::GetTenantRequest request;
    request.set_name(name);
    FillInCallersTenant("acme", request);
    EXPECT_EQ(request.name(), name);
  }
  // "tenants/-" is not a valid name where the dispatcher does not replace it.
  EXPECT_THAT(ParseTenantName("name", "tenants/-"), Fails(absl::StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
  EXPECT_THAT(ParseClientName("name", "tenants/-/clients/tpc_1"),
              Fails(absl::StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
}

TEST(ResourceNameTest, TenantOfNameNeedsNoValidName) {
  EXPECT_EQ(TenantOfName("tenants/acme"), "acme");
  EXPECT_EQ(TenantOfName("tenants/acme/whatever/../x"), "acme");
  EXPECT_EQ(TenantOfName("tenants/-/clients/x"), kCallersTenant);
  for (const char* name : {"", "acme", "tenants", "tenants/", "tenants//x", "tenants/Not An Id/x"}) {
    EXPECT_EQ(TenantOfName(name), "") << name;
  }
}

}  // namespace
}  // namespace cimd::rpc
