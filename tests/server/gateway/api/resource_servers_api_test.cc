#include "server/gateway/management/resource_servers_api.h"

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

constexpr char kAll[] = "/api/v2/resource-servers";
constexpr char kById[] = "/api/v2/resource-servers/abcdefghijklmnopqrstuvwx";
constexpr char kByIdentifier[] = "/api/v2/resource-servers/https:%2F%2Fapi.example%2Fa%3Fb%252F";
constexpr char kName[] = "tenants/home/resourceServers/abcdefghijklmnopqrstuvwx";
constexpr char kIdentifier[] = "https://api.example/a?b%2F";

constexpr char kJson[] = R"({"id": "abcdefghijklmnopqrstuvwx", "identifier": "https://api.example/a?b%2F",
    "name": "API", "allow_offline_access": true, "token_lifetime": 60,
    "subject_type_authorization": {"user": {"policy": "allow_all"}, "client": {"policy": "deny_all"}},
    "scopes": [{"value": "r", "description": "Read"}, {"value": "w"}]})";

v1::ResourceServer SomeApi() {
  v1::ResourceServer api;
  api.set_name(kName);
  api.set_identifier(kIdentifier);
  api.set_display_name("API");
  api.set_allow_offline_access(true);
  api.set_token_lifetime_seconds(60);
  api.mutable_subject_type_authorization()->set_user(v1::ACCESS_POLICY_ALLOW_ALL);
  api.mutable_subject_type_authorization()->set_client(v1::ACCESS_POLICY_DENY_ALL);
  v1::ResourceServerScope& read = *api.add_scopes();
  read.set_value("r");
  read.set_description("Read");
  api.add_scopes()->set_value("w");
  return api;
}

class ResourceServersApiTest : public GatewayTestBase {};

TEST_F(ResourceServersApiTest, Creates) {
  plane_.create_resource_server.Answers(SomeApi());
  EXPECT_THAT(Send("POST", kAll,
                   R"({"identifier": "https://api.example/a?b%2F", "name": "API", "allow_offline_access": true,
                       "token_lifetime": 60, "scopes": [{"value": "r", "description": "Read"}, {"value": "w"}],
                       "subject_type_authorization": {"user": {"policy": "allow_all"}, "client": {"policy": "deny_all"}},
                       "signing_alg": "RS256", "token_dialect": "access_token", "enforce_policies": false,
                       "skip_consent_for_verifiable_first_party_clients": false})"),
              IsJson(201, kJson));
  ASSERT_EQ(plane_.create_resource_server.requests().size(), 1u);
  const v1::CreateResourceServerRequest request = plane_.create_resource_server.requests()[0];
  EXPECT_EQ(request.parent(), "tenants/home");
  v1::ResourceServer expected = SomeApi();
  expected.clear_name();
  EXPECT_EQ(request.resource_server().DebugString(), expected.DebugString());
}

TEST_F(ResourceServersApiTest, RefusesBodiesThatAreNotWhatTheyShouldBe) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "$ TYPE"},
      {R"({"id": "x"})", "id UNKNOWN"},
      {R"({"made_up": 1})", "made_up UNKNOWN"},
      {R"({"subject_type_authorization.user.policy": "deny_all"})", "subject_type_authorization.user.policy UNKNOWN"},
      {R"({"subject_type_authorization": {"user": "deny_all"}})", "subject_type_authorization.user TYPE"},
      {R"({"subject_type_authorization": {"user": {"policy": "maybe"}}})",
       "subject_type_authorization.user.policy FORMAT"},
      {R"({"subject_type_authorization": {"anonymous_user": {}}})",
       "subject_type_authorization.anonymous_user UNKNOWN"},
      {R"({"signing_alg": "HS256"})", "signing_alg CONSTANT"},
      {R"({"token_dialect": "rfc9068_profile"})", "token_dialect CONSTANT"},
      {R"({"enforce_policies": true})", "enforce_policies CONSTANT"},
      {R"({"token_lifetime": 0})", "token_lifetime OUT_OF_RANGE"},
      {R"({"scopes": {}})", "scopes TYPE"},
      {R"({"scopes": [{"value": "a"}, "b"]})", "scopes[1] TYPE"},
      {R"({"scopes": [{"value": 1}]})", "scopes[0].value TYPE"},
      {R"({"scopes": [{"value": "a", "more": 1}]})", "scopes[0].more UNKNOWN"},
  };
  for (const auto& [method, path] : {std::pair("POST", kAll), std::pair("PATCH", kById)}) {
    for (const auto& [body, problem] : cases) {
      SCOPED_TRACE(body);
      const RawResponse response = Send(method, path, body);
      EXPECT_THAT(response, IsError(400, "invalid_body"));
      const auto details = ParseJson(response.body)["details"];
      ASSERT_EQ(details.size(), 1u);
      EXPECT_EQ(details[0]["field"].get<std::string>() + " " + details[0]["reason"].get<std::string>(), problem);
    }
  }
  EXPECT_THAT(Send("PATCH", kById, "{}"), IsError(400, "invalid_body"));
  EXPECT_THAT(plane_.create_resource_server.requests(), IsEmpty());
  EXPECT_THAT(plane_.update_resource_server.requests(), IsEmpty());
}

