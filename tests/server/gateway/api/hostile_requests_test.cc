// What an anonymous client, a web page or a caller with a token can send to the gateway. The tests use every endpoint,
// so they cover new endpoints too.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/gateway/api/every_endpoint.h"
#include "tests/server/gateway/api/gateway_test_base.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::ArrivedCall;
using ::cimd::testing::RawHttpClient;
using ::cimd::testing::RawResponse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Target {
  std::string method;
  std::string path;
};

// Returns every route of the gateway. Routes that can have an issuer path are listed again with one.
std::vector<Target> AllTargets() {
  std::vector<Target> targets;
  for (const testing::EndpointAddress& endpoint : testing::EveryEndpoint()) {
    const std::string path = absl::StrReplaceAll(
        endpoint.path, {{"{id}", "x_0000000000000000000000"}, {"{credential_id}", "key-1"}, {"{issuer...}", "t1"}});
    targets.push_back({endpoint.method, path});
    if (endpoint.under_issuer) targets.push_back({endpoint.method, "/t1" + path});
  }
  return targets;
}

// These endpoints need no token.
bool IsMetadata(const Target& target) { return target.path.find("/.well-known/") != std::string::npos; }
bool IsHealth(const Target& target) { return target.path == "/healthz" || target.path == "/readyz"; }

// The keys come from the client's document. These endpoints therefore refuse every body.
bool ReadsNoBody(const Target& target) { return target.path.find("/credentials") != std::string::npos; }

bool TakesABody(const Target& target) { return target.method == "POST" || target.method == "PATCH"; }

class HostileRequestsTest : public testing::GatewayTestBase {
 protected:
  HostileRequestsTest() { AddTenant("gateway.example", "/t1", "t1"); }

  // Returns the gateway's calls for a request, without the lookup of the tenant.
  std::vector<std::string> CallsFor(const RawResponse& response) {
    EXPECT_NE(response.status, 0);
    std::vector<std::string> methods;
    for (const ArrivedCall& call : plane_.calls()) {
      if (call.method != "LookupTenant") methods.push_back(call.method);
    }
    return methods;
  }
};

// A page of another origin can read only the public metadata. No answer depends on the origin.
TEST_F(HostileRequestsTest, NoAnswerOpensItselfToAnOrigin) {
  for (const Target& target : AllTargets()) {
    for (const char* origin : {"https://evil.example", "null", "http://localhost:3000"}) {
      SCOPED_TRACE(target.method + " " + target.path + " from " + origin);
      const std::string headers = std::string(kHeaders) + "Origin: " + origin +
                                  "\r\nAccess-Control-Request-Method: DELETE\r\nAccess-Control-Request-Headers: x\r\n";
      for (const std::string& method : {target.method, std::string("OPTIONS")}) {
        const RawResponse response = SendRaw(method, target.path, headers, TakesABody(target) ? "{}" : "");
        EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), IsMetadata(target) ? "*" : "");
        EXPECT_FALSE(response.HasHeader("Access-Control-Allow-Credentials"));
        EXPECT_THAT(response.Header("Access-Control-Allow-Methods"), Not(HasSubstr("DELETE")));
        for (const auto& [name, value] : response.headers) EXPECT_NE(value, origin) << name;
        EXPECT_FALSE(response.HasHeader("Set-Cookie"));
      }
    }
  }
}

TEST_F(HostileRequestsTest, AsksEveryEndpoint) {
  std::set<std::string> asked;
  for (const Target& target : AllTargets()) asked.insert(target.method + " " + target.path);
  // One endpoint of each source file.
  for (const char* endpoint :
       {"GET /healthz", "GET /.well-known/oauth-authorization-server", "GET /t1/.well-known/openid-configuration",
        "POST /api/v2/clients/cimd/register", "GET /api/v2/clients/x_0000000000000000000000/credentials",
        "PATCH /t1/api/v2/tenants/settings", "DELETE /api/v2/resource-servers/x_0000000000000000000000",
        "POST /api/v2/client-grants", "GET /api/v2/connections", "POST /decisions/token", "POST /register"}) {
    EXPECT_TRUE(asked.contains(endpoint)) << endpoint;
  }
}

