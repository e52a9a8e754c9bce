#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "tests/conformance/store_conformance.h"
#include "tests/testing/status_matchers.h"

// The change feed.
namespace cimd::storage {
namespace {

using ::cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Returns bytes that do not compress, to fill the store's history.
std::string Noise(size_t size) {
  static std::minstd_rand random(1);
  std::string noise(size, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

TEST_P(StoreConformance, AWatchTellsHistoryThenWhatHappens) {
  Put("a", "1");
  Put("b", "2");
  std::unique_ptr<Watch> watch = WatchFrom("", 0);
  EXPECT_THAT(ToldUntil(*watch, 2), ElementsAre("1: a=1", "2: b=2"));
  Delete("a");
  Put("c", "4");
  EXPECT_THAT(ToldUntil(*watch, 4), ElementsAre("3: a-", "4: c=4"));
}

TEST_P(StoreConformance, AWatchResumesAfterAnyRevision) {
  for (int i = 1; i <= 5; ++i) Put("a", std::to_string(i));
  EXPECT_THAT(ToldUntil(*WatchFrom("", 3), 5), ElementsAre("4: a=4", "5: a=5"));
  EXPECT_THAT(ToldUntil(*WatchFrom("", 5), 5), IsEmpty());
  Reopen();
  EXPECT_THAT(ToldUntil(*WatchFrom("", 2), 5), ElementsAre("3: a=3", "4: a=4", "5: a=5"));
  std::unique_ptr<Watch> watch = WatchFrom("", 4);
  Put("b", "6");
  EXPECT_THAT(ToldUntil(*watch, 6), ElementsAre("5: a=5", "6: b=6"));
}

TEST_P(StoreConformance, AWatchTellsOnlyItsPrefix) {
  std::unique_ptr<Watch> live = WatchFrom("b/", 0);
  EXPECT_THAT(ToldUntil(*live, 0), IsEmpty());
  Put("b", "no");
  Put("b/1", "yes");
  Put("b0", "no");
  Put("c/1", "no");
  std::unique_ptr<Transaction> both = Begin();
  both->Put("a/2", "no");
  both->Put("b/2", "yes");
  CIMD_ASSERT_OK(store().Commit(std::move(both)));
  Put("d", "no");
  EXPECT_THAT(ToldUntil(*live, 6), ElementsAre("2: b/1=yes", "5: b/2=yes"));
  EXPECT_THAT(ToldUntil(*WatchFrom("b/", 0), 6), ElementsAre("2: b/1=yes", "5: b/2=yes"));
}

TEST_P(StoreConformance, ABatchHoldsTheWholeCommitInTheOrderOfWrites) {
  auto commit = [&] {
    std::unique_ptr<Transaction> transaction = Begin();
    transaction->Put("z", "1");
    transaction->Put("a", "first");
    transaction->Delete("m");
    transaction->Put("a", "last");
    transaction->Append("log/", "entry");
    return store().Commit(std::move(transaction));
  };
  using namespace std::string_literals;
  std::unique_ptr<Watch> live = WatchFrom("", 0);
  EXPECT_THAT(ToldUntil(*live, 0), IsEmpty());
  CIMD_ASSERT_OK_AND_ASSIGN(Revision revision, commit());
  const std::string expected = "1: z=1 a=last m- log/\0\0\0\0\0\0\0\1\0\0\0\0=entry"s;
  EXPECT_THAT(ToldUntil(*live, revision), ElementsAre(expected));
  EXPECT_THAT(ToldUntil(*WatchFrom("", 0), revision), ElementsAre(expected));
}

TEST_P(StoreConformance, WhenNothingHappensTheWatchTellsACheckpoint) {
  Put("a/1", "1");
  Put("b/1", "1");
  std::unique_ptr<Watch> watch = WatchFrom("b/", 0);
  EXPECT_THAT(ToldUntil(*watch, 2), ElementsAre("2: b/1=1"));
  Put("a/2", "1");
  CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch checkpoint, watch->Next(absl::ZeroDuration()));
  EXPECT_EQ(checkpoint.revision, 3);
  EXPECT_THAT(checkpoint.changes, IsEmpty());
  CIMD_ASSERT_OK_AND_ASSIGN(checkpoint, watch->Next(absl::ZeroDuration()));
  EXPECT_EQ(checkpoint.revision, 3);
  CIMD_ASSERT_OK_AND_ASSIGN(checkpoint, watch->Next(-absl::InfiniteDuration()));
  EXPECT_EQ(checkpoint.revision, 3);
}

TEST_P(StoreConformance, ANextThatWaitsIsWokenByACommit) {
  std::unique_ptr<Watch> watch = WatchFrom("a", 0);
  std::thread writer([&] { Put("a", "1"); });
  CIMD_EXPECT_OK(watch->Next(absl::InfiniteDuration())) << "nothing but the commit can end this wait";
  writer.join();
}

TEST_P(StoreConformance, CancelEndsAWatchForGood) {
  std::unique_ptr<Watch> waiting = WatchFrom("", 0);
  std::thread canceller([&] { waiting->Cancel(); });
  EXPECT_THAT(waiting->Next(absl::InfiniteDuration()), StatusIs(absl::StatusCode::kCancelled));
  canceller.join();
  EXPECT_THAT(waiting->Next(absl::ZeroDuration()), StatusIs(absl::StatusCode::kCancelled));

  Put("a", "1");
  std::unique_ptr<Watch> in_history = WatchFrom("", 0);
  in_history->Cancel();
  EXPECT_THAT(in_history->Next(absl::ZeroDuration()), StatusIs(absl::StatusCode::kCancelled));
  Put("a", "2");
}

TEST_P(StoreConformance, ASlowWatchIsCutOffAndResumes) {
  StoreLimits limits;
  limits.max_watch_backlog_bytes = 4096;
  OpenWith(limits);
  Put("a/0", "before");
  std::unique_ptr<Watch> slow = WatchFrom("a/", 0);
  std::unique_ptr<Watch> elsewhere = WatchFrom("b/", 0);
  EXPECT_THAT(ToldUntil(*slow, 1), ElementsAre("1: a/0=before"));
  // A checkpoint proves that the watch has left the history and reads from its queue.
  CIMD_ASSERT_OK(slow->Next(absl::ZeroDuration()));
  CIMD_ASSERT_OK(elsewhere->Next(absl::ZeroDuration()));
  Revision last = 1;
  for (int i = 0; i < 10; ++i) last = Put("a/" + std::to_string(i), std::string(1000, 'v'));
  absl::StatusOr<ChangeBatch> next = slow->Next(absl::ZeroDuration());
  Revision told = 1;
  while (next.ok()) {
    told = next->revision;
    next = slow->Next(absl::ZeroDuration());
  }
  EXPECT_THAT(next, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(slow->Next(absl::ZeroDuration()), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ToldUntil(*WatchFrom("a/", told), last).size(), static_cast<size_t>(last - told));
  EXPECT_THAT(ToldUntil(*elsewhere, last), IsEmpty()) << "a watch is not charged for changes of other prefixes";
}

TEST_P(StoreConformance, ACommitThatIsLargerThanTheBacklogIsToldToAWatchThatKeepsUp) {
  StoreLimits limits;
  limits.max_watch_backlog_bytes = 1000;
  OpenWith(limits);
  std::unique_ptr<Watch> watch = WatchFrom("", 0);
  CIMD_ASSERT_OK(watch->Next(absl::ZeroDuration()));
  for (int i = 1; i <= 3; ++i) {
    Put("a", std::string(5000, 'v'));
    EXPECT_EQ(ToldUntil(*watch, i).size(), 1u);
  }
}

TEST_P(StoreConformance, ARevisionThatTheStoreDoesNotHaveIsRefused) {
  Put("a", "1");
  EXPECT_THAT(store().WatchChanges("", 2), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(store().WatchChanges("", -1), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(StoreConformance, HistoryThatIsGoneIsSaidToBeGone) {
  StoreLimits limits;
  limits.history_bytes = 256 << 10;
  OpenWith(limits);
  std::unique_ptr<Watch> late = WatchFrom("", 0);
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  absl::StatusCode code = absl::StatusCode::kOk;
  Revision last = 0;
  while (code == absl::StatusCode::kOk) {
    ASSERT_LT(absl::Now(), deadline) << "history is never dropped";
    last = Put("a", Noise(30 << 10));
    code = store().WatchChanges("", 0).status().code();
  }
  EXPECT_EQ(code, absl::StatusCode::kOutOfRange);
  EXPECT_THAT(late->Next(absl::ZeroDuration()), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(late->Next(absl::ZeroDuration()), StatusIs(absl::StatusCode::kOutOfRange));
  // The remaining history must be reported without gaps.
  std::unique_ptr<Watch> watch = WatchFrom("", last - 1);
  EXPECT_EQ(ToldUntil(*watch, last).size(), 1u);
  Put("b", "2");
  EXPECT_EQ(ToldUntil(*watch, last + 1).size(), 1u);
  Reopen();
  EXPECT_THAT(store().WatchChanges("", 0), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(ToldUntil(*WatchFrom("", last), last + 1), ElementsAre(std::to_string(last + 1) + ": b=2"));
}

// Watches that start at any moment in a busy store, and are slow at first, must see every commit exactly once.
TEST_P(StoreConformance, HistoryAndLiveMeetWithoutGapsOrDuplicates) {
  constexpr Revision kCommits = 120;
  constexpr int kWatchers = 4;
  store();
  std::vector<std::thread> threads;
  for (int w = 0; w < 2; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kCommits / 2; ++i) Put(std::to_string(w), std::to_string(i));
    });
  }
  for (int i = 0; i < kWatchers; ++i) {
    threads.emplace_back([&] {
      for (Revision after = 0; after < kCommits; after = std::min(kCommits, after + 10)) {
        std::unique_ptr<Watch> watch = WatchFrom("", std::min(after, store().CurrentRevision()));
        const Revision start = std::min(after, store().CurrentRevision());
        Revision told = -1;
        const absl::Time deadline = absl::Now() + absl::Seconds(20);
        while (told < std::min(kCommits, start + 30)) {
          ASSERT_LT(absl::Now(), deadline);
          CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch batch, watch->Next(absl::Milliseconds(5)));
          if (!batch.changes.empty() && told >= 0) {
            ASSERT_EQ(batch.revision, told + 1);
          }
          if (!batch.changes.empty()) told = batch.revision;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store().CurrentRevision(), kCommits);
}

}  // namespace
}  // namespace cimd::storage
