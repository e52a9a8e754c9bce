#include "server/gateway/management/client_grants_api.h"

#include <string>
#include <utility>
#include <vector>

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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAll[] = "/api/v2/client-grants";
constexpr char kOne[] = "/api/v2/client-grants/cgr_1";
constexpr char kName[] = "tenants/home/clientGrants/cgr_1";
constexpr char kJson[] = R"({"id": "cgr_1", "client_id": "tpc_1", "audience": "urn:api", "scope": ["r"],
                             "subject_type": "user", "allow_all_scopes": false})";

v1::ClientGrant SomeGrant() {
  v1::ClientGrant grant;
  grant.set_name(kName);
  grant.set_client("tenants/home/clients/tpc_1");
  grant.set_audience("urn:api");
  grant.set_subject_type(v1::SUBJECT_TYPE_USER);
  grant.add_scopes("r");
  return grant;
}

class ClientGrantsApiTest : public GatewayTestBase {};

TEST_F(ClientGrantsApiTest, CreatesForAClient) {
  plane_.create_client_grant.Answers(SomeGrant());
  EXPECT_THAT(Send("POST", kAll,
                   R"({"client_id": "tpc_1", "audience": "urn:api", "scope": ["r"], "subject_type": "user",
                       "organization_usage": "deny", "allow_any_organization": false})"),
              IsJson(201, kJson));
  ASSERT_EQ(plane_.create_client_grant.requests().size(), 1u);
  const v1::CreateClientGrantRequest request = plane_.create_client_grant.requests()[0];
  EXPECT_EQ(request.parent(), "tenants/home");
  v1::ClientGrant expected = SomeGrant();
  expected.clear_name();
  EXPECT_EQ(request.client_grant().DebugString(), expected.DebugString());
}

TEST_F(ClientGrantsApiTest, CreatesForEveryThirdPartyClient) {
  v1::ClientGrant grant;
  grant.set_name(kName);
  grant.set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  grant.set_subject_type(v1::SUBJECT_TYPE_CLIENT);
  plane_.create_client_grant.Answers(grant);
  EXPECT_THAT(Send("POST", kAll, R"({"default_for": "third_party_clients", "client_id": null})"),
              IsJson(201, R"({"id": "cgr_1", "default_for": "third_party_clients", "subject_type": "client",
                              "allow_all_scopes": false, "scope": []})"));
  EXPECT_EQ(plane_.create_client_grant.requests().at(0).client_grant().client(), "");
  grant.set_allow_all_scopes(true);
  plane_.create_client_grant.Answers(grant);
  EXPECT_FALSE(ParseJson(Send("POST", kAll, R"({"allow_all_scopes": true})").body).contains("scope"));
}

TEST_F(ClientGrantsApiTest, RefusesBodiesThatAreNotWhatTheyShouldBe) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "$ TYPE"},
      {R"({"id": "cgr_2"})", "id UNKNOWN"},
      {R"({"client": "tenants/other/clients/tpc_1"})", "client UNKNOWN"},
      {R"({"client_id": 1})", "client_id TYPE"},
      {R"({"scope": "r w"})", "scope TYPE"},
      {R"({"subject_type": "anonymous_user"})", "subject_type FORMAT"},
      {R"({"default_for": "everybody"})", "default_for FORMAT"},
      {R"({"organization_usage": "allow"})", "organization_usage CONSTANT"},
      {R"({"allow_any_organization": true})", "allow_any_organization CONSTANT"},
      {R"({"authorization_details_types": []})", "authorization_details_types UNKNOWN"},
  };
  for (const auto& [method, path] : {std::pair("POST", kAll), std::pair("PATCH", kOne)}) {
    for (const auto& [body, problem] : cases) {
      SCOPED_TRACE(body);
      const RawResponse response = Send(method, path, body);
      EXPECT_THAT(response, IsError(400, "invalid_body"));
      const auto details = ParseJson(response.body)["details"];
      ASSERT_EQ(details.size(), 1u);
      EXPECT_EQ(details[0]["field"].get<std::string>() + " " + details[0]["reason"].get<std::string>(), problem);
    }
  }
  EXPECT_THAT(plane_.create_client_grant.requests(), IsEmpty());
  EXPECT_THAT(plane_.update_client_grant.requests(), IsEmpty());
}

