#include "server/watch/coalescer.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace cimd::watch {
namespace {

using Messages = std::vector<std::shared_ptr<const rpc::StreamMessage>>;

// Sends a message to `streams` streams, then waits for as long as the sending took. Returns the messages that the
// streams still hold.
Messages Send(Coalescer& pace, size_t streams) {
  auto message = std::make_shared<const rpc::StreamMessage>();
  const auto begin = Coalescer::Clock::now();
  pace.Begin();
  Messages held(streams, message);
  pace.Told(std::exchange(message, nullptr), streams);
  pace.End();
  const auto took = Coalescer::Clock::now() - begin;
  for (const auto end = Coalescer::Clock::now(); Coalescer::Clock::now() - end < took;) {
  }
  return held;
}

TEST(CoalescerTest, PausesUntilMostStreamsHaveSentTheMessage) {
  Coalescer pace(std::chrono::hours(1));
  EXPECT_FALSE(pace.IsResting());
  Messages held = Send(pace, 10);
  EXPECT_TRUE(pace.IsResting());
  held.resize(6);
  EXPECT_TRUE(pace.IsResting());
  held.resize(5);
  EXPECT_FALSE(pace.IsResting());
  held.clear();
  EXPECT_FALSE(pace.IsResting());
  held = Send(pace, 1);
  EXPECT_TRUE(pace.IsResting());
  held.clear();
  EXPECT_FALSE(pace.IsResting());
}

TEST(CoalescerTest, PausesForAsLongAsTheSendingTook) {
  Coalescer pace(std::chrono::hours(1));
  pace.Begin();
  const auto begin = Coalescer::Clock::now();
  constexpr auto kTook = std::chrono::milliseconds(20);
  while (Coalescer::Clock::now() - begin < kTook) {
  }
  const auto before_end = Coalescer::Clock::now();
  pace.End();
  while (pace.IsResting()) {
  }
  EXPECT_GE(Coalescer::Clock::now() - before_end, kTook);
}

TEST(CoalescerTest, WaitsForTheMessageWithTheMostStreams) {
  Coalescer pace(std::chrono::hours(1));
  pace.Begin();
  Messages many(10, std::make_shared<const rpc::StreamMessage>());
  Messages few(2, std::make_shared<const rpc::StreamMessage>());
  pace.Told(many.front(), many.size());
  pace.Told(few.front(), few.size());
  pace.End();
  EXPECT_TRUE(pace.IsResting());
  many.clear();
  while (pace.IsResting()) {
  }
}

TEST(CoalescerTest, PauseHasALongestDuration) {
  Coalescer none(std::chrono::nanoseconds(0));
  Messages held = Send(none, 10);
  EXPECT_FALSE(none.IsResting());

  Coalescer some(std::chrono::milliseconds(5));
  held = Send(some, 10);
  while (some.IsResting()) {
  }
}

}  // namespace
}  // namespace cimd::watch
