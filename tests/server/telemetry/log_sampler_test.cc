#include "server/telemetry/log_sampler.h"

#include "gtest/gtest.h"

namespace cimd::telemetry {
namespace {

TEST(LogSamplerTest, AdmitsSomeLinesInEachSecondAndCountsTheOthers) {
  LogSampler sampler(/*lines_per_second=*/2);
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(sampler.Admit(now), 0);
  EXPECT_EQ(sampler.Admit(now + absl::Milliseconds(500)), 0);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(sampler.Admit(now + absl::Milliseconds(999)), std::nullopt);
  EXPECT_EQ(sampler.Admit(now + absl::Seconds(1)), 7);
  EXPECT_EQ(sampler.Admit(now + absl::Seconds(1)), 0);
  EXPECT_EQ(sampler.Admit(now + absl::Seconds(1)), std::nullopt);
  // A new second starts also when the clock goes backwards.
  EXPECT_EQ(sampler.Admit(now), 1);
}

}  // namespace
}  // namespace cimd::telemetry
