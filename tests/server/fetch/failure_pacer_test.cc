#include "server/fetch/failure_pacer.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace cimd::fetch {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1754049600);

TEST(FailurePacerTest, WaitsDoubleUpToTheBound) {
  FailurePacer pacer({.free_failures = 1}, 10);
  absl::Time now = kStart;
  std::vector<int64_t> waits;
  for (int i = 0; i < 10; ++i) {
    pacer.RecordFailure("a", now);
    const absl::Duration wait = pacer.WaitFor("a", now);
    waits.push_back(absl::ToInt64Seconds(wait));
    EXPECT_EQ(pacer.WaitFor("b", now), absl::ZeroDuration());
    now += wait;
    EXPECT_EQ(pacer.WaitFor("a", now), absl::ZeroDuration());
  }
  EXPECT_EQ(waits, (std::vector<int64_t>{0, 1, 2, 4, 8, 16, 32, 60, 60, 60}));
}

TEST(FailurePacerTest, ManyFailuresDoNotOverflow) {
  FailurePacer pacer({}, 10);
  for (int i = 0; i < 200; ++i) pacer.RecordFailure("a", kStart);
  EXPECT_EQ(pacer.WaitFor("a", kStart), absl::Seconds(60));
}

TEST(FailurePacerTest, AClockThatIsPutBackMakesNobodyWait) {
  FailurePacer pacer({.free_failures = 0}, 10);
  pacer.RecordFailure("a", kStart);
  EXPECT_GT(pacer.WaitFor("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(pacer.WaitFor("a", kStart - absl::Hours(24)), absl::ZeroDuration());
  pacer.RecordFailure("a", kStart - absl::Hours(24));
  EXPECT_GT(pacer.WaitFor("a", kStart - absl::Hours(24)), absl::ZeroDuration());
}

TEST(FailurePacerTest, SuccessForgets) {
  FailurePacer pacer({.free_failures = 0}, 10);
  pacer.RecordFailure("a", kStart);
  EXPECT_GT(pacer.WaitFor("a", kStart), absl::ZeroDuration());
  pacer.RecordSuccess("a");
  pacer.RecordSuccess("never seen");
  EXPECT_EQ(pacer.WaitFor("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(pacer.size(), 0u);
}

TEST(FailurePacerTest, OldFailuresNoLongerCount) {
  FailurePacer pacer({.free_failures = 1, .memory = absl::Minutes(10)}, 10);
  pacer.RecordFailure("a", kStart);
  pacer.RecordFailure("a", kStart + absl::Minutes(10));
  EXPECT_EQ(pacer.WaitFor("a", kStart + absl::Minutes(10)), absl::Seconds(1));
  pacer.RecordFailure("a", kStart + absl::Minutes(21));
  EXPECT_EQ(pacer.WaitFor("a", kStart + absl::Minutes(21)), absl::ZeroDuration());
}

TEST(FailurePacerTest, TheKeyThatFailedLongestAgoGivesWay) {
  FailurePacer pacer({.free_failures = 0}, 3);
  pacer.RecordFailure("a", kStart);
  pacer.RecordFailure("b", kStart);
  pacer.RecordFailure("c", kStart);
  pacer.RecordFailure("a", kStart);
  pacer.RecordFailure("d", kStart);
  EXPECT_GT(pacer.WaitFor("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(pacer.WaitFor("b", kStart), absl::ZeroDuration());
  EXPECT_GT(pacer.WaitFor("c", kStart), absl::ZeroDuration());
  for (int i = 0; i < 1000; ++i) pacer.RecordFailure(absl::StrCat("x", i), kStart);
  EXPECT_EQ(pacer.size(), 3u);
  EXPECT_GT(pacer.WaitFor("x999", kStart), absl::ZeroDuration());
}

}  // namespace
}  // namespace cimd::fetch
