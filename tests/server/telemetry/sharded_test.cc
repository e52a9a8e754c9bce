#include "server/telemetry/sharded.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::telemetry {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kBounds[] = {absl::Milliseconds(1), absl::Milliseconds(10)};

TEST(ShardedTest, ObservationIsInTheFirstBucketThatHoldsIt) {
  DurationHistogram histogram(kBounds);
  histogram.Observe(absl::ZeroDuration());
  histogram.Observe(absl::Milliseconds(1));
  histogram.Observe(absl::Milliseconds(1) + absl::Nanoseconds(1));
  histogram.Observe(absl::Milliseconds(10), /*times=*/16);
  histogram.Observe(absl::Seconds(1));
  const DurationHistogram::State state = histogram.Read();
  EXPECT_THAT(state.counts, ElementsAre(2, 17, 1));
  EXPECT_EQ(state.count, 20);
  EXPECT_EQ(state.sum, absl::Seconds(1) + absl::Milliseconds(162) + absl::Nanoseconds(1));
}

TEST(ShardedTest, ClockThatIsSetBackSubtractsNothing) {
  DurationHistogram histogram(kBounds);
  histogram.Observe(-absl::Seconds(5));
  EXPECT_THAT(histogram.Read().counts, ElementsAre(1, 0, 0));
  EXPECT_EQ(histogram.Read().sum, absl::ZeroDuration());
}

TEST(ShardedTest, ThreadsLoseNothing) {
  constexpr int kThreads = 20;
  constexpr int kTimes = 5000;
  Counter counter;
  DurationHistogram histogram(kBounds);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kTimes; ++j) {
        counter.Add();
        histogram.Observe(absl::Milliseconds(2));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.Value(), kThreads * kTimes);
  EXPECT_EQ(histogram.Read().count, kThreads * kTimes);
  EXPECT_EQ(histogram.Read().sum, kThreads * kTimes * absl::Milliseconds(2));
}

}  // namespace
}  // namespace cimd::telemetry
