#include "server/gateway/management/connections_api.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
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
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr char kAll[] = "/api/v2/connections";
constexpr char kOne[] = "/api/v2/connections/con_1";
constexpr char kEnabled[] = "/api/v2/connections/con_1/clients";
constexpr char kUsable[] = "/api/v2/clients/tpc_1/connections";
constexpr char kName[] = "tenants/home/connections/con_1";
constexpr char kJson[] = R"({"id": "con_1", "name": "db", "strategy": "auth0", "display_name": "DB",
    "is_domain_connection": true, "show_as_button": false, "realms": ["a.example"], "metadata": {"k": "v"},
    "options": {"a": [1, "b", null, {"c": false}], "d": 0.5}})";

v1::Connection SomeConnection() {
  v1::Connection connection;
  connection.set_name(kName);
  connection.set_connection_name("db");
  connection.set_strategy("auth0");
  connection.set_display_name("DB");
  connection.set_is_domain_connection(true);
  connection.add_realms("a.example");
  (*connection.mutable_metadata())["k"] = "v";
  auto& options = *connection.mutable_options()->mutable_fields();
  auto& list = *options["a"].mutable_list_value();
  list.add_values()->set_number_value(1);
  list.add_values()->set_string_value("b");
  list.add_values()->set_null_value(google::protobuf::NULL_VALUE);
  (*list.add_values()->mutable_struct_value()->mutable_fields())["c"].set_bool_value(false);
  options["d"].set_number_value(0.5);
  return connection;
}

class ConnectionsApiTest : public GatewayTestBase {};

TEST_F(ConnectionsApiTest, Creates) {
  plane_.create_connection.Answers(SomeConnection());
  auto body = ParseJson(kJson);
  body.erase("id");
  EXPECT_THAT(Send("POST", kAll, body.dump()), IsJson(201, kJson));
  ASSERT_EQ(plane_.create_connection.requests().size(), 1u);
  const v1::CreateConnectionRequest request = plane_.create_connection.requests()[0];
  EXPECT_EQ(request.parent(), "tenants/home");
  v1::Connection expected = SomeConnection();
  expected.clear_name();
  EXPECT_EQ(request.connection().DebugString(), expected.DebugString());
}

TEST_F(ConnectionsApiTest, RefusesBodiesThatAreNotWhatTheyShouldBe) {
  std::string deep = R"({"options": {"a": )";
  for (int i = 0; i < 100; ++i) deep += "[";
  const std::pair<std::string, const char*> cases[] = {
      {"[]", "$ TYPE"},
      {R"({"id": "con_2"})", "id UNKNOWN"},
      {R"({"enabled_clients": []})", "enabled_clients UNKNOWN"},
      {R"({"name": 1})", "name TYPE"},
      {R"({"is_domain_connection": "yes"})", "is_domain_connection TYPE"},
      {R"({"options": []})", "options TYPE"},
      // Options are stored as doubles, which cannot represent every integer from 2^53 on.
      {R"({"options": {"a": [{"b": 9007199254740993}]}})", "options.a[0].b OUT_OF_RANGE"},
      {R"({"options": {"a": -9007199254740993}})", "options.a OUT_OF_RANGE"},
      {R"({"options": {"a": 9223372036854775808}})", "options.a OUT_OF_RANGE"},
      {R"({"options": {"a": 18446744073709551617}})", "options.a OUT_OF_RANGE"},
      {R"({"options": {"a": 9007199254740993.0}})", "options.a OUT_OF_RANGE"},
      {R"({"metadata": {"k": 1}})", "metadata.k TYPE"},
      {R"({"metadata": "x"})", "metadata TYPE"},
      {R"({"realms": [1]})", "realms TYPE"},
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
    EXPECT_THAT(Send(method, path, deep), IsError(400, "invalid_body"));
  }
  EXPECT_THAT(Send("PATCH", kOne, "{}"), IsError(400, "invalid_body"));
  EXPECT_THAT(plane_.create_connection.requests(), IsEmpty());
  EXPECT_THAT(plane_.update_connection.requests(), IsEmpty());
}