TEST_F(HostileRequestsTest, WithoutATokenNothingIsAsked) {
  for (const Target& target : AllTargets()) {
    if (IsMetadata(target) || IsHealth(target)) continue;
    SCOPED_TRACE(target.method + " " + target.path);
    const RawResponse response = SendRaw(target.method, target.path, "Host: a\r\nContent-Type: application/json\r\n");
    EXPECT_EQ(response.status, 401);
    EXPECT_THAT(CallsFor(response), IsEmpty());
  }
}

TEST_F(HostileRequestsTest, OtherMediaTypesAreNotRead) {
  for (const Target& target : AllTargets()) {
    if (!TakesABody(target)) continue;
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                             "application/jsonp", "application/xml", "text/json", "application/json, text/plain", "*/*",
                             "", "application/json\tx", "application /json"}) {
      SCOPED_TRACE(target.method + " " + target.path + " as " + type);
      const RawResponse response = SendRaw(
          target.method, target.path,
          std::string("Host: gateway.example\r\nAuthorization: Bearer caller\r\nContent-Type: ") + type + "\r\n", "{}");
      // RFC 7591 defines 400 only.
      const bool is_oauth = target.path == "/register" || target.path == "/t1/register";
      EXPECT_EQ(response.status, is_oauth || ReadsNoBody(target) ? 400 : 415);
      EXPECT_THAT(CallsFor(response), IsEmpty());
    }
  }
}

TEST_F(HostileRequestsTest, BodiesThatAreNoProperJson) {
  const std::string kBodies[] = {"",
                                 "{",
                                 "null",
                                 "\"text\"",
                                 "7",
                                 "{}{}",
                                 "{\"a\":1,\"a\":2}",
                                 "{\"a\":{\"b\":1,\"b\":1}}",
                                 "{\"a\":1e999}",
                                 "{\"a\":\"\xff\"}",
                                 "{\"a\":\"\\ud800\"}",
                                 std::string("{}\0", 3),
                                 "\xef\xbb\xbf{}",
                                 "{'a':1}",
                                 "{\"a\":NaN}",
                                 "// x\n{}",
                                 std::string(60000, '['),
                                 "{\"a\":" + std::string(30000, '{')};
  for (const Target& target : AllTargets()) {
    if (!TakesABody(target)) continue;
    for (const std::string& body : kBodies) {
      SCOPED_TRACE(target.method + " " + target.path + " " + body.substr(0, 20));
      const RawResponse response = Send(target.method, target.path, body);
      EXPECT_EQ(response.status, 400);
      EXPECT_THAT(CallsFor(response), IsEmpty());
      EXPECT_LT(response.body.size(), 2000u);
    }
  }
}

