// How a request selects its tenant. The gateway only names the tenant and never guesses. The server decides whether the
// caller may act for it. If the request names no tenant, the gateway uses "tenants/-", for which the server uses the
// tenant of the token.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/gateway/api/gateway_test_base.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::GatewayTestBase;
using ::cimd::testing::IsError;
using ::cimd::testing::IsJson;
using ::cimd::testing::RawResponse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTenantSettings[] = "/api/v2/tenants/settings";

class TenantSelectionTest : public GatewayTestBase {
 protected:
  TenantSelectionTest() {
    AddTenant("acme.example", "", "acme");
    AddTenant("shared.example", "", "root");
    AddTenant("shared.example", "/t/1", "t1");
    AddTenant("paths.example", "/a%2Fb", "encoded");
    plane_.get_tenant.Answers(v1::Tenant());
    plane_.update_tenant.Answers(v1::Tenant());
    plane_.list_clients.Answers(v1::ListClientsResponse());
  }

  RawResponse Ask(const std::string& method, const std::string& target, const std::string& host,
                  const std::string& headers = "", const std::string& body = "") {
    return SendRaw(method, target, "Host: " + host + "\r\nAuthorization: Bearer caller\r\n" + headers, body);
  }
  // Returns the tenant that a request reaches, or the status of the refusal.
  std::string Reaches(const std::string& target, const std::string& host, const std::string& headers = "") {
    const size_t before = plane_.get_tenant.requests().size();
    const RawResponse response = Ask("GET", target, host, headers);
    if (plane_.get_tenant.requests().size() == before) return std::to_string(response.status);
    return plane_.get_tenant.requests().back().name();
  }
};

TEST_F(TenantSelectionTest, ByTheHostOfAnIssuer) {
  const struct {
    const char* host;
    const char* reaches;
  } cases[] = {
      {"acme.example", "tenants/acme"},
      {"Acme.Example:8471", "tenants/acme"},
      // A single final dot means that the name is fully qualified.
      {"acme.example.", "tenants/acme"},
      {"acme.example.:443", "tenants/acme"},
      {"acme.example..", "tenants/-"},
      {"xacme.example", "tenants/-"},
      {"nobody.example", "tenants/-"},
      {"127.0.0.1:8471", "tenants/-"},
      {"[::1]:8471", "tenants/-"},
      {"shared.example", "tenants/root"},
      // A host whose issuer has a path selects a tenant only together with that path.
      {"paths.example", "tenants/-"},
  };
  for (const auto& c : cases) EXPECT_EQ(Reaches(kTenantSettings, c.host), c.reaches) << c.host;
}

TEST_F(TenantSelectionTest, ByTheHostAndThePathOfAnIssuer) {
  const struct {
    const char* path;
    const char* host;
    const char* reaches;
  } cases[] = {
      {"/t/1", "shared.example", "tenants/t1"},
      {"/t/1", "SHARED.example.:8471", "tenants/t1"},
      {"/a%2Fb", "paths.example", "tenants/encoded"},
      // The undecoded path counts.
      {"/a/b", "paths.example", "404"},
      {"/a%2fb", "paths.example", "404"},
      {"/t%2F1", "shared.example", "404"},
      {"/%74/1", "shared.example", "404"},
      // An unknown issuer path is not ignored.
      {"/t/2", "shared.example", "404"},
      {"/t", "shared.example", "404"},
      {"/t/1", "acme.example", "404"},
      {"/t/1", "nobody.example", "404"},
      {"/t/1/2/3/4", "shared.example", "404"},
      {"/t//1", "shared.example", "400"},
      {"/t/../t/1", "shared.example", "400"},
      {"/t/%2e%2e", "shared.example", "400"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Reaches(std::string(c.path) + kTenantSettings, c.host), c.reaches) << c.path << " " << c.host;
  }
  // Every endpoint that needs a token behaves like this.
  plane_.authorize_request.Answers(v1::AuthorizeRequestResponse());
  EXPECT_EQ(Ask("POST", "/t/1/decisions/authorize", "shared.example", "", "{}").status, 200);
  EXPECT_EQ(plane_.authorize_request.requests().at(0).parent(), "tenants/t1");
  plane_.get_client.Answers(v1::Client());
  Ask("GET", "/t/1/api/v2/clients/api", "shared.example");
  EXPECT_EQ(plane_.get_client.requests().at(0).name(), "tenants/t1/clients/api");
  EXPECT_EQ(Ask("GET", "/t/1/healthz", "shared.example").status, 404);
  EXPECT_EQ(Ask("PUT", "/t/1/api/v2/clients", "shared.example").status, 405);
}

