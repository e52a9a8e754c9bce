#include "server/telemetry/json_log.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace cimd::telemetry {
namespace {

std::string Logged(Severity severity, std::string_view event, LogFields fields) {
  ::testing::internal::CaptureStderr();
  Log(severity, event, fields);
  return ::testing::internal::GetCapturedStderr();
}

TEST(JsonLogTest, ALineIsOneJsonObject) {
  const std::string line = Logged(Severity::kWarning, "fetch", {{"host", "client.example.net"}, {"empty", ""}});
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["severity"], "warning");
  EXPECT_EQ(json["event"], "fetch");
  EXPECT_EQ(json["host"], "client.example.net");
  EXPECT_FALSE(json.contains("empty"));
  EXPECT_THAT(json["time"].get<std::string>(), ::testing::ContainsRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z$"));
}

TEST(JsonLogTest, HostileValuesStayInTheirField) {
  const std::string hostile = "a\"}\n{\"event\":\"forged\"\x1b[31m\xff %v %s {}";
  const std::string line = Logged(Severity::kError, "call", {{"value", hostile + std::string(5000, 'x')}});
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "call");
  EXPECT_THAT(json["value"].get<std::string>(), ::testing::StartsWith("a\"}\n{\"event\":\"forged\"\x1b[31m"));
  EXPECT_LT(line.size(), 1500u);
}

TEST(JsonLogTest, LessSevereLinesAreDropped) {
  EXPECT_EQ(Logged(Severity::kDebug, "quiet", {}), "");
  SetLogSeverity(Severity::kDebug);
  EXPECT_NE(Logged(Severity::kDebug, "loud", {}), "");
  SetLogSeverity(Severity::kInfo);
}

}  // namespace
}  // namespace cimd::telemetry
