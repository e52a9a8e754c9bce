// kill -9 at any moment must not lose a change that was acknowledged.

#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/integration/mixed_load.h"
#include "tests/integration/server_process.h"

namespace cimd {
namespace {

using ::cimd::testing::Ledger;
using ::cimd::testing::MixedLoad;
using ::cimd::testing::ServerProcess;

constexpr int kRounds = 4;
constexpr int kWriters = 8;
constexpr size_t kAcknowledgedBeforeKill = 150;

TEST(CrashTest, EveryAcknowledgedRegistrationSurvivesAKill) {
  testing::TempDir dir;
  std::mutex mutex;
  std::set<std::string> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    testing::ServerProcess server(dir / "data");
    ASSERT_FALSE(server.address().empty()) << server.log();
    ASSERT_TRUE(server.EnableCimd());

    const size_t goal = acknowledged.size() + kAcknowledgedBeforeKill;
    absl::BlockingCounter reached(1);
    std::atomic<bool> told = false;
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        for (int i = 0;; ++i) {
          const std::string url = "https://client.example.net/" + std::to_string(round) + "/" + std::to_string(writer) +
                                  "/" + std::to_string(i);
          grpc::ClientContext context;
          server.Authenticate(context);
          v1::RegisterClientRequest request;
          request.set_parent("tenants/default");
          request.set_external_client_id(url);
          request.set_document(testing::GoodDocument(url));
          v1::RegisterClientResponse response;
          // The first failed call means that the server has ended.
          if (!server.registration().RegisterClient(&context, request, &response).ok()) return;
          std::lock_guard<std::mutex> lock(mutex);
          acknowledged.insert(url);
          if (acknowledged.size() >= goal && !told.exchange(true)) reached.DecrementCount();
        }
      });
    }
    reached.Wait();
    server.process().Signal(SIGKILL);
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(server.process().Wait(), 128 + SIGKILL);
  }

  testing::ServerProcess server(dir / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  EXPECT_GE(acknowledged.size(), kRounds * kAcknowledgedBeforeKill);
  for (const std::string& url : acknowledged) {
    grpc::ClientContext context;
    server.Authenticate(context);
    v1::LookupClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    v1::Client client;
    ASSERT_TRUE(server.registration().LookupClient(&context, request, &client).ok()) << url;
    grpc::ClientContext by_id;
    server.Authenticate(by_id);
    v1::GetClientRequest get;
    get.set_name(client.name());
    ASSERT_TRUE(server.registration().GetClient(&by_id, get, &client).ok()) << url;
  }
}

// Kills a server under mixed load `kills` times. After each kill, compares the stored state with the acknowledged
// changes.
void KillAndCompare(int kills, std::mt19937_64& random) {
  testing::TempDir dir;
  Ledger ledger;
  for (int round = 0; round <= kills; ++round) {
    SCOPED_TRACE(round);
    ServerProcess server(dir / "data");
    ASSERT_FALSE(server.address().empty()) << server.log();
    ASSERT_TRUE(server.EnableCimd());
    const auto connection = server.Connect();
    const auto shown = testing::Show(*connection);
    ledger.Compare(shown, ledger.promises());
    testing::ExpectStoreAgrees(*connection);
    if (::testing::Test::HasFailure() || round == kills) break;
    ledger.Settle(shown);
    MixedLoad load(ledger, *connection, std::to_string(round), kWriters, random());
    load.AwaitAcknowledged(static_cast<int64_t>(random() % 400));
    server.process().Signal(SIGKILL);
    for (const absl::Status& error : load.Stop()) EXPECT_TRUE(absl::IsUnavailable(error)) << error;
    EXPECT_EQ(server.process().Wait(), 128 + SIGKILL);
  }
}

// CIMD_LONG_TESTS=1 runs many more kills. CIMD_TEST_SEED repeats a failed run, except for its timing.
TEST(CrashTest, NothingAcknowledgedIsLostAndTheStoreAgreesAfterEveryKill) {
  // Few kills for each server: the resources that writers leave behind would reach the limits of a tenant.
  constexpr int kKills = 5;
  const int servers = std::getenv("CIMD_LONG_TESTS") != nullptr ? 15 : 1;
  const char* given = std::getenv("CIMD_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "CIMD_TEST_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  for (int i = 0; i < servers && !HasFailure(); ++i) KillAndCompare(kKills, random);
}

}  // namespace
}  // namespace cimd
