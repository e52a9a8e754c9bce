// TLS and mutual TLS on gRPC, and files that are reloaded without a restart.

#include <signal.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "client/connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/server.h"
#include "server/telemetry/json_log.h"
#include "tests/integration/server_process.h"
#include "tests/server/jose/test_signer.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tls_test_certificates.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::CertificateAndKey;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::cimd::testing::StatusIs;
using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    telemetry::SetLogSeverity(telemetry::Severity::kError);
    options_.data_dir = dir_ / "data";
    options_.listen = "127.0.0.1:0";
    options_.tls_certificate_file = dir_ / "server.pem";
    options_.tls_key_file = dir_ / "server.key";
    options_.tls_client_ca_file = dir_ / "client-ca.pem";
    options_.caller_identities = dir_ / "identities.json";
    WriteServerFiles(authority_);
    Write("client-ca.pem", authority_.certificate_pem());
    Write("ca.pem", authority_.certificate_pem());
    Write("identities.json", R"({"certificates":[
        {"uri":"spiffe://example.org/auth/*","scopes":["read:tenant_settings"],"tenant":"default"},
        {"dns_name":"operator.example.org","scopes":["*"],"platform":true}]})");
  }

  // Replaces the file atomically.
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = dir_ / name;
    std::ofstream(path + ".new") << content;
    EXPECT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
    return path;
  }
  void WriteServerFiles(testing::TestCertificateAuthority& authority) {
    const CertificateAndKey own = authority.Issue({.hosts = {"localhost"}});
    Write("server.key", own.private_key_pem);
    Write("server.pem", own.certificate_pem);
  }

  void Start() {
    auto server = Server::Start(options_);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    std::ifstream(options_.data_dir + "/admin-token") >> admin_token_;
  }

  // Makes one call with `options`, using the host name in the server's certificate.
  absl::Status Call(client::ConnectionOptions options, const std::string& tenant = "default") {
    options.address = "localhost" + server_->address().substr(server_->address().rfind(':'));
    options.retry.max_attempts = 1;
    auto connection = client::Connection::Create(options);
    if (!connection.ok()) return connection.status();
    v1::GetTenantRequest request;
    request.set_name("tenants/" + tenant);
    return (*connection)->Call(&client::Admin::GetTenant, request).status();
  }

  client::ConnectionOptions With(const std::string& token) {
    client::ConnectionOptions options;
    options.ca_file = dir_ / "ca.pem";
    options.access_token = token;
    return options;
  }
  client::ConnectionOptions With(const std::string& token, const CertificateAndKey& own) {
    client::ConnectionOptions options = With(token);
    options.certificate_file = Write("own.pem", own.certificate_pem);
    options.key_file = Write("own.key", own.private_key_pem);
    return options;
  }

  testing::TempDir dir_;
  testing::TestCertificateAuthority authority_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::string admin_token_;
};

TEST_F(TlsTest, PlainTextConnectionsAreRefused) {
  Start();
  EXPECT_THAT(Call(With(admin_token_)), IsOk());
  client::ConnectionOptions plain;
  plain.access_token = admin_token_;
  EXPECT_THAT(Call(plain), StatusIs(StatusCode::kUnavailable));
  const testing::TestCertificateAuthority stranger;
  client::ConnectionOptions other = With(admin_token_);
  other.ca_file = Write("other-ca.pem", stranger.certificate_pem());
  EXPECT_THAT(Call(other), StatusIs(StatusCode::kUnavailable));
}

