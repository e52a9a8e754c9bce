#include "server/gateway/http/router.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

// A route that answers with its name and its parameters.
Route Echo(const std::string& method, const std::string& path, bool cors = false, bool under_issuer = false) {
  Route route;
  route.under_issuer = under_issuer;
  route.method = method;
  route.path = path;
  route.cors = cors;
  route.handler = [name = absl::StrCat(method, " ", path)](const HttpRequest& request, Respond respond) {
    HttpResponse response;
    response.body = name;
    if (!request.issuer_path.empty()) absl::StrAppend(&response.body, " under ", request.issuer_path);
    for (const auto& [key, value] : request.params) absl::StrAppend(&response.body, " ", key, "=", value);
    std::move(respond)(std::move(response));
  };
  return route;
}

Router MakeRouter() {
  std::vector<Route> routes;
  // In an order in which the first match would often be wrong.
  routes.push_back(Echo("GET", "/api/v2/clients/{id}"));
  routes.push_back(Echo("PATCH", "/api/v2/clients/{id}"));
  routes.push_back(Echo("DELETE", "/api/v2/clients/{id}"));
  routes.push_back(Echo("GET", "/api/v2/clients"));
  routes.push_back(Echo("POST", "/api/v2/clients/cimd/{action}"));
  routes.push_back(Echo("POST", "/api/v2/clients/cimd/preview"));
  routes.push_back(Echo("GET", "/api/v2/clients/{id}/credentials/{credential}"));
  routes.push_back(Echo("GET", "/api/v2/resource-servers/{id}"));
  routes.push_back(Echo("GET", "/.well-known/as/{issuer...}", /*cors=*/true));
  routes.push_back(Echo("GET", "/.well-known/as", /*cors=*/true));
  routes.push_back(Echo("GET", "/mixed", /*cors=*/true));
  routes.push_back(Echo("POST", "/mixed"));
  routes.push_back(Echo("GET", "/"));
  absl::StatusOr<Router> router = Router::Create(std::move(routes));
  EXPECT_THAT(router, ::cimd::testing::IsOk());
  return *std::move(router);
}

HttpResponse Ask(const Router& router, const std::string& method, const std::string& target) {
  HttpRequest request;
  request.method = method;
  request.target = target;
  HttpResponse answer;
  answer.status = 0;
  router.Handle(std::move(request), [&answer](HttpResponse response) { answer = std::move(response); });
  return answer;
}

TEST(RouterTest, FindsTheRoute) {
  const Router router = MakeRouter();
  const struct {
    const char* method;
    const char* target;
    const char* body;
  } cases[] = {
      {"GET", "/", "GET /"},
      {"GET", "/?a=b", "GET /"},
      {"GET", "/api/v2/clients", "GET /api/v2/clients"},
      {"GET", "/api/v2/clients?page=0", "GET /api/v2/clients"},
      {"GET", "/api/v2/clients/tpc_1", "GET /api/v2/clients/{id} id=tpc_1"},
      {"PATCH", "/api/v2/clients/tpc_1", "PATCH /api/v2/clients/{id} id=tpc_1"},
      {"HEAD", "/api/v2/clients/tpc_1", "GET /api/v2/clients/{id} id=tpc_1"},
      // A literal takes precedence over a parameter, whatever the order of registration.
      {"POST", "/api/v2/clients/cimd/preview", "POST /api/v2/clients/cimd/preview"},
      {"POST", "/api/v2/clients/cimd/register", "POST /api/v2/clients/cimd/{action} action=register"},
      {"GET", "/api/v2/clients/cimd", "GET /api/v2/clients/{id} id=cimd"},
      {"GET", "/api/v2/clients/a/credentials/b", "GET /api/v2/clients/{id}/credentials/{credential} id=a credential=b"},
      {"GET", "/api/v2/resource-servers/https%3A%2F%2Fhost%2Fx", "GET /api/v2/resource-servers/{id} id=https://host/x"},
      {"GET", "/api/v2/resource-servers/a%2f..%2fb", "GET /api/v2/resource-servers/{id} id=a/../b"},
      {"GET", "/api/v2/resource-servers/%2e%2e", "GET /api/v2/resource-servers/{id} id=.."},
      {"GET", "/api/v2/resource-servers/a+b%20c", "GET /api/v2/resource-servers/{id} id=a+b c"},
      {"GET", "/.well-known/as", "GET /.well-known/as"},
      {"GET", "/.well-known/as/a", "GET /.well-known/as/{issuer...} issuer=a"},
      {"GET", "/.well-known/as/a/b%2Fc/d", "GET /.well-known/as/{issuer...} issuer=a/b%2Fc/d"},
      {"GET", "/.well-known/as/a/", "GET /.well-known/as/{issuer...} issuer=a/"},
  };
  for (const auto& c : cases) {
    const HttpResponse answer = Ask(router, c.method, c.target);
    EXPECT_EQ(answer.status, 200) << c.method << " " << c.target;
    EXPECT_EQ(answer.body, c.body) << c.method << " " << c.target;
  }
}

