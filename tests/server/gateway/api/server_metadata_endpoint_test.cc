#include "server/gateway/oauth/server_metadata_endpoint.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/server/gateway/api/gateway_test_base.h"
#include "tests/testing/eventually.h"

namespace cimd::gateway {
namespace {

namespace errors = rpc::errors;
using ::cimd::testing::Eventually;
using ::cimd::testing::GatewayTestBase;
using ::cimd::testing::IsJson;
using ::cimd::testing::ParseJson;
using ::cimd::testing::RawHttpClient;
using ::cimd::testing::RawResponse;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWellKnown[] = "/.well-known/oauth-authorization-server";

v1::ServerMetadata MetadataOf(const std::string& issuer) {
  v1::ServerMetadata metadata;
  metadata.set_issuer(issuer);
  metadata.set_token_endpoint("https://as.example/token");
  metadata.add_response_types_supported("code");
  metadata.set_authorization_response_iss_parameter_supported(false);
  metadata.set_client_id_metadata_document_supported(true);
  return metadata;
}

// Tenants: "home" is the default. acme.example has the issuers https://acme.example, .../t/1 and .../a%2Fb.
class ServerMetadataEndpointTest : public GatewayTestBase {
 protected:
  ServerMetadataEndpointTest() {
    options_.default_tenant = "home";
    AddTenant("acme.example", "", "acme");
    AddTenant("acme.example", "/t/1", "acme-t1");
    AddTenant("acme.example", "/a%2Fb", "acme-encoded");
    plane_.get_server_metadata.AnswersBy([](const v1::GetServerMetadataRequest& request) {
      if (request.name() == "tenants/acme") return MetadataOf("https://acme.example");
      if (request.name() == "tenants/acme-t1") return MetadataOf("https://acme.example/t/1");
      if (request.name() == "tenants/acme-encoded") return MetadataOf("https://acme.example/a%2Fb");
      return MetadataOf("https://as.example/");
    });
  }

  RawResponse Fetch(const std::string& target, const std::string& host, const std::string& headers = "") {
    return SendRaw("GET", target, "Host: " + host + "\r\n" + headers);
  }
  std::string IssuerAt(const std::string& target, const std::string& host) {
    const RawResponse response = Fetch(target, host);
    return response.status == 200 ? ParseJson(response.body)["issuer"].get<std::string>()
                                  : std::to_string(response.status);
  }
};

TEST_F(ServerMetadataEndpointTest, ServesTheMetadata) {
  const RawResponse response = Fetch(kWellKnown, "127.0.0.1");
  EXPECT_THAT(response, IsJson(200, R"({"issuer": "https://as.example/", "token_endpoint": "https://as.example/token",
    "response_types_supported": ["code"], "authorization_response_iss_parameter_supported": false,
    "client_id_metadata_document_supported": true})"));
  EXPECT_EQ(response.Header("Content-Type"), "application/json");
  EXPECT_EQ(response.Header("Cache-Control"), "public, max-age=300");
  EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), "*");
  ASSERT_EQ(plane_.calls("GetServerMetadata").size(), 1u);
  EXPECT_EQ(plane_.calls("GetServerMetadata")[0].metadata.at("authorization"), "Bearer own");
  EXPECT_EQ(plane_.get_server_metadata.requests()[0].name(), "tenants/home");
}

TEST_F(ServerMetadataEndpointTest, DoesNotLendItsTokenToOthers) {
  // A caller's token is neither required nor forwarded.
  Fetch(kWellKnown, "acme.example", "Authorization: Bearer caller\r\n");
  for (const auto& call : plane_.calls()) EXPECT_EQ(call.metadata.at("authorization"), "Bearer own") << call.method;
}