TEST_F(ResourceServersApiTest, FindsByIdAndByIdentifier) {
  plane_.get_resource_server.Answers(SomeApi());
  plane_.lookup_resource_server.Answers(SomeApi());
  EXPECT_THAT(Get(kById), IsJson(200, kJson));
  EXPECT_THAT(Get(std::string(kByIdentifier) + "?fields=id&include_fields=true"),
              IsJson(200, R"({"id": "abcdefghijklmnopqrstuvwx"})"));
  ASSERT_EQ(plane_.get_resource_server.requests().size(), 1u);
  EXPECT_EQ(plane_.get_resource_server.requests()[0].name(), kName);
  ASSERT_EQ(plane_.lookup_resource_server.requests().size(), 1u);
  EXPECT_EQ(plane_.lookup_resource_server.requests()[0].parent(), "tenants/home");
  EXPECT_EQ(plane_.lookup_resource_server.requests()[0].identifier(), kIdentifier);
  for (const char* id : {"abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrstuvwxy", "abcdefghijklmnopqrstuv-x"}) {
    Get(std::string(kAll) + "/" + id);
  }
  EXPECT_EQ(plane_.lookup_resource_server.requests().size(), 4u);
}

TEST_F(ResourceServersApiTest, Patches) {
  plane_.lookup_resource_server.Answers(SomeApi());
  plane_.get_resource_server.Answers(SomeApi());
  plane_.update_resource_server.Answers(SomeApi());
  const std::string body =
      R"({"scopes": null, "name": "N", "subject_type_authorization": {"user": {"policy": "require_client_grant"}}})";
  for (const char* path : {kById, kByIdentifier}) EXPECT_THAT(Send("PATCH", path, body), IsJson(200, kJson));
  ASSERT_EQ(plane_.update_resource_server.requests().size(), 2u);
  for (const v1::UpdateResourceServerRequest& request : plane_.update_resource_server.requests()) {
    EXPECT_EQ(request.resource_server().name(), kName);
    EXPECT_THAT(request.update_mask().paths(),
                ElementsAre("display_name", "subject_type_authorization.user", "scopes"));
    EXPECT_EQ(request.resource_server().display_name(), "N");
    EXPECT_EQ(request.resource_server().subject_type_authorization().user(), v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT);
    EXPECT_EQ(request.resource_server().scopes_size(), 0);
  }
  // The member has its only possible value, so there is no update.
  EXPECT_THAT(Send("PATCH", kById, R"({"signing_alg": "RS256"})"), IsJson(200, kJson));
  EXPECT_EQ(plane_.update_resource_server.requests().size(), 2u);
}

