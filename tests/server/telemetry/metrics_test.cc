#include "server/telemetry/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/telemetry/metric_names.h"

namespace cimd::telemetry {
namespace {

using ::testing::HasSubstr;

// What GET /metrics answers on a port of this machine.
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

TEST(MetricsTest, WhatWasCountedIsServed) {
  Metrics metrics;
  metrics.CountCall("cimd.v1.RegistrationService/GetClient", "NOT_FOUND", "CLIENT_NOT_FOUND", absl::Milliseconds(3));
  metrics.CountFetch("CHALLENGE", "HTML", absl::Milliseconds(200));
  metrics.CountFetch("TRANSPORT", "PACED", absl::ZeroDuration());
  metrics.CountCommitGroup(5, absl::Milliseconds(1));
  metrics.SetStreams(3);
  metrics.CountStreamMessage("cimd.v1.RegistrationService/WatchClients", absl::Milliseconds(2));
  metrics.CountLinkedAuditEvents(7);
  metrics.SetUnlinkedAuditLogs(2);
  auto port = metrics.Serve("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  const std::string text = Scrape(*port);
  EXPECT_THAT(text,
              HasSubstr("cimd_rpc_calls_total{code=\"NOT_FOUND\",method=\"cimd.v1.RegistrationService/GetClient\","
                        "reason=\"CLIENT_NOT_FOUND\"} 1"));
  EXPECT_THAT(text, HasSubstr("cimd_fetches_total{kind=\"CHALLENGE\",reason=\"HTML\"} 1"));
  EXPECT_THAT(text, HasSubstr("cimd_fetches_total{kind=\"TRANSPORT\",reason=\"PACED\"} 1"));
  EXPECT_THAT(text, HasSubstr("cimd_fetch_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("cimd_store_commits_total 5"));
  EXPECT_THAT(text, HasSubstr("cimd_watch_streams 3"));
  EXPECT_THAT(text, HasSubstr("cimd_watch_messages_total{method=\"cimd.v1.RegistrationService/WatchClients\"} 1"));
  EXPECT_THAT(text, HasSubstr("cimd_watch_lag_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("cimd_audit_linked_events_total 7"));
  EXPECT_THAT(text, HasSubstr("cimd_audit_unlinked_logs 2"));
  for (const char* name : {kRpcCalls, kRpcSeconds, kFetches, kFetchSeconds, kCommits, kCommitGroupSize,
                           kCommitSyncSeconds, kStreams, kStreamMessages, kStreamLagSeconds, kLinkedAuditEvents,
                           kUnlinkedAuditLogs, kBuildInfo}) {
    EXPECT_THAT(text, HasSubstr(std::string("# TYPE ") + name + " ")) << name;
  }
}

TEST(MetricsTest, AnAddressThatCannotBeServedIsAnError) {
  Metrics metrics;
  EXPECT_FALSE(metrics.Serve("256.256.256.256:1").ok());
}

}  // namespace
}  // namespace cimd::telemetry
