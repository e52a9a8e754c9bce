#include "server/telemetry/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/telemetry/gateway_metrics.h"
#include "server/telemetry/metric_names.h"

namespace cimd::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Returns the answer to GET /metrics on a local port.
std::string Scrape(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (send(connection, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size())) {
      char buffer[4096];
      for (ssize_t got; (got = recv(connection, buffer, sizeof(buffer), 0)) > 0;) answer.append(buffer, got);
    }
  }
  close(connection);
  return answer;
}

TEST(MetricsTest, CountsAreServed) {
  Metrics metrics;
  const Metrics::MethodCalls calls = metrics.ForMethod("cimd.v1.RegistrationService/GetClient");
  calls.Count("NOT_FOUND", "CLIENT_NOT_FOUND", /*by_fault=*/false, absl::Milliseconds(3));
  calls.Count("INTERNAL", "INTERNAL", /*by_fault=*/true, absl::Milliseconds(3));
  calls.Count("OK", "", /*by_fault=*/false, absl::Milliseconds(3));
  metrics.Decisions("denied", "CLIENT_BLOCKED").Add(2);
  metrics.StoreSeconds("read").Observe(absl::Microseconds(7), 16);
  metrics.CountFetch("CHALLENGE", "HTML", absl::Milliseconds(200));
  metrics.CountFetch("TRANSPORT", "PACED", absl::ZeroDuration());
  metrics.CountAssertion("OK");
  metrics.CountKeyRefresh("FETCH_FAILED");
  metrics.CountCommitGroup(5, absl::Milliseconds(1));
  metrics.SetStreams(3);
  metrics.CountStreamMessage("cimd.v1.RegistrationService/WatchClients", absl::Milliseconds(2));
  metrics.CountLinkedAuditEvents(7);
  metrics.SampleFrom([] {
    return Sample{.store_bytes = 1000,
                  .store_free_bytes = 5000,
                  .store_writable = false,
                  .caches = {{"blocks", 8, 2}},
                  .fetches_under_way = 4,
                  .audit_backlog = absl::Milliseconds(1500)};
  });
  auto port = metrics.Serve("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  const std::string text = Scrape(*port);
  const std::string method = "method=\"cimd.v1.RegistrationService/GetClient\"";
  for (const std::string& line :
       {"cimd_rpc_calls_total{code=\"NOT_FOUND\"," + method + ",reason=\"CLIENT_NOT_FOUND\"} 1",
        "cimd_rpc_calls_total{code=\"OK\"," + method + ",reason=\"\"} 1",
        "cimd_rpc_seconds_count{" + method + "} 3",
        "cimd_rpc_seconds_bucket{" + method + ",le=\"0.0025\"} 0",
        "cimd_rpc_seconds_bucket{" + method + ",le=\"0.005\"} 3",
        "cimd_rpc_seconds_bucket{" + method + ",le=\"+Inf\"} 3",
        std::string("cimd_decisions_total{outcome=\"denied\",reason=\"CLIENT_BLOCKED\"} 2"),
        std::string("cimd_store_operation_seconds_count{operation=\"read\"} 16"),
        std::string("cimd_fetches_total{kind=\"CHALLENGE\",reason=\"HTML\"} 1"),
        std::string("cimd_fetches_total{kind=\"TRANSPORT\",reason=\"PACED\"} 1"),
        std::string("cimd_fetch_seconds_count 1"),
        std::string("cimd_fetches_under_way 4"),
        std::string("cimd_key_refreshes_total{outcome=\"FETCH_FAILED\"} 1"),
        std::string("cimd_store_commits_total 5"),
        std::string("cimd_store_bytes 1000"),
        std::string("cimd_store_free_bytes 5000"),
        std::string("cimd_store_writable 0"),
        std::string("cimd_cache_lookups_total{cache=\"blocks\",outcome=\"hit\"} 8"),
        std::string("cimd_cache_lookups_total{cache=\"blocks\",outcome=\"miss\"} 2"),
        std::string("cimd_watch_streams 3"),
        std::string("cimd_watch_messages_total{method=\"cimd.v1.RegistrationService/WatchClients\"} 1"),
        std::string("cimd_watch_lag_seconds_count 1"),
        std::string("cimd_audit_linked_events_total 7"),
        std::string("cimd_audit_backlog_seconds 1.5")}) {
    EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
  }
  for (const char* name : {kRpcCalls,          kRpcSeconds,        kDecisions,
                           kAssertions,        kFetches,           kFetchSeconds,
                           kFetchesUnderWay,   kKeyRefreshes,      kStoreSeconds,
                           kCommits,           kCommitGroupSize,   kCommitSyncSeconds,
                           kStoreBytes,        kStoreFreeBytes,    kStoreWritable,
                           kCacheLookups,      kStreams,           kStreamMessages,
                           kStreamLagSeconds,  kLinkedAuditEvents, kAuditBacklogSeconds,
                           kUnreadableRecords, kBuildInfo}) {
    EXPECT_THAT(text, HasSubstr(std::string("# TYPE ") + name + " ")) << name;
  }
  EXPECT_EQ(metrics.calls(), 3);
  EXPECT_EQ(metrics.failed_calls(), 1);
}

TEST(MetricsTest, SamplerIsNotCalledAfterItsRemoval) {
  Metrics metrics;
  int asked = 0;
  metrics.SampleFrom([&] {
    ++asked;
    return Sample();
  });
  auto port = metrics.Serve("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_THAT(Scrape(*port), HasSubstr("\ncimd_store_writable 1\n"));
  metrics.SampleFrom(nullptr);
  EXPECT_THAT(Scrape(*port), Not(HasSubstr("cimd_store_writable")));
  EXPECT_EQ(asked, 1);
}

TEST(GatewayMetricsTest, CountsAreServed) {
  GatewayMetrics metrics;
  auto& route = metrics.ForRoute("GET", "/api/v2/clients/{id}");
  EXPECT_EQ(&route, &metrics.ForRoute("GET", "/api/v2/clients/{id}"));
  for (const int status : {200, 204, 404}) {
    route.Begin();
    route.End(status, absl::Milliseconds(3));
  }
  route.Begin();
  metrics.CountRefused(413);
  metrics.CountCall("cimd.v1.RegistrationService/GetClient", "UNAVAILABLE");
  auto port = metrics.Serve("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  const std::string text = Scrape(*port);
  const std::string labels = "method=\"GET\",route=\"/api/v2/clients/{id}\"";
  for (const std::string& line :
       {"cimd_gateway_requests_total{" + labels + ",status=\"2xx\"} 2",
        "cimd_gateway_requests_total{" + labels + ",status=\"4xx\"} 1",
        "cimd_gateway_request_seconds_count{" + labels + "} 3", std::string("cimd_gateway_requests_under_way 1"),
        std::string("cimd_gateway_refused_total{status=\"413\"} 1"),
        std::string(
            "cimd_gateway_rpc_calls_total{code=\"UNAVAILABLE\",method=\"cimd.v1.RegistrationService/GetClient\"} 1")}) {
    EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
  }
  for (const char* name : {kGatewayRequests, kGatewayRequestSeconds, kGatewayRequestsUnderWay, kGatewayRefused,
                           kGatewayCalls, kGatewayBuildInfo}) {
    EXPECT_THAT(text, HasSubstr(std::string("# TYPE ") + name + " ")) << name;
  }
}

TEST(MetricsTest, AddressThatCannotBeServedIsAnError) {
  Metrics metrics;
  EXPECT_FALSE(metrics.Serve("256.256.256.256:1").ok());
}

}  // namespace
}  // namespace cimd::telemetry
