#include "server/gateway/gateway.h"

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "server/telemetry/trace_context.h"
#include "tests/server/gateway/api/gateway_test_base.h"
#include "tests/testing/tls_test_certificates.h"

namespace cimd::gateway {
namespace {

namespace errors = rpc::errors;
using ::cimd::testing::ArrivedCall;
using ::cimd::testing::GatewayTestBase;
using ::cimd::testing::IsError;
using ::cimd::testing::IsJson;
using ::cimd::testing::RawHttpClient;
using ::cimd::testing::RawResponse;
using ::cimd::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::MatchesRegex;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr char kClients[] = "/api/v2/clients";
constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class GatewayTest : public GatewayTestBase {
 protected:
  GatewayTest() { plane_.list_clients.Answers(v1::ListClientsResponse()); }

  RawResponse List(const std::string& headers) { return SendRaw("GET", kClients, "Host: a\r\n" + headers); }
  ArrivedCall LastList() { return plane_.calls("ListClients").back(); }

  std::unique_ptr<std::thread> shutdown_;
};

TEST_F(GatewayTest, TurnsAwayWhoHasNoToken) {
  for (const char* headers :
       {"", "Authorization:\r\n", "Authorization: Basic dXNlcjpwdw==\r\n", "Authorization: Bearer\r\n",
        "Authorization: Bearer two words\r\n", "Authorization: Bearercaller\r\n",
        "Authorization: Bearer caf\xc3\xa9\r\n", "Authorization: Bearer a\tb\r\n"}) {
    SCOPED_TRACE(headers);
    const RawResponse response = List(headers);
    EXPECT_THAT(response, IsJson(401, R"({"statusCode": 401, "error": "Unauthorized", "message": "Invalid token",
                                          "attributes": {"error": "Invalid token"}})"));
    EXPECT_THAT(response.Header("WWW-Authenticate"), HasSubstr("Bearer"));
  }
  EXPECT_EQ(List("Authorization: Bearer " + std::string(5000, 'x') + "\r\n").status, 401);
  EXPECT_THAT(plane_.calls(), IsEmpty());
}

TEST_F(GatewayTest, ForwardsTheCallersToken) {
  for (const char* header : {"Authorization: Bearer caller\r\n", "authorization: bearer \t caller \r\n"}) {
    EXPECT_EQ(List(header).status, 200);
    EXPECT_EQ(LastList().metadata.at("authorization"), "Bearer caller");
  }
}

TEST_F(GatewayTest, ForwardsTracesThatAreWellFormed) {
  const std::string token = "Authorization: Bearer caller\r\n";
  List(token + "Traceparent: " + kTraceparent + "\r\nX-Request-Id: r-1\r\n");
  const std::string trace_id(telemetry::TraceIdOf(kTraceparent));
  EXPECT_EQ(telemetry::TraceIdOf(LastList().metadata.at("traceparent")), trace_id);
  EXPECT_NE(LastList().metadata.at("traceparent"), kTraceparent) << "the gateway is a parent of its own";
  EXPECT_EQ(LastList().metadata.at("x-request-id"), "r-1");
  for (const std::string& traceparent :
       {std::string("x"), std::string(55, '0'), "00-" + std::string(32, 'G') + "-00f067aa0ba902b7-01",
        std::string(kTraceparent) + "-x", std::string(55, '\xe9')}) {
    SCOPED_TRACE(traceparent);
    EXPECT_EQ(List(token + "traceparent: " + traceparent + "\r\n").status, 200);
    EXPECT_THAT(LastList().metadata.at("traceparent"), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-00"));
    EXPECT_NE(telemetry::TraceIdOf(LastList().metadata.at("traceparent")), trace_id);
  }
  // gRPC aborts the process if metadata has an invalid value.
  for (const std::string& id : {std::string("a b"), std::string("\xff"), std::string(129, 'x'), std::string("a\tb")}) {
    EXPECT_EQ(List(token + "x-request-id: " + id + "\r\n").status, 200);
    EXPECT_EQ(LastList().metadata.count("x-request-id"), 0u);
  }
  // No other header is forwarded. The gateway adds the caller's address and requests the state of the caller's rate
  // limits.
  List(token + "X-Forwarded-For: 1.2.3.4\r\nX-Cimd-Peer-Address: 1.2.3.4\r\nCookie: a=b\r\nGrpc-Timeout: 1n\r\n");
  EXPECT_THAT(LastList().metadata, UnorderedElementsAre(Key("authorization"), Key("traceparent"),
                                                        Pair("x-cimd-peer-address", "127.0.0.1"), Key("x-ratelimit")));
}

TEST_F(GatewayTest, SetsADeadline) {
  const absl::Time start = absl::Now();
  List("Authorization: Bearer caller\r\n");
  EXPECT_GT(LastList().deadline, start + absl::Seconds(5));
  EXPECT_LT(LastList().deadline, absl::Now() + absl::Seconds(16));
}

TEST_F(GatewayTest, AnswersForItsOwnTroubleWith500) {
  plane_.lookup_tenant.Answers(errors::AccessTokenInvalid());
  EXPECT_THAT(Get(kClients), IsError(500, "internal_error"));
  EXPECT_THAT(plane_.list_clients.requests(), IsEmpty());
}

TEST_F(GatewayTest, CancelsTheCallOfAClientThatHasGone) {
  plane_.Hold("ListClients");
  RawHttpClient client(port());
  ASSERT_TRUE(client.Send(RequestText("GET", kClients, kHeaders)));
  plane_.WaitUntilHeld();
  client.Close();
  plane_.WaitUntilCancelled();
}

TEST_F(GatewayTest, AnswersWhileTheServerIsAway) {
  plane_.Stop();
  const RawResponse response = Get(kClients);
  EXPECT_THAT(response, IsError(503, "service_unavailable"));
  EXPECT_EQ(response.Header("Retry-After"), "1");
  EXPECT_THAT(response.body, ::testing::Not(HasSubstr("127.0.0.1")));
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/readyz").status, 503);
}

TEST_F(GatewayTest, TellsOfItsHealth) {
  EXPECT_THAT(SendRaw("GET", "/healthz", "Host: a\r\n"), IsJson(200, R"({"status": "ok"})"));
  grpc::health::v1::HealthCheckResponse health;
  health.set_status(grpc::health::v1::HealthCheckResponse::SERVING);
  plane_.health_check.Answers(health);
  EXPECT_EQ(SendRaw("GET", "/readyz", "Host: a\r\n").status, 200);
  health.set_status(grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  plane_.health_check.Answers(health);
  EXPECT_EQ(SendRaw("GET", "/readyz", "Host: a\r\n").status, 503);
  EXPECT_THAT(plane_.lookup_tenant.requests(), IsEmpty());
}

uint16_t PortOf(const std::string& address) {
  return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

// Probes have no client certificate. They must be answered regardless of the number of callers.
TEST_F(GatewayTest, AnswersProbesOnAnAddressOfTheirOwn) {
  testing::TestCertificateAuthority authority;
  const testing::CertificateAndKey own = authority.Issue({.hosts = {"localhost"}});
  options_.tls_certificate_file = dir_ / "certificate.pem";
  options_.tls_key_file = dir_ / "key.pem";
  options_.tls_client_ca_file = dir_ / "client-ca.pem";
  std::ofstream(options_.tls_certificate_file) << own.certificate_pem;
  std::ofstream(options_.tls_key_file) << own.private_key_pem;
  std::ofstream(options_.tls_client_ca_file) << authority.certificate_pem();
  options_.health_listen = "127.0.0.1:0";
  options_.max_connections = 1;
  Start();
  RawHttpClient greedy(port());
  grpc::health::v1::HealthCheckResponse health;
  health.set_status(grpc::health::v1::HealthCheckResponse::SERVING);
  plane_.health_check.Answers(health);
  const auto probe = [&](const char* path) {
    return RawHttpClient(PortOf(gateway_->health_address())).Exchange(RequestText("GET", path, "Host: a\r\n"));
  };
  EXPECT_THAT(probe("/healthz"), IsJson(200, R"({"status": "ok"})"));
  EXPECT_EQ(probe("/readyz").status, 200);
  EXPECT_EQ(probe(kClients).status, 404) << "nothing else is there";
  gateway_->AnnounceShutdown();
  EXPECT_EQ(probe("/readyz").status, 503);
  gateway_->Shutdown();
  EXPECT_EQ(probe("/healthz").status, 200) << "it answers to the end";
}

// Callers from one address cannot exclude another address.
TEST_F(GatewayTest, BoundsConnections) {
  options_.max_connections = 2;
  options_.max_connections_per_address = 1;
  options_.io_threads = 1;  // One thread sees that a connection is idle before the next accept.
  Start();
  RawHttpClient first(port());
  EXPECT_EQ(first.Exchange(RequestText("GET", kClients, kHeaders)).status, 200);
  RawHttpClient other(port(), "127.0.0.2");
  EXPECT_EQ(other.Exchange(RequestText("GET", kClients, kHeaders)).status, 200);
  EXPECT_EQ(Get(kClients).status, 200);
  EXPECT_TRUE(first.EndsHere()) << "the longest idle one of the address that has its share";
  EXPECT_EQ(other.Exchange(RequestText("GET", kClients, kHeaders)).status, 200);
}

TEST_F(GatewayTest, CallsAServerOnAUnixSocket) {
  testing::FakeControlPlane plane(grpc::InsecureServerCredentials(), "unix:" + (dir_ / "server"));
  plane.list_clients.Answers(v1::ListClientsResponse());
  options_.server = plane.address();
  Start();
  EXPECT_EQ(Get(kClients).status, 200);
}

TEST_F(GatewayTest, SaysThatItIsAboutToStopWhileItGoesOn) {
  grpc::health::v1::HealthCheckResponse health;
  health.set_status(grpc::health::v1::HealthCheckResponse::SERVING);
  plane_.health_check.Answers(health);
  plane_.list_clients.Answers(v1::ListClientsResponse());
  gateway_->AnnounceShutdown();
  EXPECT_EQ(SendRaw("GET", "/readyz", "Host: a\r\n").status, 503);
  EXPECT_EQ(SendRaw("GET", "/healthz", "Host: a\r\n").status, 200);
  EXPECT_EQ(Get(kClients).status, 200);
}

TEST_F(GatewayTest, LetsRequestsFinishBeforeItGoes) {
  plane_.list_clients.AnswersBy([this](const v1::ListClientsRequest&) {
    // The shutdown begins during the call.
    shutdown_ = std::make_unique<std::thread>([this] { gateway_->Shutdown(); });
    return v1::ListClientsResponse();
  });
  EXPECT_EQ(Get(kClients).status, 200);
  shutdown_->join();
  EXPECT_FALSE(RawHttpClient(port()).connected());
}

TEST_F(GatewayTest, GivesUpOnRequestsThatTakeTooLong) {
  options_.drain_timeout = absl::ZeroDuration();
  Start();
  plane_.Hold("ListClients");
  RawHttpClient client(port());
  ASSERT_TRUE(client.Send(RequestText("GET", kClients, kHeaders)));
  plane_.WaitUntilHeld();
  gateway_.reset();
  plane_.WaitUntilCancelled();
}

TEST_F(GatewayTest, ReadsItsTokenAgain) {
  Get(kClients);
  EXPECT_EQ(plane_.calls("LookupTenant").back().metadata.at("authorization"), "Bearer own");
  WriteToken("newer");
  CIMD_EXPECT_OK(gateway_->Reload());
  SendRaw("GET", kClients, "Host: another.example\r\nAuthorization: Bearer caller\r\n");
  EXPECT_EQ(plane_.calls("LookupTenant").back().metadata.at("authorization"), "Bearer newer");
  WriteToken("");
  EXPECT_THAT(gateway_->Reload(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(GatewayTest, ServesManyAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      RawHttpClient client(port());
      for (int j = 0; j < 20; ++j) {
        const std::string headers = fmt::format("Host: h{}.example\r\nAuthorization: Bearer caller\r\n", (i + j) % 7);
        if (client.Exchange(RequestText("GET", kClients, headers)).status == 200) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 16 * 20);
}

TEST_F(GatewayTest, CallsAServerThatProvesItself) {
  testing::TestCertificateAuthority authority;
  const std::string authority_file = dir_ / "authority.pem";
  std::ofstream(authority_file) << authority.certificate_pem();
  const std::string other_authority_file = dir_ / "other.pem";
  std::ofstream(other_authority_file) << testing::TestCertificateAuthority().certificate_pem();
  struct Case {
    const char* certified;
    const std::string& trusted;
    int status;
  };
  for (const Case& c : {Case{"127.0.0.1", authority_file, 200}, Case{"another.example", authority_file, 503},
                        Case{"127.0.0.1", other_authority_file, 503}}) {
    SCOPED_TRACE(c.certified);
    const testing::CertificateAndKey own = authority.Issue({.hosts = {c.certified}});
    grpc::SslServerCredentialsOptions tls;
    tls.pem_key_cert_pairs.push_back({own.private_key_pem, own.certificate_pem});
    testing::FakeControlPlane plane(grpc::SslServerCredentials(tls));
    plane.list_clients.Answers(v1::ListClientsResponse());
    options_.server = plane.address();
    options_.server_ca_file = c.trusted;
    Start();
    EXPECT_EQ(Get(kClients).status, c.status);
  }
}

TEST_F(GatewayTest, ServesHttps) {
  const testing::CertificateAndKey own = testing::TestCertificateAuthority().Issue({.hosts = {"localhost"}});
  options_.tls_certificate_file = dir_ / "certificate.pem";
  options_.tls_key_file = dir_ / "key.pem";
  std::ofstream(options_.tls_certificate_file) << own.certificate_pem;
  std::ofstream(options_.tls_key_file) << own.private_key_pem;
  Start();
  // HTTP without TLS is not answered.
  EXPECT_EQ(Get("/healthz").status, 0);
  CIMD_EXPECT_OK(gateway_->Reload());
  std::ofstream(options_.tls_key_file) << "no key";
  EXPECT_THAT(gateway_->Reload(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(GatewayTest, WritesItsAddress) {
  options_.address_file = dir_ / "address";
  Start();
  std::ifstream file(options_.address_file);
  std::string address;
  std::getline(file, address);
  EXPECT_EQ(address, gateway_->address());
}

TEST_F(GatewayTest, RefusesToStart) {
  const auto start = [this](auto change) {
    GatewayOptions options = options_;
    change(options);
    return Gateway::Start(options).status();
  };
  EXPECT_THAT(start([&](auto& o) { o.token_file = dir_ / "nothing"; }), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(start([&](auto& o) { o.server_ca_file = dir_ / "nothing"; }), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(start([&](auto& o) { o.listen = gateway_->address(); }), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(start([&](auto& o) { o.listen = "nowhere"; }), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(start([&](auto& o) { o.health_listen = gateway_->address(); }),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("--health_listen")));
  EXPECT_THAT(start([&](auto& o) { o.listen = "unix:" + (dir_ / "http"); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--listen")));
  EXPECT_THAT(start([&](auto& o) { o.listen = "0.0.0.0:0"; }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--listen")));
}

}  // namespace
}  // namespace cimd::gateway
