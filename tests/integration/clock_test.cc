// The wall clock is set forwards and backwards while the server runs.

#include "absl/time/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/integration/mixed_load.h"
#include "tests/integration/server_process.h"

namespace cimd {
namespace {

using ::cimd::testing::Ledger;
using ::cimd::testing::MixedLoad;
using ::cimd::testing::ServerProcess;
using client::Registration;
using ::testing::IsEmpty;

constexpr absl::Duration kDay = absl::Hours(24);

class ClockTest : public ::testing::Test {
 protected:
  ClockTest() { Set(absl::ZeroDuration()); }

  // The command line before the server's own.
  std::vector<std::string> Wrapper() const {
    return {"/usr/bin/env", "LD_PRELOAD=" CIMD_CLOCK_SHIFT_LIBRARY, "CIMD_CLOCK_SHIFT_FILE=" + dir_ / "shift"};
  }

  // Sets the server's clock to the true time plus `shift`.
  void Set(absl::Duration shift) {
    const int64_t seconds = absl::ToInt64Seconds(shift);
    const int file = open((dir_ / "shift").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    EXPECT_EQ(pwrite(file, &seconds, sizeof(seconds), 0), static_cast<ssize_t>(sizeof(seconds)));
    close(file);
  }

  absl::StatusOr<v1::RegisterClientResponse> Register(const client::Connection& connection, const std::string& url,
                                                      const std::string& request_id = "") {
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    request.set_document(testing::GoodDocument(url));
    request.set_request_id(request_id);
    return connection.Call(&Registration::RegisterClient, request);
  }

  testing::TempDir dir_;
};

TEST_F(ClockTest, TheServerFollowsTheClockThatTheTestSets) {
  ServerProcess server(dir_ / "data", {}, Wrapper());
  ASSERT_FALSE(server.address().empty()) << server.log();
  ASSERT_TRUE(server.EnableCimd());
  Set(10 * kDay);
  auto registered = Register(*server.Connect(), "https://client.example.net/");
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_GT(absl::FromUnixSeconds(registered->client().create_time().seconds()), absl::Now() + 9 * kDay);
}

TEST_F(ClockTest, RepeatedRequestsAndPagesOutliveAClockThatIsPutBack) {
  constexpr char kRequestId[] = "6f4e7f8e-3e0b-4b0c-9d6d-0d3c1f1b2a10";
  constexpr char kUrl[] = "https://client.example.net/0";
  // With rate limits, which must not lock callers out when the clock changes.
  ServerProcess server(dir_ / "data", {"--rate_limit=caller.fetch=50"}, Wrapper());
  ASSERT_FALSE(server.address().empty()) << server.log();
  ASSERT_TRUE(server.EnableCimd());
  const auto connection = server.Connect();
  auto first = Register(*connection, kUrl, kRequestId);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(Register(*connection, "https://client.example.net/1").ok());
  v1::ListClientsRequest list;
  list.set_parent("tenants/default");
  list.set_page_size(1);
  auto page = connection->Call(&Registration::ListClients, list);
  ASSERT_TRUE(page.ok());
  list.set_page_token(page->next_page_token());

  for (absl::Duration shift : {-10 * kDay, absl::Hours(23), -3650 * kDay}) {
    SCOPED_TRACE(absl::FormatDuration(shift));
    Set(shift);
    auto again = Register(*connection, kUrl, kRequestId);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString()) << "done twice";
    auto rest = connection->Call(&Registration::ListClients, list);
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_EQ(rest->clients_size(), 1);
  }
  // A day later the request ID can be used again.
  Set(2 * kDay);
  EXPECT_TRUE(Register(*connection, "https://client.example.net/2", kRequestId).ok());
}

TEST_F(ClockTest, NothingIsLostWhileTheClockJumps) {
  Ledger ledger;
  {
    ServerProcess server(dir_ / "data", {}, Wrapper());
    ASSERT_FALSE(server.address().empty()) << server.log();
    ASSERT_TRUE(server.EnableCimd());
    const auto connection = server.Connect();
    MixedLoad load(ledger, *connection, "load", /*writers=*/4, /*seed=*/3);
    int64_t calls = 0;
    for (absl::Duration shift : {kDay, -kDay, 400 * kDay, -400 * kDay, -20 * 365 * kDay, absl::ZeroDuration()}) {
      Set(shift);
      load.AwaitAcknowledged(calls += 60);
    }
    EXPECT_THAT(load.Stop(), IsEmpty());
    EXPECT_EQ(server.Health(""), grpc::health::v1::HealthCheckResponse::SERVING);
    EXPECT_EQ(server.Health("writes"), grpc::health::v1::HealthCheckResponse::SERVING);
    testing::ExpectStoreAgrees(*connection);
    Set(-400 * kDay);
    server.process().Signal(SIGKILL);
    server.process().Wait();
  }
  ServerProcess server(dir_ / "data", {}, Wrapper());
  ASSERT_FALSE(server.address().empty()) << server.log();
  const auto connection = server.Connect();
  ledger.Compare(testing::Show(*connection), ledger.promises());
  testing::ExpectStoreAgrees(*connection);
}

}  // namespace
}  // namespace cimd