TEST_F(TenantSelectionTest, ByHeader) {
  const struct {
    const char* headers;
    const char* host;
    const char* reaches;
  } cases[] = {
      {"x-cimd-tenant: beta\r\n", "nobody.example", "tenants/beta"},
      {"X-CIMD-Tenant:  b-2 \r\n", "127.0.0.1", "tenants/b-2"},
      // The header takes precedence: the host may be the gateway's own address.
      {"x-cimd-tenant: beta\r\n", "acme.example", "tenants/beta"},
      {"x-cimd-tenant:\r\n", "acme.example", "400"},
      {"x-cimd-tenant: -\r\n", "acme.example", "400"},
      {"x-cimd-tenant: Beta\r\n", "acme.example", "400"},
      {"x-cimd-tenant: tenants/beta\r\n", "acme.example", "400"},
      {"x-cimd-tenant: beta/clients/x\r\n", "acme.example", "400"},
      {"x-cimd-tenant: beta, acme\r\n", "acme.example", "400"},
      {"x-cimd-tenant: beta\r\nx-cimd-tenant: beta\r\n", "acme.example", "400"},
  };
  for (const auto& c : cases) EXPECT_EQ(Reaches(kTenantSettings, c.host, c.headers), c.reaches) << c.headers;
  EXPECT_EQ(plane_.lookup_tenant.requests().size(), 0u) << "nothing to look up";
  const RawResponse twice =
      Ask("GET", std::string("/t/1") + kTenantSettings, "shared.example", "x-cimd-tenant: t1\r\n");
  EXPECT_THAT(twice, IsError(400, "invalid_header"));
  EXPECT_THAT(twice.body, HasSubstr("more than once"));
}

// A mistyped host must never select another tenant. A token that is bound to no tenant has to name one.
TEST_F(TenantSelectionTest, NobodysAddressIsForTokensThatAreBoundToATenant) {
  options_.default_tenant = "home";
  Start();
  plane_.update_tenant.AnswersBy([](const v1::UpdateTenantRequest& request) -> absl::StatusOr<v1::Tenant> {
    EXPECT_EQ(request.tenant().name(), "tenants/-") << "not even with --default_tenant";
    return rpc::errors::TenantRequired();
  });
  const RawResponse refused = Ask("PATCH", kTenantSettings, "acme.exampel", "", R"({"friendly_name": "x"})");
  EXPECT_THAT(refused, IsError(400, "tenant_required"));
  EXPECT_THAT(refused.body, HasSubstr("x-cimd-tenant"));
  EXPECT_EQ(plane_.update_tenant.requests().size(), 1u);
}

TEST_F(TenantSelectionTest, ANameOfAnotherTenantThanTheTokensIsForbidden) {
  plane_.get_tenant.Answers(rpc::errors::TenantForbidden());
  EXPECT_THAT(Ask("GET", kTenantSettings, "acme.example"), IsError(403, "tenant_forbidden"));
  EXPECT_THAT(Ask("GET", kTenantSettings, "nobody.example", "x-cimd-tenant: acme\r\n"),
              IsError(403, "tenant_forbidden"));
  EXPECT_THAT(Ask("GET", std::string("/t/1") + kTenantSettings, "shared.example"), IsError(403, "tenant_forbidden"));
}

TEST_F(TenantSelectionTest, StrangersAreToldNothingOfTenants) {
  for (const char* headers :
       {"Host: acme.example\r\n", "Host: nobody.example\r\n", "Host: acme.example\r\nx-cimd-tenant: home\r\n"}) {
    EXPECT_EQ(SendRaw("GET", kTenantSettings, headers).status, 401) << headers;
  }
  EXPECT_THAT(plane_.calls(), IsEmpty());
}

}  // namespace
}  // namespace cimd::gateway
