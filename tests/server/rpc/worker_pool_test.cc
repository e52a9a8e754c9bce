#include "server/rpc/worker_pool.h"

#include <atomic>
#include <optional>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace cimd::rpc {
namespace {

TEST(WorkerPoolTest, RunsEverythingThatItTook) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool(4, 1000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.Submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 500);
}

TEST(WorkerPoolTest, RefusesWhatDoesNotFit) {
  absl::Notification release;
  absl::BlockingCounter started(2);
  std::optional<WorkerPool> pool(std::in_place, 2, 3);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(pool->Submit([&] {
      started.DecrementCount();
      release.WaitForNotification();
    }));
  }
  started.Wait();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool->Submit([] {}));
  EXPECT_FALSE(pool->Submit([] {}));
  release.Notify();
  pool.reset();
}

}  // namespace
}  // namespace cimd::rpc
