#include "server/gateway/management/client_query.h"

#include <string>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/gateway/http/request_target.h"

namespace cimd::gateway {
namespace {

using ::testing::ElementsAre;
using Form = ClientQuery::Form;

HttpRequest RequestWith(const std::string& query) {
  HttpRequest request;
  request.query = ParseFormUrlEncoded(query).value();
  return request;
}

ClientQuery Read(const std::string& query) {
  auto read = ReadClientQuery(RequestWith(query));
  EXPECT_TRUE(std::holds_alternative<ClientQuery>(read)) << query;
  return std::get<ClientQuery>(std::move(read));
}

v1::ListClientsResponse TwoClients() {
  v1::ListClientsResponse response;
  for (const char* id : {"tpc_1", "tpc_2"}) {
    v1::Client* client = response.add_clients();
    client->set_name(std::string("tenants/home/clients/") + id);
    client->mutable_metadata()->set_client_name(id);
  }
  response.set_total_size(77);
  response.set_next_page_token("more");
  return response;
}

std::string Listed(const std::string& query) {
  return ClientListJson(Read(query + "&fields=client_id"), TwoClients()).dump();
}

TEST(ClientQueryTest, ReadsThePaging) {
  struct Case {
    const char* query;
    Form form;
    int page_size, skip;
    bool totals;
    const char* token;
  };
  const Case cases[] = {
      {"", Form::kArray, 50, 0, false, ""},
      {"page=2&per_page=10", Form::kArray, 10, 20, false, ""},
      {"include_totals=false", Form::kArray, 50, 0, false, ""},
      {"page=0&per_page=50&include_totals=true", Form::kTotals, 50, 0, true, ""},
      {"page=3&include_totals=true", Form::kTotals, 50, 150, true, ""},
      {"per_page=100", Form::kArray, 100, 0, false, ""},
      // per_page=0 means the server's default of 50.
      {"per_page=0&page=7&include_totals=true", Form::kTotals, 1, 0, true, ""},
      {"take=5", Form::kCheckpoint, 5, 0, false, ""},
      {"from=abc", Form::kCheckpoint, 50, 0, false, "abc"},
      // The SDK sends both. The checkpoint takes precedence.
      {"include_totals=true&take=50&from=abc&page=9", Form::kCheckpoint, 50, 0, false, "abc"},
      // The server refuses this offset as too large, not the gateway.
      {"page=2147483647&per_page=100", Form::kArray, 100, 2147483647, false, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.query);
    const ClientQuery query = Read(c.query);
    EXPECT_EQ(query.form, c.form);
    EXPECT_EQ(query.request.page_size(), c.page_size);
    EXPECT_EQ(query.request.skip(), c.skip);
    EXPECT_EQ(query.request.include_total_size(), c.totals);
    EXPECT_EQ(query.request.page_token(), c.token);
    EXPECT_FALSE(query.matches_none);
  }
}

TEST(ClientQueryTest, ReadsTheFilters) {
  const ClientQuery query = Read(
      "external_client_id=https%3A%2F%2Fa.example%2Fc%3Fx&app_type=native,spa,oag&is_first_party=false&is_global="
      "false");
  EXPECT_EQ(query.request.external_client_id(), "https://a.example/c?x");
  EXPECT_THAT(query.request.app_types(), ElementsAre(v1::APP_TYPE_NATIVE, v1::APP_TYPE_SPA));
  EXPECT_FALSE(query.matches_none);
}

TEST(ClientQueryTest, KnowsWhatNoClientHereIs) {
  for (const char* query : {"is_first_party=true", "is_global=true", "app_type=non_interactive,sso_integration"}) {
    SCOPED_TRACE(query);
    EXPECT_TRUE(Read(query).matches_none);
    EXPECT_EQ(Listed(query), "[]");
    EXPECT_EQ(Listed(std::string(query) + "&include_totals=true"), R"({"start":0,"limit":50,"total":0,"clients":[]})");
    EXPECT_EQ(Listed(std::string(query) + "&take=5"), R"({"clients":[]})");
  }
}

TEST(ClientQueryTest, RefusesWhatIsOutOfBounds) {
  const std::pair<const char*, const char*> cases[] = {
      {"page=-1", "page TYPE"},
      {"page=x", "page TYPE"},
      {"page=", "page TYPE"},
      {"page=%2B1", "page TYPE"},
      {"page=2147483648", "page OUT_OF_RANGE"},
      {"page=99999999999999999999", "page OUT_OF_RANGE"},
      {"per_page=101", "per_page OUT_OF_RANGE"},
      {"take=0", "take OUT_OF_RANGE"},
      {"take=101", "take OUT_OF_RANGE"},
      {"from=", "from REQUIRED"},
      {"include_totals=1", "include_totals TYPE"},
      {"include_fields=yes", "include_fields TYPE"},
      {"is_global=", "is_global TYPE"},
      {"is_first_party=TRUE", "is_first_party TYPE"},
      {"app_type=native,mobile", "app_type FORMAT"},
      {"external_client_id=", "external_client_id REQUIRED"},
      {"fields=", "fields REQUIRED"},
  };
  for (const auto& [query, problem] : cases) {
    SCOPED_TRACE(query);
    const auto read = ReadClientQuery(RequestWith(query));
    ASSERT_TRUE(std::holds_alternative<std::vector<ErrorDetail>>(read));
    const auto& problems = std::get<std::vector<ErrorDetail>>(read);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].field + " " + problems[0].reason, problem);
  }
}

TEST(ClientListJsonTest, HasThreeForms) {
  EXPECT_EQ(Listed("page=2"), R"([{"client_id":"tpc_1"},{"client_id":"tpc_2"}])");
  EXPECT_EQ(Listed("page=2&per_page=2&include_totals=true"),
            R"({"start":4,"limit":2,"total":77,"clients":[{"client_id":"tpc_1"},{"client_id":"tpc_2"}]})");
  EXPECT_EQ(Listed("take=2"), R"({"next":"more","clients":[{"client_id":"tpc_1"},{"client_id":"tpc_2"}]})");
  EXPECT_EQ(Listed("per_page=0&include_totals=true"), R"({"start":0,"limit":0,"total":77,"clients":[]})");
}

TEST(ProjectionTest, PicksOrLeavesOut) {
  const json::Value object = {{"a", 1}, {"b", {{"c", 2}}}, {"d", 3}};
  const std::pair<const char*, const char*> cases[] = {
      {"", R"({"a":1,"b":{"c":2},"d":3})"},
      {"fields=d,a", R"({"a":1,"d":3})"},
      {"fields=b&include_fields=true", R"({"b":{"c":2}})"},
      {"fields=b,nothing&include_fields=false", R"({"a":1,"d":3})"},
      {"include_fields=false", R"({"a":1,"b":{"c":2},"d":3})"},
      {"fields=nothing", "{}"},
  };
  for (const auto& [query, expected] : cases) {
    SCOPED_TRACE(query);
    std::vector<ErrorDetail> problems;
    EXPECT_EQ(Projection::Read(RequestWith(query), problems).Apply(object).dump(), expected);
    EXPECT_TRUE(problems.empty());
  }
}

}  // namespace
}  // namespace cimd::gateway
