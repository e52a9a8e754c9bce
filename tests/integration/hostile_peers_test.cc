// The memory that one connection without a token can make the server use.
#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/server_process.h"
#include "tests/testing/http2_attacks.h"
#include "tests/testing/temp_dir.h"

namespace cimd {
namespace {

using testing::Attack;
using testing::RunAttack;

constexpr int64_t kMiB = 1024;

// Returns the peak resident set size of the process in KiB.
int64_t PeakKiB(const testing::ChildProcess& process) {
  std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  int64_t peak = 0;
  EXPECT_TRUE(status >> peak);
  return peak;
}

class HostilePeersTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(server_.address().empty()) << server_.log(); }

  void ExpectThatTheServerGoesOn() {
    EXPECT_EQ(server_.Health(""), grpc::health::v1::HealthCheckResponse::SERVING) << server_.log();
  }

  testing::TempDir dir_;
  testing::ServerProcess server_{dir_ / "data", {"--health_listen=127.0.0.1:0"}};
};

// Calls Check with a request that is compressed with gzip.
grpc::Status CheckCompressed(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(std::string(4096, 'a'));
  grpc::health::v1::HealthCheckResponse response;
  return grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
}

TEST_F(HostilePeersTest, CompressedRequestsAreUnimplemented) {
  EXPECT_EQ(CheckCompressed(server_.channel()).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  ExpectThatTheServerGoesOn();
}

TEST_F(HostilePeersTest, CompressedRequestIsNotUnpacked) {
  const int64_t before = PeakKiB(server_.process());
  const auto result =
      RunAttack(Attack::kCompressedRequest, {.address = server_.address()}, {.time = absl::Seconds(30)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->stopped);
  EXPECT_LT(PeakKiB(server_.process()) - before, 64 * kMiB);
  ExpectThatTheServerGoesOn();
}

TEST_F(HostilePeersTest, HeadersWithoutEndAreNotKept) {
  const int64_t before = PeakKiB(server_.process());
  const auto result = RunAttack(Attack::kEndlessHeaders, {.address = server_.address()}, {.time = absl::Seconds(30)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_LT(PeakKiB(server_.process()) - before, 64 * kMiB);
  ExpectThatTheServerGoesOn();
}

// gRPC 1.51 does not limit the memory of the other attacks. Operators must therefore place a proxy before ports that
// untrusted clients can reach. In small doses the attacks do no harm.
TEST_F(HostilePeersTest, SmallDosesOfEveryAttack) {
  for (const testing::NamedAttack& attack : testing::Attacks()) {
    const auto result = RunAttack(attack.attack, {.address = server_.address()},
                                  {.bytes = uint64_t{128} << 10, .time = absl::Seconds(2)});
    ASSERT_TRUE(result.ok()) << attack.name << ": " << result.status();
    EXPECT_GT(result->sent_bytes, 0u) << attack.name;
    ExpectThatTheServerGoesOn();
  }
  // The log must stay JSON, including messages of the gRPC library.
  std::istringstream lines(server_.log());
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

}  // namespace
}  // namespace cimd
