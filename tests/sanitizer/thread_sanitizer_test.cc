#include <functional>
#include <thread>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

// That the thread sanitizer, as the tests are built with it, reports what is a race and nothing else. A report makes
// the process that it is about end with the sanitizer's exit status.
namespace cimd {
namespace {

constexpr int kRounds = 1000;

void OnTwoThreads(const std::function<void()>& work) {
  std::thread other(work);
  work();
  other.join();
}

TEST(ThreadSanitizerDeathTest, ReportsARace) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        int count = 0;
        OnTwoThreads([&] {
          for (int i = 0; i < kRounds; ++i) ++count;
        });
        std::exit(0);
      },
      ::testing::ExitedWithCode(66), "WARNING: ThreadSanitizer: data race");
}

TEST(ThreadSanitizerDeathTest, ReportsARaceBesideALockThatIsAnothers) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        int count = 0;
        OnTwoThreads([&] {
          absl::Mutex mine;
          for (int i = 0; i < kRounds; ++i) {
            absl::MutexLock lock(&mine);
            ++count;
          }
        });
        std::exit(0);
      },
      ::testing::ExitedWithCode(66), "WARNING: ThreadSanitizer: data race");
}

TEST(ThreadSanitizerTest, KnowsThatAMutexGuards) {
  absl::Mutex mutex;
  int count = 0;
  OnTwoThreads([&] {
    for (int i = 0; i < kRounds; ++i) {
      absl::MutexLock lock(&mutex);
      ++count;
    }
  });
  EXPECT_EQ(count, 2 * kRounds);
}

TEST(ThreadSanitizerTest, KnowsReadersAndTrials) {
  absl::Mutex mutex;
  int count = 0;
  int seen = 0;
  OnTwoThreads([&] {
    for (int i = 0; i < kRounds; ++i) {
      {
        absl::ReaderMutexLock lock(&mutex);
        if (count < 0) ADD_FAILURE();
      }
      if (mutex.ReaderTryLock()) {
        if (count < 0) ADD_FAILURE();
        mutex.ReaderUnlock();
      }
      if (mutex.TryLock()) {
        ++seen;
        mutex.Unlock();
      }
      absl::MutexLock lock(&mutex);
      ++count;
    }
  });
  EXPECT_EQ(count, 2 * kRounds);
  EXPECT_LE(seen, 2 * kRounds);
}

// Abseil evaluates the condition of a thread that waits on whichever thread unlocks.
TEST(ThreadSanitizerTest, KnowsConditions) {
  absl::Mutex mutex;
  int turn = 0;
  const auto take_turns = [&](int own) {
    for (int i = 0; i < kRounds; ++i) {
      const auto is_ours = [&] { return turn % 2 == own; };
      absl::MutexLock lock(&mutex, absl::Condition(&is_ours));
      ++turn;
      const auto is_theirs = [&] { return turn % 2 != own; };
      mutex.Await(absl::Condition(&is_theirs));
      const auto never = [&] { return turn < 0; };
      EXPECT_FALSE(mutex.AwaitWithTimeout(absl::Condition(&never), absl::ZeroDuration()));
    }
  };
  std::thread other(take_turns, 1);
  take_turns(0);
  other.join();
  EXPECT_EQ(turn, 2 * kRounds);
}

TEST(ThreadSanitizerTest, KnowsConditionVariables) {
  absl::Mutex mutex;
  absl::CondVar changed;
  int count = 0;
  std::thread other([&] {
    absl::MutexLock lock(&mutex);
    while (count < kRounds) changed.WaitWithTimeout(&mutex, absl::Seconds(1));
    count = -1;
    changed.SignalAll();
  });
  for (int i = 0; i < kRounds; ++i) {
    absl::MutexLock lock(&mutex);
    ++count;
    changed.Signal();
  }
  {
    absl::MutexLock lock(&mutex);
    while (count >= 0) changed.Wait(&mutex);
  }
  other.join();
}

TEST(ThreadSanitizerTest, KnowsNotificationsAndCounters) {
  for (int i = 0; i < kRounds / 10; ++i) {
    int value = 0;
    absl::Notification notification;
    absl::BlockingCounter counter(2);
    int values[2] = {};
    std::thread first([&] {
      value = 1;
      notification.Notify();
      values[0] = 1;
      counter.DecrementCount();
    });
    std::thread second([&] {
      notification.WaitForNotification();
      EXPECT_EQ(value, 1);
      values[1] = 1;
      counter.DecrementCount();
    });
    counter.Wait();
    EXPECT_EQ(values[0] + values[1], 2);
    first.join();
    second.join();
  }
}

}  // namespace
}  // namespace cimd
