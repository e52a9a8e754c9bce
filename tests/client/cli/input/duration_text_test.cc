#include "client/cli/input/duration_text.h"

#include <utility>

#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

TEST(DurationTextTest, TakesWholeUnits) {
  const std::pair<const char*, absl::Duration> kCases[] = {
      {"45s", absl::Seconds(45)},   {"30m", absl::Minutes(30)},          {"36h", absl::Hours(36)},
      {"7d", absl::Hours(7 * 24)},  {"2w", absl::Hours(14 * 24)},        {"1d12h", absl::Hours(36)},
      {"1h30m", absl::Minutes(90)}, {"36600d", absl::Hours(36600 * 24)},
  };
  for (const auto& [text, expected] : kCases) {
    const auto duration = ParseDurationText(text);
    ASSERT_TRUE(duration.ok()) << duration.status();
    EXPECT_EQ(*duration, expected) << text;
  }
}

TEST(DurationTextTest, RefusesEverythingElse) {
  for (const char* text : {"", "0d", "-1d", "d", "7", "soon", "-5m", "1x", "0s", "1.5h", "1 d", "1d ", "36601d",
                           "99999999999999999999d", "inf"}) {
    EXPECT_FALSE(ParseDurationText(text).ok()) << text;
  }
}

}  // namespace
}  // namespace cimd::cli
