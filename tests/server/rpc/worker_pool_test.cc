#include "server/rpc/worker_pool.h"

#include <atomic>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace cimd::rpc {
namespace {

TEST(WorkerPoolTest, RunsEverySubmittedTask) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool(4, {.tasks = 1000});
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.Submit("a" + std::to_string(i % 3), 1, [&] { ++ran; }));
  }
  EXPECT_EQ(ran, 500);
}

// A pool whose only thread is busy until the test releases it.
class BusyPoolTest : public ::testing::Test {
 protected:
  void Start(WorkerPool::Room room) {
    pool_.emplace(1, room);
    absl::Notification started;
    ASSERT_TRUE(pool_->Submit("busy", 0, [this, &started] {
      started.Notify();
      let_go_.WaitForNotification();
    }));
    started.WaitForNotification();
  }
  bool Submit(const std::string& owner, size_t bytes = 1) {
    const int number = ++submitted_[owner];
    return pool_->Submit(owner, bytes, [this, owner, number] { ran_.push_back(owner + std::to_string(number)); });
  }
  // Returns the tasks that ran, in order.
  std::vector<std::string> Finish() {
    let_go_.Notify();
    pool_.reset();
    return ran_;
  }

  absl::Notification let_go_;
  std::optional<WorkerPool> pool_;
  std::map<std::string, int> submitted_;
  std::vector<std::string> ran_;
};

TEST_F(BusyPoolTest, OwnersTakeTurns) {
  Start({.tasks = 100});
  for (const char* owner : {"a", "a", "a", "a", "b", "b", "c"}) EXPECT_TRUE(Submit(owner));
  EXPECT_EQ(Finish(), (std::vector<std::string>{"a1", "b1", "c1", "a2", "b2", "a3", "a4"}));
}

TEST_F(BusyPoolTest, RefusesTasksBeyondItsRoom) {
  Start({.tasks = 4});
  EXPECT_TRUE(Submit("a"));
  EXPECT_TRUE(Submit("a"));
  EXPECT_FALSE(Submit("a")) << "half of the room is the most for one";
  EXPECT_TRUE(Submit("b"));
  EXPECT_TRUE(Submit("c"));
  EXPECT_FALSE(Submit("d"));
  EXPECT_EQ(Finish(), (std::vector<std::string>{"a1", "b1", "c1", "a2"}));
}

TEST_F(BusyPoolTest, RefusesTasksBeyondItsBytes) {
  Start({.tasks = 100, .bytes = 1000});
  EXPECT_TRUE(Submit("a", 999));
  EXPECT_TRUE(Submit("a", 5000)) << "one beyond them";
  EXPECT_FALSE(Submit("b", 1));
  EXPECT_EQ(Finish(), (std::vector<std::string>{"a1", "a2"}));
}

}  // namespace
}  // namespace cimd::rpc
