// Behaviour that the gateway and the server implement together: rate limits, tenants and certificates.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gateway/gateway.h"
#include "server/gateway/gateway_options.h"
#include "server/server.h"
#include "server/telemetry/json_log.h"
#include "tests/client/fake_control_plane.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/testing/eventually.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_server.h"
#include "tests/testing/tls_test_certificates.h"

namespace cimd {
namespace {

using ::cimd::testing::IsOk;
using ::cimd::testing::StatusIs;

// Starts a gateway whose own token is "gateway-token", read from a file in `dir`.
absl::StatusOr<std::unique_ptr<gateway::Gateway>> StartGateway(const testing::TestServer& server,
                                                               const testing::TempDir& dir) {
  std::ofstream(dir / "token") << "gateway-token";
  gateway::GatewayOptions options;
  options.listen = "127.0.0.1:0";
  options.server = server.address();
  options.token_file = dir / "token";
  return gateway::Gateway::Start(options);
}

testing::RawHttpClient ConnectTo(const gateway::Gateway& gateway, const char* from = "127.0.0.1") {
  const std::string& address = gateway.address();
  return testing::RawHttpClient(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))), from);
}

constexpr char kListClients[] =
    "GET /api/v2/clients HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer caller-token\r\n\r\n";

TEST(GatewayToServerTest, TellsTheRateLimitWithEveryAnswer) {
  testing::TestServer server({}, nullptr, {}, {.rate_limit = {"caller.bulk=0.001/2"}});
  server.AddToken("gateway-token", {"read:tenant_settings", "read:server_metadata"}, "");
  server.AddToken("caller-token", {"read:clients"}, "default");
  testing::TempDir dir;
  auto gateway = StartGateway(server, dir);
  ASSERT_THAT(gateway, IsOk());
  testing::RawHttpClient http = ConnectTo(**gateway);
  const auto list = [&] { return http.Exchange(kListClients); };
  for (const char* remaining : {"1", "0"}) {
    const testing::RawResponse answer = list();
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.Header("X-RateLimit-Limit"), "2");
    EXPECT_EQ(answer.Header("X-RateLimit-Remaining"), remaining);
    EXPECT_GT(std::stoll(answer.Header("X-RateLimit-Reset")), 1'700'000'000);
    EXPECT_FALSE(answer.HasHeader("Retry-After"));
  }
  const testing::RawResponse refused = list();
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(refused.Header("X-RateLimit-Remaining"), "0");
  EXPECT_GT(std::stoi(refused.Header("Retry-After")), 0);
}

// The gateway's own address is 127.0.0.1.
TEST(GatewayToServerTest, CallsAreTheirCallersAndNotTheGateways) {
  testing::TestServer server({}, nullptr, {},
                             {.rate_limit = {"address.failures=0.001/2"}, .trusted_gateway = {"127.0.0.0/29"}});
  server.AddToken("gateway-token", {"read:tenant_settings", "read:server_metadata"}, "");
  server.AddToken("caller-token", {"update:tenant_settings"}, "default");
  testing::TempDir dir;
  auto gateway = StartGateway(server, dir);
  ASSERT_THAT(gateway, IsOk());

  testing::RawHttpClient stranger = ConnectTo(**gateway, "127.0.0.9");
  for (int i = 0; i < 4; ++i) {
    // Each request claims another address and uses a host that the gateway has to look up.
    const std::string number = std::to_string(i);
    const testing::RawResponse refused = stranger.Exchange(
        "GET /api/v2/clients HTTP/1.1\r\nHost: host" + number + ".example\r\nAuthorization: Bearer guess" + number +
        "\r\nX-Cimd-Peer-Address: 203.0.113." + number + "\r\nX-Forwarded-For: 203.0.113." + number + "\r\n\r\n");
    EXPECT_EQ(refused.status, i < 2 ? 401 : 429) << refused.body;
  }
  const std::string body = R"({"friendly_name":"Changed"})";
  const testing::RawResponse changed = ConnectTo(**gateway, "127.0.0.10")
                                           .Exchange(
                                               "PATCH /api/v2/tenants/settings HTTP/1.1\r\nHost: gateway.example\r\n"
                                               "Authorization: Bearer caller-token\r\nContent-Length: " +
                                               std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(changed.status, 200) << changed.body;
  v1::ListAuditEventsRequest list;
  list.set_parent("tenants/default");
  list.set_page_size(1);
  auto events = server.Call(server.admin(), &v1::AdminService::Stub::ListAuditEvents, list);
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->audit_events_size(), 1);
  EXPECT_EQ(events->audit_events(0).address(), "127.0.0.10") << events->audit_events(0).DebugString();
}