TEST_F(ServerMetadataEndpointTest, FindsIssuersWithPaths) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"/.well-known/oauth-authorization-server", "acme.example", "https://acme.example"},
      {"/.well-known/openid-configuration", "ACME.example:443", "https://acme.example"},
      {"/.well-known/oauth-authorization-server/t/1", "acme.example", "https://acme.example/t/1"},
      {"/.well-known/oauth-authorization-server/t/1/", "acme.example", "https://acme.example/t/1"},
      {"/.well-known/openid-configuration/t/1", "acme.example", "https://acme.example/t/1"},
      {"/t/1/.well-known/openid-configuration", "acme.example", "https://acme.example/t/1"},
      {"/.well-known/openid-configuration", "nobody.example", "https://as.example/"},
      // These issuers belong to no tenant, and the default tenant has another issuer.
      {"/.well-known/oauth-authorization-server/t/2", "acme.example", "404"},
      {"/t/2/.well-known/openid-configuration", "acme.example", "404"},
      {"/.well-known/oauth-authorization-server/t/1", "nobody.example", "404"},
      // The undecoded path counts, in both forms.
      {"/.well-known/openid-configuration/a%2Fb", "acme.example", "https://acme.example/a%2Fb"},
      {"/a%2Fb/.well-known/openid-configuration", "acme.example", "https://acme.example/a%2Fb"},
      {"/.well-known/openid-configuration/a/b", "acme.example", "404"},
      {"/a/b/.well-known/openid-configuration", "acme.example", "404"},
      {"/.well-known/openid-configuration/t%2F1", "acme.example", "404"},
      {"/t%2F1/.well-known/openid-configuration", "acme.example", "404"},
      {"/%2e%2e/.well-known/openid-configuration", "acme.example", "400"},
      {"/a/b/c/d/e/.well-known/openid-configuration", "acme.example", "404"},
      {"/t/1/.well-known/oauth-authorization-server", "acme.example", "404"},
      {"/.well-known/oauth-authorization-server/../x", "acme.example", "400"},
  };
  for (const auto& [target, host, issuer] : cases) EXPECT_EQ(IssuerAt(target, host), issuer) << target << " " << host;
}

TEST_F(ServerMetadataEndpointTest, WithoutADefaultTenantNobodysHostHasNone) {
  options_.default_tenant = "";
  Start();
  EXPECT_EQ(IssuerAt(kWellKnown, "nobody.example"), "404");
  EXPECT_EQ(IssuerAt(kWellKnown, "acme.example."), "https://acme.example");
  EXPECT_EQ(plane_.calls("GetServerMetadata").size(), 1u);
}

TEST_F(ServerMetadataEndpointTest, ServesOnlyTheIssuerThatTheAddressNames) {
  plane_.get_server_metadata.Answers(MetadataOf("https://as.example/realm"));
  EXPECT_EQ(IssuerAt("/.well-known/oauth-authorization-server", "nobody.example"), "404");
  EXPECT_EQ(IssuerAt("/.well-known/oauth-authorization-server/realm", "nobody.example"), "https://as.example/realm");
}

TEST_F(ServerMetadataEndpointTest, StrangersAreAnsweredFromMemory) {
  constexpr int kMany = 200;
  for (int i = 0; i < kMany; ++i) {
    ASSERT_EQ(IssuerAt(kWellKnown, "acme.example"), "https://acme.example");
    ASSERT_EQ(IssuerAt(kWellKnown, "nobody.example"), "https://as.example/") << "each tenant has its own";
  }
  // The number depends on how many seconds the requests take.
  EXPECT_LT(plane_.calls("GetServerMetadata").size(), kMany / 2);
}

TEST_F(ServerMetadataEndpointTest, NorDoTheyAskAllTheTimeWhyThereAreNone) {
  plane_.get_server_metadata.Answers(errors::ServerMetadataIncomplete("acme", "issuer"));
  for (int i = 0; i < 200; ++i) ASSERT_EQ(Fetch(kWellKnown, "acme.example").status, 404);
  EXPECT_LT(plane_.calls("GetServerMetadata").size(), 100);
}

