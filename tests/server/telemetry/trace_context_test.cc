#include "server/telemetry/trace_context.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::telemetry {
namespace {

using ::testing::MatchesRegex;

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(TraceContextTest, TraceContinuesWithANewParent) {
  const std::string passed_on = ContinueTrace(kTraceparent);
  EXPECT_THAT(passed_on, MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01"));
  EXPECT_EQ(TraceIdOf(passed_on), kTraceId);
  EXPECT_NE(passed_on, kTraceparent);
  EXPECT_NE(ContinueTrace(kTraceparent), passed_on);
}

TEST(TraceContextTest, LaterVersionsAreReadAsVersion00) {
  for (const std::string later : {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                  "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes-then"}) {
    EXPECT_THAT(ContinueTrace(later), MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01")) << later;
  }
}

TEST(TraceContextTest, MalformedContextsAreNotForwarded) {
  const std::string good = kTraceparent;
  for (const std::string& bad :
       {std::string(), std::string("x"), std::string(55, '0'), std::string(55, '\xe9'), good + "-x", good + "0",
        good.substr(0, 54), "ff" + good.substr(2), "0G" + good.substr(2),
        "00-" + std::string(32, '0') + good.substr(35), good.substr(0, 36) + std::string(16, '0') + "-01",
        "00-" + std::string(32, 'A') + good.substr(35), good.substr(0, 53) + "0g", "01" + good.substr(2) + "x"}) {
    EXPECT_EQ(ContinueTrace(bad), "") << bad;
  }
  EXPECT_EQ(TraceIdOf(""), "");
}

TEST(TraceContextTest, NewTraceCanBeContinued) {
  const std::string trace = StartTrace();
  EXPECT_THAT(trace, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-00"));
  EXPECT_EQ(TraceIdOf(ContinueTrace(trace)), TraceIdOf(trace));
  EXPECT_NE(TraceIdOf(StartTrace()), TraceIdOf(trace));
}

}  // namespace
}  // namespace cimd::telemetry
