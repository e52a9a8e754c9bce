#include "server/telemetry/grpc_log.h"

#include <grpc/support/log.h>

#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace cimd::telemetry {
namespace {

TEST(GrpcLogTest, GrpcWritesLinesOfTheJsonLogAndNotTooMany) {
  constexpr int kMessages = 1000;
  ::testing::internal::CaptureStderr();
  SendGrpcLogToJsonLog();
  for (int i = 0; i < kMessages; ++i) gpr_log(GPR_ERROR, "handshake %d failed\nwith \"quotes\"", i);
  gpr_log(GPR_INFO, "not an error");
  std::istringstream lines(::testing::internal::GetCapturedStderr());
  int written = 0;
  for (std::string line; std::getline(lines, line); ++written) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["event"], "grpc");
    EXPECT_EQ(json["severity"], "warning");
    EXPECT_EQ(json["source"].get<std::string>().find("grpc_log_test.cc:"), 0u);
  }
  EXPECT_GE(written, 10);
  EXPECT_LT(written, kMessages / 2);
}

}  // namespace
}  // namespace cimd::telemetry