TEST_F(ClientGrantsApiTest, ReadsPatchesAndDeletes) {
  plane_.get_client_grant.Answers(SomeGrant());
  plane_.update_client_grant.Answers(SomeGrant());
  plane_.delete_client_grant.Answers(v1::DeleteClientGrantResponse());
  EXPECT_THAT(Get(kOne), IsJson(200, kJson));
  EXPECT_EQ(plane_.get_client_grant.requests().at(0).name(), kName);
  EXPECT_THAT(Send("PATCH", kOne, R"({"scope": null, "allow_all_scopes": true})"), IsJson(200, kJson));
  // The update mask contains immutable members, so that the server refuses them.
  Send("PATCH", kOne, R"({"client_id": "tpc_2", "audience": "urn:b"})");
  const std::vector<v1::UpdateClientGrantRequest> updates = plane_.update_client_grant.requests();
  ASSERT_EQ(updates.size(), 2u);
  EXPECT_EQ(updates[0].client_grant().name(), kName);
  EXPECT_THAT(updates[0].update_mask().paths(), ElementsAre("scopes", "allow_all_scopes"));
  EXPECT_TRUE(updates[0].client_grant().allow_all_scopes());
  EXPECT_THAT(updates[1].update_mask().paths(), ElementsAre("client", "audience"));
  EXPECT_THAT(Send("PATCH", kOne, "{}"), IsError(400, "invalid_body"));
  EXPECT_THAT(Send("PATCH", kOne, R"({"organization_usage": "deny"})"), IsJson(200, kJson));
  EXPECT_EQ(plane_.update_client_grant.requests().size(), 2u);
  EXPECT_EQ(Send("DELETE", kOne).status, 204);
  EXPECT_EQ(plane_.delete_client_grant.requests().at(0).name(), kName);
}

TEST_F(ClientGrantsApiTest, ListsByEveryFilter) {
  v1::ListClientGrantsResponse page;
  *page.add_client_grants() = SomeGrant();
  page.set_total_size(1);
  plane_.list_client_grants.Answers(page);
  EXPECT_THAT(Get(std::string(kAll) + "?include_totals=true&take=50&fields=id"),
              IsJson(200, R"({"client_grants": [{"id": "cgr_1"}]})"));
  EXPECT_THAT(Get(std::string(kAll) + "?audience=urn:api&client_id=tpc_1&subject_type=user&fields=id"),
              IsJson(200, R"([{"id": "cgr_1"}])"));
  EXPECT_THAT(Get(std::string(kAll) + "?default_for=third_party_clients&include_totals=true&fields=id"),
              IsJson(200, R"({"start": 0, "limit": 50, "total": 1, "client_grants": [{"id": "cgr_1"}]})"));
  // Grants for any organization are not supported, so the list is empty. The server still checks that the caller may
  // list grants.
  EXPECT_THAT(Get(std::string(kAll) + "?allow_any_organization=true"), IsJson(200, "[]"));
  const std::vector<v1::ListClientGrantsRequest> requests = plane_.list_client_grants.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[0].page_size(), 50);
  EXPECT_EQ(requests[0].client(), "");
  EXPECT_EQ(requests[1].audience(), "urn:api");
  EXPECT_EQ(requests[1].client(), "tenants/home/clients/tpc_1");
  EXPECT_EQ(requests[1].subject_type(), v1::SUBJECT_TYPE_USER);
  EXPECT_EQ(requests[2].default_for(), v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  for (const char* query : {"?subject_type=nobody", "?subject_type=USER", "?default_for=x", "?client_id=", "?scope=r",
                            "?allow_any_organization=maybe", "?client_id=a&client_id=b"}) {
    EXPECT_THAT(Get(std::string(kAll) + query), IsError(400, "invalid_query_string")) << query;
  }
  EXPECT_EQ(plane_.list_client_grants.requests().size(), 4u);
}

TEST_F(ClientGrantsApiTest, MapsErrors) {
  const std::tuple<absl::Status, int, const char*, const char*> cases[] = {
      {errors::ClientGrantExists(kName), 409, "client_grant_conflict", ""},
      {errors::ScopeUnknown("r", "urn:api"), 400, "invalid_body", ""},
      {errors::ResourceServerNotFound("urn:api"), 404, "inexistent_resource_server", ""},
      {errors::ClientNotFound("tpc_1"), 404, "inexistent_client", ""},
      {errors::ClientGrantNotFound(kName), 404, "inexistent_client_grant", ""},
      {errors::ResourceNameInvalid("client_grant.client", "tenants/home/clients/a/b", "p"), 400, "invalid_body",
       "on property client_id"},
      {errors::ResourceNameInvalid("client_grant.name", "x", "p"), 400, "invalid_uri", "on property id"},
      {errors::FieldsInvalid({{.field = "client_grant.client", .reason = "EXCLUSIVE", .description = "d"}}), 400,
       "invalid_body", "on property client_id"},
      {errors::FieldsInvalid({{.field = "client_grant.scopes[1]", .reason = "DUPLICATE", .description = "d"}}), 400,
       "invalid_body", "on property scope[1]"},
  };
  for (const auto& [status, http_status, code, text] : cases) {
    SCOPED_TRACE(status.ToString());
    plane_.create_client_grant.Answers(status);
    const RawResponse response = Send("POST", kAll, R"({"client_id": "a/b"})");
    EXPECT_THAT(response, IsError(http_status, code));
    EXPECT_THAT(response.body, HasSubstr(text));
  }
}

}  // namespace
}  // namespace cimd::gateway