// A request that updates tenant settings: {"friendly_name": NAME} is stored with the tenant.
struct TenantCase {
  const char* token;
  // Path prefix, host and additional header lines.
  const char* path;
  const char* host;
  const char* headers;
  int status;
  // The tenant that is changed, or the error.
  const char* outcome;
};

TEST(GatewayToServerTest, NeverTakesOneTenantForAnother) {
  testing::TestServer server;
  server.AddToken("gateway-token", {"read:tenant_settings", "read:server_metadata"}, "");
  server.AddToken("platform-token", {"*"}, "");
  server.AddToken("root-token", {"*"}, "root");
  server.AddToken("path-token", {"*"}, "path");
  for (const auto& [id, issuer] :
       {std::pair("root", "https://as.example.org"), std::pair("path", "https://as.example.org/p/1"),
        std::pair("solo", "https://solo.example.org/only")}) {
    v1::CreateTenantRequest create;
    create.set_tenant_id(id);
    create.mutable_tenant()->set_issuer(issuer);
    ASSERT_THAT(server.Call(server.admin(), &v1::AdminService::Stub::CreateTenant, create), IsOk());
  }
  testing::TempDir dir;
  auto gateway = StartGateway(server, dir);
  ASSERT_THAT(gateway, IsOk());
  const TenantCase cases[] = {
      // A tenant's token acts for its tenant unless the request names another tenant. The issuer path is optional.
      {"path-token", "", "nobody.example.org", "", 200, "path"},
      {"path-token", "", "127.0.0.1:8471", "", 200, "path"},
      {"path-token", "/p/1", "as.example.org", "", 200, "path"},
      {"path-token", "", "nobody.example.org", "x-cimd-tenant: path\r\n", 200, "path"},
      {"root-token", "", "as.example.org.", "", 200, "root"},
      {"root-token", "", "solo.example.org", "", 200, "root"},
      {"path-token", "", "as.example.org", "", 403, "tenant_forbidden"},
      {"root-token", "/p/1", "as.example.org", "", 403, "tenant_forbidden"},
      {"path-token", "", "nobody.example.org", "x-cimd-tenant: root\r\n", 403, "tenant_forbidden"},
      {"path-token", "", "nobody.example.org", "x-cimd-tenant: no-such-tenant\r\n", 403, "tenant_forbidden"},
      {"path-token", "/p/2", "as.example.org", "", 404, "not_found"},
      // A request with a platform token has to name the tenant.
      {"platform-token", "", "as.example.org", "", 200, "root"},
      {"platform-token", "", "as.example.org.:443", "", 200, "root"},
      {"platform-token", "/p/1", "as.example.org", "", 200, "path"},
      {"platform-token", "/only", "solo.example.org", "", 200, "solo"},
      {"platform-token", "", "nobody.example.org", "x-cimd-tenant: solo\r\n", 200, "solo"},
      {"platform-token", "", "nobody.example.org", "x-cimd-tenant: default\r\n", 200, "default"},
      {"platform-token", "", "nobody.example.org", "", 400, "tenant_required"},
      {"platform-token", "", "as.exampel.org", "", 400, "tenant_required"},
      {"platform-token", "", "solo.example.org", "", 400, "tenant_required"},
      {"platform-token", "/p/1", "nobody.example.org", "", 404, "not_found"},
      {"platform-token", "", "nobody.example.org", "x-cimd-tenant: no-such-tenant\r\n", 404, "inexistent_tenant"},
      {"stranger", "", "nobody.example.org", "", 401, ""},
      {"stranger", "", "nobody.example.org", "x-cimd-tenant: root\r\n", 401, ""},
  };
  int number = 0;
  for (const TenantCase& c : cases) {
    const std::string name = "changed-" + std::to_string(++number);
    SCOPED_TRACE(std::string(c.token) + " " + c.host + c.path + " " + c.headers);
    const std::string body = R"({"friendly_name":")" + name + R"("})";
    const testing::RawResponse answer = ConnectTo(**gateway).Exchange(
        std::string("PATCH ") + c.path + "/api/v2/tenants/settings HTTP/1.1\r\nHost: " + c.host + "\r\n" + c.headers +
        "Authorization: Bearer " + c.token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(answer.status, c.status) << answer.body;
    if (c.status != 200) {
      EXPECT_THAT(answer.body, ::testing::HasSubstr(c.outcome));
    }
    v1::ListTenantsRequest list;
    auto tenants = server.Call(server.admin(), &v1::AdminService::Stub::ListTenants, list);
    ASSERT_THAT(tenants, IsOk());
    for (const v1::Tenant& tenant : tenants->tenants()) {
      const bool expected = c.status == 200 && tenant.name() == std::string("tenants/") + c.outcome;
      EXPECT_EQ(tenant.display_name() == name, expected) << tenant.name();
    }
  }
}

// A gateway with a trusted certificate may state the caller's address. The server ignores the address from others.
TEST(GatewayToServerTest, KnowsAGatewayByItsCertificate) {
  telemetry::SetLogSeverity(telemetry::Severity::kError);
  testing::TempDir dir;
  testing::TestCertificateAuthority authority;
  const auto write = [&dir](const std::string& name, const std::string& text) {
    std::ofstream(dir / name) << text;
    return dir / name;
  };
  const auto own = authority.Issue({.hosts = {"localhost"}});
  ServerOptions server_options;
  server_options.data_dir = dir / "data";
  server_options.listen = "127.0.0.1:0";
  server_options.tls_certificate_file = write("server.pem", own.certificate_pem);
  server_options.tls_key_file = write("server.key", own.private_key_pem);
  server_options.tls_client_ca_file = write("ca.pem", authority.certificate_pem());
  server_options.trusted_gateway_certificate = {"uri:spiffe://example.org/gateway"};
  auto server = Server::Start(server_options);
  ASSERT_THAT(server, IsOk());
  std::string token;
  std::ifstream(server_options.data_dir + "/admin-token") >> token;

  gateway::GatewayOptions options;
  options.listen = "127.0.0.1:0";
  options.server = "localhost" + (*server)->address().substr((*server)->address().rfind(':'));
  options.server_ca_file = dir / "ca.pem";
  options.token_file = server_options.data_dir + "/admin-token";
  const auto address_of_change = [&](const std::string& uri) {
    const auto certificate = authority.Issue({.uris = {uri}});
    options.server_certificate_file = write("own.pem", certificate.certificate_pem);
    options.server_key_file = write("own.key", certificate.private_key_pem);
    auto gateway = gateway::Gateway::Start(options);
    EXPECT_THAT(gateway, IsOk());
    const std::string body = R"({"friendly_name":")" + uri + R"("})";
    const testing::RawResponse changed =
        ConnectTo(**gateway, "127.0.0.9")
            .Exchange(
                "PATCH /api/v2/tenants/settings HTTP/1.1\r\nHost: a\r\nx-cimd-tenant: default\r\n"
                "Authorization: Bearer " +
                token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(changed.status, 200) << changed.body;
    client::ConnectionOptions connection_options;
    connection_options.address = options.server;
    connection_options.ca_file = options.server_ca_file;
    connection_options.access_token = token;
    auto connection = client::Connection::Create(connection_options);
    EXPECT_THAT(connection, IsOk());
    v1::ListAuditEventsRequest list;
    list.set_parent("tenants/default");
    list.set_page_size(1);
    auto events = (*connection)->Call(&client::Admin::ListAuditEvents, list);
    EXPECT_THAT(events, IsOk());
    return events.ok() && events->audit_events_size() == 1 ? events->audit_events(0).address() : std::string();
  };
  EXPECT_EQ(address_of_change("spiffe://example.org/gateway"), "127.0.0.9");
  EXPECT_EQ(address_of_change("spiffe://example.org/another"), "127.0.0.1");
}

void ServeNoClients(testing::FakeControlPlane& server) {
  server.On([](const v1::LookupTenantRequest&) -> absl::StatusOr<v1::Tenant> {
    v1::Tenant tenant;
    tenant.set_name("tenants/default");
    return tenant;
  });
  server.On([](const v1::ListClientsRequest&) -> absl::StatusOr<v1::ListClientsResponse> {
    return v1::ListClientsResponse();
  });
}

TEST(GatewayToServerTest, TrustsANewAuthorityWithoutARestart) {
  testing::TestCertificateAuthority authority;
  const auto own = authority.Issue({.hosts = {"localhost"}});
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({own.private_key_pem, own.certificate_pem});
  testing::FakeControlPlane server(grpc::SslServerCredentials(tls));
  ServeNoClients(server);
  testing::TempDir dir;
  std::ofstream(dir / "token") << "gateway-token";
  std::ofstream(dir / "ca.pem") << testing::TestCertificateAuthority().certificate_pem();
  gateway::GatewayOptions options;
  options.listen = "127.0.0.1:0";
  options.server = "localhost" + server.address().substr(server.address().rfind(':'));
  options.server_ca_file = dir / "ca.pem";
  options.token_file = dir / "token";
  auto gateway = gateway::Gateway::Start(options);
  ASSERT_THAT(gateway, IsOk());
  EXPECT_EQ(ConnectTo(**gateway).Exchange(kListClients).status, 503);
  // Replace the file atomically, as the kubelet does.
  std::ofstream(dir / "new.pem") << authority.certificate_pem();
  std::filesystem::rename(dir / "new.pem", dir / "ca.pem");
  ASSERT_TRUE(testing::Eventually([&] { return ConnectTo(**gateway).Exchange(kListClients).status != 503; },
                                  "the gateway trusts the new authority"));
  EXPECT_EQ(ConnectTo(**gateway).Exchange(kListClients).status, 200);
}

TEST(GatewayToServerTest, ShowsItsCertificateToAServerThatAsksForOne) {
  testing::TestCertificateAuthority authority;
  const auto own = authority.Issue({.hosts = {"localhost"}});
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = authority.certificate_pem();
  tls.pem_key_cert_pairs.push_back({own.private_key_pem, own.certificate_pem});
  testing::FakeControlPlane server(grpc::SslServerCredentials(tls));
  ServeNoClients(server);
  testing::TempDir dir;
  const auto client = authority.Issue({.uris = {"spiffe://example.org/gateway"}});
  std::ofstream(dir / "token") << "gateway-token";
  std::ofstream(dir / "ca.pem") << authority.certificate_pem();
  std::ofstream(dir / "own.pem") << client.certificate_pem;
  std::ofstream(dir / "own.key") << client.private_key_pem;
  gateway::GatewayOptions options;
  options.listen = "127.0.0.1:0";
  options.server = "localhost" + server.address().substr(server.address().rfind(':'));
  options.server_ca_file = dir / "ca.pem";
  options.token_file = dir / "token";
  for (const bool with_certificate : {false, true}) {
    if (with_certificate) {
      options.server_certificate_file = dir / "own.pem";
      options.server_key_file = dir / "own.key";
    }
    auto gateway = gateway::Gateway::Start(options);
    ASSERT_THAT(gateway, IsOk());
    EXPECT_EQ(ConnectTo(**gateway).Exchange(kListClients).status, with_certificate ? 200 : 503);
  }
  options.server_key_file = "";
  EXPECT_THAT(gateway::Gateway::Start(options), StatusIs(absl::StatusCode::kInvalidArgument));
  options.server_key_file = dir / "nothing";
  EXPECT_THAT(gateway::Gateway::Start(options), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace cimd