TEST_F(ConnectionsApiTest, KeepsNumbersAsTheyAre) {
  plane_.create_connection.AnswersBy([](const v1::CreateConnectionRequest& request) { return request.connection(); });
  for (const char* number :
       {"9007199254740992", "-9007199254740992", "0", "-1", "1.5", "1e-300", "9007199254740991.0"}) {
    const std::string options = fmt::format(R"({{"a": {}}})", number);
    const RawResponse response = Send("POST", kAll, fmt::format(R"({{"name": "db", "options": {}}})", options));
    ASSERT_EQ(response.status, 201) << response.body;
    EXPECT_EQ(ParseJson(response.body)["options"], ParseJson(options)) << response.body;
  }
}

TEST_F(ConnectionsApiTest, ReadsPatchesAndDeletes) {
  plane_.get_connection.Answers(SomeConnection());
  plane_.update_connection.Answers(SomeConnection());
  plane_.delete_connection.Answers(v1::DeleteConnectionResponse());
  EXPECT_THAT(Get(kOne), IsJson(200, kJson));
  EXPECT_THAT(Get(std::string(kOne) + "?fields=name"), IsJson(200, R"({"name": "db"})"));
  EXPECT_EQ(plane_.get_connection.requests().at(0).name(), kName);
  EXPECT_THAT(Send("PATCH", kOne, R"({"is_domain_connection": false, "metadata": {"a": "b", "c": null},
                                      "options": null, "display_name": null})"),
              IsJson(200, kJson));
  Send("PATCH", std::string(kOne) + "?force=true", R"({"metadata": {}, "options": {}})");
  const std::vector<v1::UpdateConnectionRequest> updates = plane_.update_connection.requests();
  ASSERT_EQ(updates.size(), 2u);
  EXPECT_EQ(updates[0].connection().name(), kName);
  EXPECT_FALSE(updates[0].force());
  EXPECT_THAT(updates[0].update_mask().paths(),
              UnorderedElementsAre("is_domain_connection", "metadata", "options", "display_name"));
  EXPECT_THAT(updates[0].connection().metadata(), ElementsAre(Pair("a", "b")));
  EXPECT_FALSE(updates[0].connection().has_options());
  EXPECT_TRUE(updates[1].force());
  EXPECT_THAT(updates[1].update_mask().paths(), UnorderedElementsAre("metadata", "options"));
  EXPECT_TRUE(updates[1].connection().has_options());

  EXPECT_EQ(Send("DELETE", kOne).status, 204);
  EXPECT_EQ(Send("DELETE", std::string(kOne) + "?force=true").status, 204);
  ASSERT_EQ(plane_.delete_connection.requests().size(), 2u);
  EXPECT_EQ(plane_.delete_connection.requests()[0].name(), kName);
  EXPECT_FALSE(plane_.delete_connection.requests()[0].force());
  EXPECT_TRUE(plane_.delete_connection.requests()[1].force());
  EXPECT_THAT(Send("DELETE", std::string(kOne) + "?force="), IsError(400, "invalid_query_string"));
  EXPECT_THAT(Send("PATCH", std::string(kOne) + "?force=no", "{}"), IsError(400, "invalid_query_string"));
}

TEST_F(ConnectionsApiTest, ListsByEveryFilter) {
  v1::ListConnectionsResponse page;
  page.add_connections()->set_name(kName);
  page.set_total_size(5);
  plane_.list_connections.Answers(page);
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&strategy=auth0&strategy=oidc&is_domain_connection=false&name=db"),
              IsJson(200, R"([{"id": "con_1"}])"));
  page.set_next_page_token("more");
  plane_.list_connections.Answers(page);
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&include_totals=true&take=50"),
              IsJson(200, R"({"next": "more", "connections": [{"id": "con_1"}]})"));
  page.clear_next_page_token();
  plane_.list_connections.Answers(page);
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&include_totals=true&page=1"),
              IsJson(200, R"({"start": 100, "limit": 100, "total": 5, "connections": [{"id": "con_1"}]})"));
  const std::vector<v1::ListConnectionsRequest> requests = plane_.list_connections.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_THAT(requests[0].strategies(), ElementsAre("auth0", "oidc"));
  EXPECT_TRUE(requests[0].has_is_domain_connection());
  EXPECT_FALSE(requests[0].is_domain_connection());
  EXPECT_EQ(requests[0].connection_name(), "db");
  EXPECT_FALSE(requests[1].has_is_domain_connection());
  EXPECT_EQ(requests[2].skip(), 100);
  for (const char* query : {"?name=a&name=b", "?is_domain_connection=1", "?force=true", "?take=101"}) {
    EXPECT_THAT(Get(std::string(kAll) + query), IsError(400, "invalid_query_string")) << query;
  }
}