TEST_F(ServerMetadataEndpointTest, AChangeIsSeenSoon) {
  ASSERT_EQ(IssuerAt(kWellKnown, "acme.example"), "https://acme.example");
  plane_.get_server_metadata.Answers(MetadataOf("https://as.example/"));
  ASSERT_TRUE(Eventually([&] { return IssuerAt(kWellKnown, "acme.example") == "https://as.example/"; },
                         "the new metadata is served"));
  plane_.get_server_metadata.Answers(errors::TenantBeingDeleted("acme"));
  ASSERT_TRUE(Eventually([&] { return Fetch(kWellKnown, "acme.example").status == 404; },
                         "the deleted tenant has no metadata"));
}

TEST_F(ServerMetadataEndpointTest, CanBeRevalidated) {
  const std::string etag = Fetch(kWellKnown, "acme.example").Header("ETag");
  EXPECT_THAT(etag, ::testing::MatchesRegex("\"[0-9a-f]{32}\""));
  EXPECT_EQ(Fetch(kWellKnown, "acme.example").Header("ETag"), etag);
  EXPECT_NE(Fetch(kWellKnown, "nobody.example").Header("ETag"), etag);
  for (const std::string& condition : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const RawResponse response = Fetch(kWellKnown, "acme.example", "If-None-Match: " + condition + "\r\n");
    EXPECT_EQ(response.status, 304) << condition;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.Header("ETag"), etag);
    EXPECT_EQ(response.Header("Cache-Control"), "public, max-age=300");
  }
  EXPECT_EQ(Fetch(kWellKnown, "acme.example", "If-None-Match: \"x\"\r\n").status, 200);
}

TEST_F(ServerMetadataEndpointTest, AnswersPreflights) {
  const RawResponse response =
      SendRaw("OPTIONS", kWellKnown,
              "Host: a\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n"
              "Access-Control-Request-Headers: mcp-protocol-version\r\n");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), "*");
  // Without credentials the wildcard covers every header name except Authorization.
  EXPECT_THAT(response.Header("Access-Control-Allow-Headers"), HasSubstr("*"));
}

TEST_F(ServerMetadataEndpointTest, AnswersHead) {
  RawHttpClient client(port());
  ASSERT_TRUE(client.Send(RequestText("HEAD", kWellKnown, "Host: acme.example\r\n")));
  const RawResponse response = client.ReadResponse(/*to_head=*/true);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
}

// Anonymous clients must not learn which tenants exist or which errors they have. Clients continue after a 404 and give
// up after a 500.
TEST_F(ServerMetadataEndpointTest, TellsStrangersLittle) {
  const std::pair<absl::Status, int> cases[] = {
      {errors::TenantNotFound("home"), 404},
      {errors::ServerMetadataIncomplete("home", "issuer"), 404},
      {errors::TenantBeingDeleted("home"), 404},
      {errors::AccessTokenInvalid(), 500},
      {errors::ScopeInsufficient("m", "read:server_metadata"), 500},
      {errors::Internal(), 500},
      {errors::Overloaded(absl::Seconds(1)), 429},
      {errors::ShuttingDown(), 503},
      {errors::DeadlineExceeded(), 504},
  };
  // Use a separate tenant for each, because the gateway caches the answers.
  plane_.lookup_tenant.AnswersBy([](const v1::LookupTenantRequest& request) {
    v1::Tenant tenant;
    tenant.set_name("tenants/" + request.domain());
    return tenant;
  });
  int number = 0;
  for (const auto& [status, expected] : cases) {
    SCOPED_TRACE(status.ToString());
    plane_.get_server_metadata.Answers(status);
    const RawResponse response = Fetch(kWellKnown, "case" + std::to_string(++number) + ".example");
    EXPECT_EQ(response.status, expected);
    EXPECT_EQ(response.Header("Cache-Control"), "no-store");
    EXPECT_FALSE(response.HasHeader("WWW-Authenticate"));
    EXPECT_THAT(response.body, Not(HasSubstr("home")));
    EXPECT_THAT(response.body, Not(HasSubstr("scope")));
  }
}

}  // namespace
}  // namespace cimd::gateway