TEST_F(ResourceServersApiTest, Deletes) {
  plane_.lookup_resource_server.Answers(SomeApi());
  plane_.delete_resource_server.Answers(v1::DeleteResourceServerResponse());
  EXPECT_EQ(Send("DELETE", kById).status, 204);
  EXPECT_EQ(Send("DELETE", std::string(kByIdentifier) + "?force=true").status, 204);
  ASSERT_EQ(plane_.delete_resource_server.requests().size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(plane_.delete_resource_server.requests()[i].name(), kName);
    EXPECT_EQ(plane_.delete_resource_server.requests()[i].force(), i == 1);
  }
  EXPECT_THAT(Send("DELETE", std::string(kById) + "?force=1"), IsError(400, "invalid_query_string"));
  EXPECT_EQ(plane_.delete_resource_server.requests().size(), 2u);
  plane_.lookup_resource_server.Answers(errors::ResourceServerNotFound(kIdentifier));
  EXPECT_THAT(Send("DELETE", kByIdentifier), IsError(404, "inexistent_resource_server"));
}

// A string of 24 letters and digits may be an ID or an identifier.
TEST_F(ResourceServersApiTest, WhatIsNoIdMayBeAnIdentifier) {
  constexpr char kLikeAnId[] = "/api/v2/resource-servers/notes24lettersanddigits0";
  constexpr char kAsId[] = "tenants/home/resourceServers/notes24lettersanddigits0";
  const absl::Status unknown = errors::ResourceServerNotFound(kAsId);
  plane_.get_resource_server.Answers(unknown);
  plane_.update_resource_server.AnswersBy(
      [&](const v1::UpdateResourceServerRequest& request) -> absl::StatusOr<v1::ResourceServer> {
        if (request.resource_server().name() == kAsId) return unknown;
        return SomeApi();
      });
  plane_.delete_resource_server.AnswersBy(
      [&](const v1::DeleteResourceServerRequest& request) -> absl::StatusOr<v1::DeleteResourceServerResponse> {
        if (request.name() == kAsId) return unknown;
        return v1::DeleteResourceServerResponse();
      });
  plane_.lookup_resource_server.Answers(SomeApi());
  EXPECT_THAT(Get(kLikeAnId), IsJson(200, kJson));
  EXPECT_THAT(Send("PATCH", kLikeAnId, R"({"name": "N"})"), IsJson(200, kJson));
  EXPECT_EQ(plane_.update_resource_server.requests().back().resource_server().name(), kName);
  EXPECT_EQ(plane_.update_resource_server.requests().back().resource_server().display_name(), "N");
  EXPECT_EQ(Send("DELETE", std::string(kLikeAnId) + "?force=true").status, 204);
  EXPECT_EQ(plane_.delete_resource_server.requests().back().name(), kName);
  EXPECT_TRUE(plane_.delete_resource_server.requests().back().force());
  for (const auto& request : plane_.lookup_resource_server.requests()) {
    EXPECT_EQ(request.identifier(), "notes24lettersanddigits0");
  }
  EXPECT_EQ(plane_.lookup_resource_server.requests().size(), 3u);

  // A caller that may update but not look up gets the error about the ID. Other errors are returned unchanged.
  const std::pair<absl::Status, int> cases[] = {
      {errors::ResourceServerNotFound("notes24lettersanddigits0"), 404},
      {errors::ScopeInsufficient("LookupResourceServer", "read:resource_servers"), 404},
      {errors::Overloaded(absl::Seconds(1)), 429}};
  for (const auto& [status, expected] : cases) {
    plane_.lookup_resource_server.Answers(status);
    EXPECT_EQ(Get(kLikeAnId).status, expected) << status;
    EXPECT_EQ(Send("PATCH", kLikeAnId, R"({"name": "N"})").status, expected) << status;
    EXPECT_EQ(Send("DELETE", kLikeAnId).status, expected) << status;
  }
  // An ID needs no lookup.
  plane_.update_resource_server.Answers(errors::ScopeInsufficient("UpdateResourceServer", "update:resource_servers"));
  const size_t lookups = plane_.lookup_resource_server.requests().size();
  EXPECT_EQ(Send("PATCH", kLikeAnId, R"({"name": "N"})").status, 403);
  EXPECT_EQ(plane_.lookup_resource_server.requests().size(), lookups);
}