// The server limits pages by size. A caller that uses page numbers would miss the items that were left out.
TEST_F(ConnectionsApiTest, PageByNumberThatWasCutIsAnError) {
  v1::ListConnectionsResponse page;
  page.add_connections()->set_name(kName);
  page.add_connections()->set_name(kName);
  page.set_next_page_token("more");
  plane_.list_connections.Answers(page);
  EXPECT_THAT(Get(std::string(kAll) + "?per_page=3"), IsError(400, "invalid_query_string"));
  EXPECT_THAT(Get(std::string(kAll) + "?per_page=3&include_totals=true"), IsError(400, "invalid_query_string"));
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&per_page=2"), IsJson(200, R"([{"id": "con_1"}, {"id": "con_1"}])"));
  EXPECT_THAT(Get(std::string(kAll) + "?fields=id&take=3"),
              IsJson(200, R"({"next": "more", "connections": [{"id": "con_1"}, {"id": "con_1"}]})"));
}

TEST_F(ConnectionsApiTest, ListsClientsOfAConnection) {
  v1::ListConnectionClientsResponse page;
  page.add_clients("tenants/home/clients/tpc_1");
  page.set_next_page_token("more");
  plane_.list_connection_clients.Answers(page);
  EXPECT_THAT(Get(std::string(kEnabled) + "?take=1000&from=here"),
              IsJson(200, R"({"clients": [{"client_id": "tpc_1"}], "next": "more"})"));
  plane_.list_connection_clients.Answers(v1::ListConnectionClientsResponse());
  EXPECT_THAT(Get(kEnabled), IsJson(200, R"({"clients": []})"));
  const std::vector<v1::ListConnectionClientsRequest> requests = plane_.list_connection_clients.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].parent(), kName);
  EXPECT_EQ(requests[0].page_size(), 1000);
  EXPECT_EQ(requests[0].page_token(), "here");
  EXPECT_EQ(requests[1].page_size(), 50);
  EXPECT_THAT(Get(std::string(kEnabled) + "?take=1001"), IsError(400, "invalid_query_string"));
  plane_.list_connection_clients.Answers(errors::PageTokenInvalid());
  EXPECT_THAT(Get(std::string(kEnabled) + "?from=x"), IsError(400, "invalid_query_string"));
}

TEST_F(ConnectionsApiTest, EnablesAndDisablesForClients) {
  plane_.update_connection_clients.Answers(v1::UpdateConnectionClientsResponse());
  const RawResponse done =
      Send("PATCH", kEnabled, R"([{"client_id": "tpc_1", "status": true}, {"status": false, "client_id": "tpc_2"}])");
  EXPECT_EQ(done.status, 204);
  EXPECT_EQ(done.body, "");
  ASSERT_EQ(plane_.update_connection_clients.requests().size(), 1u);
  const v1::UpdateConnectionClientsRequest request = plane_.update_connection_clients.requests()[0];
  EXPECT_EQ(request.name(), kName);
  ASSERT_EQ(request.changes_size(), 2);
  EXPECT_EQ(request.changes(0).client(), "tenants/home/clients/tpc_1");
  EXPECT_TRUE(request.changes(0).enabled());
  EXPECT_EQ(request.changes(1).client(), "tenants/home/clients/tpc_2");
  EXPECT_FALSE(request.changes(1).enabled());

  const std::pair<const char*, const char*> cases[] = {
      {"{}", "$ TYPE"},
      {R"(["tpc_1"])", "[0] TYPE"},
      {R"([{"client_id": "a"}])", "[0].status REQUIRED"},
      {R"([{"client_id": "a", "status": null}])", "[0].status REQUIRED"},
      {R"([{"client_id": "a", "status": true}, {"status": true}])", "[1].client_id REQUIRED"},
      {R"([{"client_id": "a", "status": 1}])", "[0].status TYPE"},
      {R"([{"client_id": "a", "status": true, "enabled": true}])", "[0].enabled UNKNOWN"},
  };
  for (const auto& [body, problem] : cases) {
    SCOPED_TRACE(body);
    const RawResponse response = Send("PATCH", kEnabled, body);
    EXPECT_THAT(response, IsError(400, "invalid_body"));
    const auto details = ParseJson(response.body)["details"];
    ASSERT_EQ(details.size(), 1u);
    EXPECT_EQ(details[0]["field"].get<std::string>() + " " + details[0]["reason"].get<std::string>(), problem);
  }
  EXPECT_EQ(plane_.update_connection_clients.requests().size(), 1u);
}