TEST_F(TlsTest, CertificateWithARuleIsACaller) {
  Start();
  const auto unknown = Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID");
  EXPECT_THAT(Call(With("")), unknown);
  EXPECT_THAT(Call(With("", authority_.Issue({.hosts = {"operator.example.org"}})), "nobody"),
              Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  const CertificateAndKey workload = authority_.Issue({.uris = {"spiffe://example.org/auth/server"}});
  EXPECT_THAT(Call(With("", workload)), IsOk());
  EXPECT_THAT(Call(With("", workload), "other"), Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  EXPECT_THAT(Call(With("", authority_.Issue({.uris = {"spiffe://example.org/auth/a/b"}}))), unknown);
  EXPECT_THAT(Call(With("", authority_.Issue({.hosts = {"another.example.org"}}))), unknown);
}

TEST_F(TlsTest, TokenDecidesEvenWithACertificate) {
  Start();
  const CertificateAndKey operators = authority_.Issue({.hosts = {"operator.example.org"}});
  EXPECT_THAT(Call(With("cimd_wrong", operators)), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  const CertificateAndKey workload = authority_.Issue({.uris = {"spiffe://example.org/auth/server"}});
  EXPECT_THAT(Call(With(admin_token_, workload), "other"), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  EXPECT_THAT(Call(With(admin_token_, authority_.Issue({.hosts = {"nobody.example.org"}}))), IsOk());
}

TEST_F(TlsTest, CertificateOfAnUnknownAuthorityIsRefused) {
  Start();
  testing::TestCertificateAuthority stranger;
  EXPECT_THAT(Call(With(admin_token_, stranger.Issue({.hosts = {"operator.example.org"}}))),
              StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(Call(With(admin_token_, authority_.Issue({.hosts = {"operator.example.org"},
                                                        .not_after = absl::Now() - absl::Minutes(1)}))),
              StatusIs(StatusCode::kUnavailable));
}

TEST_F(TlsTest, CertificatesAreReloadedWithoutARestart) {
  Start();
  EXPECT_THAT(Call(With(admin_token_)), IsOk());
  testing::TestCertificateAuthority next;
  WriteServerFiles(next);
  Write("ca.pem", next.certificate_pem());
  const absl::Time limit = absl::Now() + absl::Seconds(60);
  absl::Status answer = Call(With(admin_token_));
  while (!answer.ok() && absl::Now() < limit) answer = Call(With(admin_token_));
  EXPECT_THAT(answer, IsOk());
}

TEST_F(TlsTest, UnusableFilesStopTheStart) {
  Write("server.key", authority_.Issue({.hosts = {"localhost"}}).private_key_pem);
  EXPECT_THAT(Server::Start(options_), StatusIs(StatusCode::kInvalidArgument, HasSubstr("server.key")));
  WriteServerFiles(authority_);
  Write("client-ca.pem", "nothing");
  EXPECT_THAT(Server::Start(options_), StatusIs(StatusCode::kInvalidArgument, HasSubstr("client-ca.pem")));
}

TEST(TlsOptionsTest, PlainTextNeedsLoopbackOrAnOption) {
  const auto validated = [](const std::string& listen, bool tls, bool insecure) {
    ServerOptions options;
    options.listen = listen;
    options.insecure_plaintext = insecure;
    if (tls) options.tls_certificate_file = options.tls_key_file = "x";
    return ValidateServerOptions(options);
  };
  for (const char* loopback : {"127.0.0.1:1", "127.1.2.3:1", "localhost:1", "[::1]:1", "unix:/run/cimd.sock"}) {
    EXPECT_THAT(validated(loopback, false, false), IsOk()) << loopback;
  }
  for (const char* open : {"0.0.0.0:1", "[::]:1", "127.0.0.1.example:1", "127.evil.example:1", "localhost.example:1",
                           "10.0.0.1:1", ":1", "cimd:1"}) {
    EXPECT_THAT(validated(open, false, false), StatusIs(StatusCode::kInvalidArgument)) << open;
    EXPECT_THAT(validated(open, false, true), IsOk()) << open;
    EXPECT_THAT(validated(open, true, false), IsOk()) << open;
    EXPECT_THAT(validated(open, true, true), StatusIs(StatusCode::kInvalidArgument)) << open;
  }
}

TEST(TlsOptionsTest, AGatewaysCertificateHasToBeAskedFor) {
  ServerOptions options;
  options.tls_certificate_file = options.tls_key_file = "x";
  options.trusted_gateway_certificate = {"dns:gateway.example.org"};
  EXPECT_THAT(ValidateServerOptions(options),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("--trusted_gateway_certificate needs")));
  options.tls_client_ca_file = "x";
  EXPECT_THAT(ValidateServerOptions(options), IsOk());
}

// Tests the program: the rules for tokens are reloaded on SIGHUP.
TEST(ReloadTest, RulesAreReadAgainOnSighup) {
  testing::TempDir dir;
  const testing::TestSigner signer = testing::TestSigner::Ec(jose::KeyType::kEcP256);
  std::ofstream(dir / "keys.json") << R"({"keys":[)" + signer.PublicJwk(R"("kid":"k")") + "]}";
  const auto write_rules = [&](const std::string& subject) {
    std::ofstream(dir / "new.json")
        << R"({"issuers":[{"issuer":"https://i.example","audiences":["cimd"],"algorithms":["ES256"],"jwks_file":")" +
               std::string(dir / "keys.json") + R"(","rules":[{"claims":{"sub":")" + subject +
               R"("},"scopes":["read:tenant_settings"],"tenant":"default"}]}]})";
    ASSERT_EQ(std::rename((dir / "new.json").c_str(), (dir / "identities.json").c_str()), 0);
  };
  write_rules("bob");
  testing::ServerProcess server(dir / "data", {"--caller_identities=" + std::string(dir / "identities.json")});
  ASSERT_NE(server.address(), "") << server.log();
  client::ConnectionOptions options;
  options.address = server.address();
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  options.access_token =
      signer.Sign(jose::Algorithm::kEs256, R"({"alg":"ES256","kid":"k"})",
                  R"({"iss":"https://i.example","sub":"alice","aud":"cimd","exp":)" + std::to_string(now + 600) + "}");
  auto connection = client::Connection::Create(options);
  ASSERT_THAT(connection, IsOk());
  v1::GetTenantRequest request;
  request.set_name("tenants/default");
  const auto get = [&] { return (*connection)->Call(&client::Admin::GetTenant, request).status(); };
  EXPECT_THAT(get(), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  write_rules("alice");
  server.process().Signal(SIGHUP);
  const absl::Time limit = absl::Now() + absl::Seconds(60);
  absl::Status answer = get();
  while (!answer.ok() && absl::Now() < limit) answer = get();
  EXPECT_THAT(answer, IsOk());
  EXPECT_TRUE(server.process().running());
}

}  // namespace
}  // namespace cimd