TEST(RouterTest, FindsRoutesBehindTheRawPathOfAnIssuer) {
  std::vector<Route> routes;
  routes.push_back(Echo("GET", "/v2/clients/{id}", /*cors=*/false, /*under_issuer=*/true));
  routes.push_back(Echo("GET", "/v2/clients", /*cors=*/true, /*under_issuer=*/true));
  routes.push_back(Echo("GET", "/health"));
  absl::StatusOr<Router> created = Router::Create(std::move(routes));
  ASSERT_THAT(created, ::cimd::testing::IsOk());
  const struct {
    const char* method;
    const char* target;
    int status;
    const char* body;
  } cases[] = {
      {"GET", "/v2/clients", 200, "GET /v2/clients"},
      {"GET", "/t/v2/clients", 200, "GET /v2/clients under /t"},
      {"GET", "/a/b%2Fc/%64/e/v2/clients?x=1", 200, "GET /v2/clients under /a/b%2Fc/%64/e"},
      {"GET", "/t/v2/clients/v2", 200, "GET /v2/clients/{id} under /t id=v2"},
      // A match of the whole path takes precedence, then the match with the shortest issuer path.
      {"GET", "/v2/clients/v2/clients", 200, "GET /v2/clients under /v2/clients"},
      {"GET", "/v2/clients/v2", 200, "GET /v2/clients/{id} id=v2"},
      {"OPTIONS", "/t/v2/clients", 204, ""},
      {"POST", "/t/v2/clients", 405, nullptr},
      {"GET", "/a/b/c/d/e/v2/clients", 404, nullptr},
      {"GET", "/t/health", 404, nullptr},
      {"GET", "/t/v2/clients/", 404, nullptr},
      {"GET", "/%2E/v2/clients", 400, nullptr},
      {"GET", "/t/%2e%2e/v2/clients", 400, nullptr},
  };
  for (const auto& c : cases) {
    const HttpResponse answer = Ask(*created, c.method, c.target);
    EXPECT_EQ(answer.status, c.status) << c.target;
    if (c.body != nullptr) {
      EXPECT_EQ(answer.body, c.body) << c.target;
    }
  }
  std::vector<Route> differing;
  differing.push_back(Echo("GET", "/x", /*cors=*/false, /*under_issuer=*/true));
  differing.push_back(Echo("POST", "/x"));
  EXPECT_THAT(Router::Create(std::move(differing)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(RouterTest, TellsWhyThereIsNoRoute) {
  const Router router = MakeRouter();
  const struct {
    const char* method;
    const char* target;
    int status;
    const char* allow;
  } cases[] = {
      {"GET", "/nothing", 404, ""},
      {"GET", "/api", 404, ""},
      {"GET", "/api/v2/clients/", 404, ""},  // an empty segment is no identifier
      {"GET", "/api/v2/clients/a/b", 404, ""},
      {"GET", "/api/v2/Clients", 404, ""},
      {"GET", "/api/v2/%63lients", 404, ""},
      {"GET", "/.well-known/as/", 404, ""},
      {"BREW", "/nothing", 404, ""},
      {"OPTIONS", "/nothing", 404, ""},
      {"POST", "/api/v2/clients", 405, "GET, HEAD"},
      {"PUT", "/api/v2/clients/a", 405, "DELETE, GET, HEAD, PATCH"},
      {"GET", "/api/v2/clients/cimd/preview", 405, "POST"},
      {"HEAD", "/api/v2/clients/cimd/preview", 405, "POST"},
      {"get", "/api/v2/clients", 405, "GET, HEAD"},
      {"OPTIONS", "/api/v2/clients", 405, "GET, HEAD"},
      {"DELETE", "/mixed", 405, "GET, HEAD, OPTIONS, POST"},
      {"GET", "/api/v2//clients", 400, ""},
      {"GET", "/api/../admin", 400, ""},
      {"GET", "/api/%2e%2e/admin", 400, ""},
      {"GET", "/%2E", 400, ""},
      {"GET", "/api/v2/clients/%", 400, ""},
      {"GET", "/api/v2/clients/%00", 400, ""},
      {"GET", "/api/v2/clients?a=%", 400, ""},
      {"GET", "http://host/api/v2/clients", 400, ""},
      {"OPTIONS", "*", 400, ""},
      {"CONNECT", "host:443", 400, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.method, " ", c.target));
    const HttpResponse answer = Ask(router, c.method, c.target);
    EXPECT_EQ(answer.status, c.status);
    if (c.status == 405) {
      EXPECT_THAT(answer.headers, Contains(Pair("Allow", c.allow)));
    } else {
      EXPECT_THAT(answer.headers, Not(Contains(Key("Allow"))));
    }
  }
}

TEST(RouterTest, HandsOverTheQuery) {
  std::vector<Route> routes;
  HttpFields query;
  Route route;
  route.method = "GET";
  route.path = "/";
  route.handler = [&query](const HttpRequest& request, Respond respond) {
    query = request.query;
    std::move(respond)({});
  };
  routes.push_back(std::move(route));
  absl::StatusOr<Router> router = Router::Create(std::move(routes));
  CIMD_ASSERT_OK(router);
  EXPECT_EQ(Ask(*router, "GET", "/?strategy=a&strategy=b%20c").status, 200);
  EXPECT_THAT(query, ElementsAre(Pair("strategy", "a"), Pair("strategy", "b c")));
}

TEST(RouterTest, AnswersAPreflight) {
  const Router router = MakeRouter();
  const HttpResponse answer = Ask(router, "OPTIONS", "/mixed");
  EXPECT_EQ(answer.status, 204);
  EXPECT_THAT(answer.headers, Contains(Pair("Access-Control-Allow-Origin", "*")));
  // POST exists, but not for other origins.
  EXPECT_THAT(answer.headers, Contains(Pair("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")));
  EXPECT_THAT(answer.headers, Contains(Pair("Access-Control-Allow-Headers", "*, Authorization")));
  EXPECT_THAT(answer.headers, Contains(Pair("Allow", "GET, HEAD, OPTIONS, POST")));
}

TEST(RouterTest, OpensOnlyCorsRoutesToOtherOrigins) {
  const Router router = MakeRouter();
  EXPECT_THAT(Ask(router, "GET", "/mixed").headers, Contains(Pair("Access-Control-Allow-Origin", "*")));
  EXPECT_THAT(Ask(router, "POST", "/mixed").headers, Not(Contains(Key("Access-Control-Allow-Origin"))));
  EXPECT_THAT(Ask(router, "GET", "/api/v2/clients").headers, Not(Contains(Key("Access-Control-Allow-Origin"))));
}

TEST(RouterTest, RefusesRoutesThatCannotWork) {
  const struct {
    std::vector<std::string> paths;
  } cases[] = {
      {{"a"}},
      {{""}},
      {{"/{a"}},
      {{"/a}"}},
      {{"/{}"}},
      {{"/{...}"}},
      {{"/x{a}"}},
      {{"/{a}x"}},
      {{"/{a{b}}"}},
      {{"/{rest...}/a"}},
      {{"/a", "/a"}},
      {{"/{a}", "/{a}"}},
      // The same path with two parameter names is ambiguous.
      {{"/{a}", "/{b}"}},
  };
  for (const auto& c : cases) {
    std::vector<Route> routes;
    for (const std::string& path : c.paths) routes.push_back(Echo("GET", path));
    EXPECT_THAT(Router::Create(std::move(routes)).status(), StatusIs(absl::StatusCode::kInvalidArgument))
        << c.paths.front();
  }
}

}  // namespace
}  // namespace cimd::gateway