TEST_F(ConnectionsApiTest, ListsConnectionsOfAClient) {
  v1::ListClientConnectionsResponse page;
  *page.add_connections() = SomeConnection();
  page.set_next_page_token("more");
  plane_.list_client_connections.Answers(page);
  EXPECT_THAT(Get(std::string(kUsable) + "?strategy=auth0&strategy=sms&take=2&from=here&fields=id"),
              IsJson(200, R"({"connections": [{"id": "con_1"}], "next": "more"})"));
  const v1::ListClientConnectionsRequest request = plane_.list_client_connections.requests().at(0);
  EXPECT_EQ(request.parent(), "tenants/home/clients/tpc_1");
  EXPECT_THAT(request.strategies(), ElementsAre("auth0", "sms"));
  EXPECT_EQ(request.page_size(), 2);
  EXPECT_EQ(request.page_token(), "here");
  plane_.list_client_connections.Answers(errors::ClientNotFound("tpc_1"));
  EXPECT_THAT(Get(kUsable), IsError(404, "inexistent_client"));
}

TEST_F(ConnectionsApiTest, MapsErrors) {
  const std::tuple<absl::Status, int, const char*, const char*> cases[] = {
      {errors::ConnectionNotFound(kName), 404, "inexistent_connection", ""},
      {errors::ConnectionInUse(kName), 409, "connection_in_use", ""},
      {errors::DomainConnectionsExhausted(50), 409, "domain_connections_exhausted", "50"},
      {errors::ConnectionExists("db"), 409, "connection_conflict", ""},
      {errors::FieldNotEditable("connection_name"), 400, "invalid_body", "on property name"},
      {errors::FieldsInvalid({{.field = "connection.connection_name", .reason = "FORMAT", .description = "d"}}), 400,
       "invalid_body", "on property name"},
  };
  for (const auto& [status, http_status, code, text] : cases) {
    SCOPED_TRACE(status.ToString());
    plane_.update_connection.Answers(status);
    const RawResponse response = Send("PATCH", kOne, R"({"name": "other"})");
    EXPECT_THAT(response, IsError(http_status, code));
    EXPECT_THAT(response.body, HasSubstr(text));
  }
  const std::pair<absl::Status, const char*> of_clients[] = {
      {errors::ResourceNameInvalid("changes.client", "x", "p"), "on property client_id"},
      {errors::FieldsInvalid({{.field = "changes[3].client", .reason = "DUPLICATE", .description = "d"}}),
       "on property [3].client_id"},
      {errors::FieldsInvalid({{.field = "changes", .reason = "TOO_MANY", .description = "d"}}), "on property $"},
  };
  for (const auto& [status, text] : of_clients) {
    plane_.update_connection_clients.Answers(status);
    const RawResponse response = Send("PATCH", kEnabled, R"([{"client_id": "a", "status": true}])");
    EXPECT_THAT(response, IsError(400, "invalid_body"));
    EXPECT_THAT(response.body, HasSubstr(text));
  }
}

}  // namespace
}  // namespace cimd::gateway