// Only the undecoded path counts. An identifier stays a single path segment.
TEST_F(HostileRequestsTest, PathTricksLeadNowhere) {
  for (const char* path : {"/api/v2/clients/../tenants/settings",
                           "/api/v2/clients/%2e%2e/tenants/settings",
                           "/api//v2/clients",
                           "//api/v2/clients",
                           "/api/v2/./clients",
                           "/api/v2/clients//x",
                           "/API/v2/clients",
                           "/api/v2/%63lients",
                           "/api/v2/clients;x=y",
                           "/api;/v2/clients",
                           "/api/v2/clients%2Fx",
                           "/api%2Fv2%2Fclients",
                           "/api/v2/clients/x%00",
                           "/api/v2/clients/x%0d%0ay",
                           "/api/v2/clients/x%ff",
                           "/api/v2/clients/x\\..\\y",
                           "/api/v2/clients/x/",
                           "/api/v2/clients.json",
                           "/x/api/v2/clients",
                           "/healthz/../api/v2/clients",
                           "/healthz%2f..%2fapi/v2/clients",
                           "/.well-known/../api/v2/clients",
                           "ftp://gateway.example/api/v2/clients",
                           "http://user@gateway.example/api/v2/clients",
                           "gateway.example:443",
                           "*",
                           "api/v2/clients",
                           "/api/v2/clients#x",
                           "/api/v2/clients?a=%"}) {
    SCOPED_TRACE(path);
    const RawResponse response = Send("GET", path);
    EXPECT_THAT(response.status, ::testing::AnyOf(400, 404));
    EXPECT_THAT(CallsFor(response), IsEmpty());
  }
  // A valid path segment reaches the server as an identifier, and the server refuses it.
  plane_.get_client.Answers(absl::NotFoundError(""));
  Send("GET", "/api/v2/clients/.%2e");
  Send("GET", "/api/v2/clients/a%2F..%2F..%2Fother");
  ASSERT_THAT(plane_.get_client.requests(), ::testing::SizeIs(2));
  EXPECT_EQ(plane_.get_client.requests()[0].name(), "tenants/home/clients/..");
  EXPECT_EQ(plane_.get_client.requests()[1].name(), "tenants/home/clients/a/../../other");
}

// The Host header selects the tenant. Headers of proxies and pages change neither the tenant nor the method.
TEST_F(HostileRequestsTest, ProxyHeadersDoNotChooseTheTenant) {
  plane_.list_clients.Answers(v1::ListClientsResponse());
  for (const char* header :
       {"X-Forwarded-Host: victim.example", "Forwarded: host=victim.example", "X-Host: victim.example",
        "X-Original-URL: /api/v2/tenants/settings", "X-Rewrite-URL: /api/v2/tenants/settings",
        "X-HTTP-Method-Override: DELETE", "X-Forwarded-Proto: https", "X-Forwarded-For: 127.0.0.1"}) {
    SCOPED_TRACE(header);
    EXPECT_EQ(SendRaw("GET", "/api/v2/clients", std::string(kHeaders) + header + "\r\n").status, 200);
  }
  std::set<std::string> domains;
  for (const v1::LookupTenantRequest& request : plane_.lookup_tenant.requests()) domains.insert(request.domain());
  EXPECT_EQ(domains, std::set<std::string>({"gateway.example"}));
  EXPECT_EQ(plane_.list_clients.requests().size(), 8u);
}

// The two requests of a smuggling attack reach the control plane as one request or not at all.
TEST_F(HostileRequestsTest, NoRequestHidesInAnother) {
  plane_.list_clients.Answers(v1::ListClientsResponse());
  const std::string kHidden =
      "DELETE /api/v2/clients/x_0000000000000000000000 HTTP/1.1\r\n" + std::string(kHeaders) + "\r\n";
  for (const std::string& framing :
       {fmt::format("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", kHidden.size() + 5),
        std::string("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        std::string("Transfer-Encoding: xchunked\r\n"), std::string("Transfer-Encoding : chunked\r\n"),
        std::string("Transfer-Encoding:\r\n chunked\r\n"), std::string("Content-Length: 5\r\nContent-Length: 6\r\n"),
        std::string("Content-Length: +5\r\n"), std::string("Content-Length: 5 \t5\r\n"),
        std::string("X: y\nTransfer-Encoding: chunked\r\n")}) {
    SCOPED_TRACE(framing);
    RawHttpClient client(port());
    ASSERT_TRUE(client.Send("POST /api/v2/clients/cimd/preview HTTP/1.1\r\n" + std::string(kHeaders) + framing +
                            "\r\n0\r\n\r\n" + kHidden));
    EXPECT_EQ(client.ReadResponse().status, 400);
    EXPECT_TRUE(client.EndsHere());
  }
  EXPECT_THAT(plane_.calls(), IsEmpty());
}

}  // namespace
}  // namespace cimd::gateway