// A repeated parameter is reported once, because a query is read in one pass.
TEST_F(ResourceServersApiTest, RepeatedParameters) {
  std::string many;
  for (int i = 0; i < 800; ++i) many += "page=1&";
  const RawResponse response = Get(std::string(kAll) + "?" + many + "x=1&x=2");
  EXPECT_THAT(response, IsError(400, "invalid_query_string"));
  const auto details = ParseJson(response.body)["details"];
  ASSERT_EQ(details.size(), 2u) << response.body;
  EXPECT_EQ(details[0]["field"], "page");
  EXPECT_EQ(details[0]["reason"], "TOO_MANY");
  EXPECT_EQ(details[1]["field"], "x");
  EXPECT_EQ(details[1]["reason"], "UNKNOWN");
  EXPECT_THAT(plane_.list_resource_servers.requests(), IsEmpty());
}

TEST_F(ResourceServersApiTest, ListsInEveryForm) {
  v1::ListResourceServersResponse page;
  page.add_resource_servers()->set_name("tenants/home/resourceServers/1");
  page.set_total_size(9);
  plane_.list_resource_servers.Answers(page);
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&identifiers=urn:a&identifiers=urn:b%2Cc"),
              IsJson(200, R"([{"id": "1"}])"));
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&page=2&per_page=3&include_totals=true"),
              IsJson(200, R"({"start": 6, "limit": 3, "total": 9, "resource_servers": [{"id": "1"}]})"));
  page.set_next_page_token("more");
  plane_.list_resource_servers.Answers(page);
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&take=7&from=here&include_totals=true"),
              IsJson(200, R"({"next": "more", "resource_servers": [{"id": "1"}]})"));
  const std::vector<v1::ListResourceServersRequest> requests = plane_.list_resource_servers.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_THAT(requests[0].identifiers(), ElementsAre("urn:a", "urn:b,c"));
  EXPECT_EQ(requests[0].page_size(), 50);
  EXPECT_EQ(requests[1].skip(), 6);
  EXPECT_EQ(requests[1].page_size(), 3);
  EXPECT_TRUE(requests[1].include_total_size());
  EXPECT_EQ(requests[2].page_token(), "here");
  EXPECT_EQ(requests[2].page_size(), 7);
  EXPECT_FALSE(requests[2].include_total_size());
  for (const char* query : {"?made_up=1", "?take=0", "?per_page=101", "?page=0&page=1", "?include_totals=yes"}) {
    EXPECT_THAT(Get(std::string(kAll) + query), IsError(400, "invalid_query_string")) << query;
  }
  EXPECT_EQ(plane_.list_resource_servers.requests().size(), 3u);
}

TEST_F(ResourceServersApiTest, MapsErrors) {
  const std::tuple<absl::Status, int, const char*, const char*> cases[] = {
      {errors::ResourceServerExists(kIdentifier), 409, "resource_server_conflict", ""},
      {errors::ScopeInUse("r", "tenants/home/clientGrants/cgr_1"), 409, "scope_in_use", ""},
      {errors::ResourceServerInUse(kName, 3), 409, "resource_server_in_use", "3"},
      {errors::FieldNotEditable("display_name"), 400, "invalid_body", "on property name"},
      {errors::FieldsInvalid({{.field = "resource_server.scopes[2].value", .reason = "FORMAT", .description = "d"}}),
       400, "invalid_body", "on property scopes[2].value"},
      {errors::FieldsInvalid(
           {{.field = "resource_server.subject_type_authorization.client", .reason = "X", .description = "d"}}),
       400, "invalid_body", "on property subject_type_authorization.client.policy"},
  };
  for (const auto& [status, http_status, code, text] : cases) {
    SCOPED_TRACE(status.ToString());
    plane_.create_resource_server.Answers(status);
    const RawResponse response = Send("POST", kAll, R"({"identifier": "urn:a"})");
    EXPECT_THAT(response, IsError(http_status, code));
    EXPECT_THAT(response.body, HasSubstr(text));
  }
}

}  // namespace
}  // namespace cimd::gateway
