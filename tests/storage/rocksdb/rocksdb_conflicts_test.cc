#include "storage/rocksdb/rocksdb_conflicts.h"

#include <atomic>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace cimd::storage {
namespace {

constexpr int64_t kPlenty = 1 << 20;

TEST(ConflictIndexTest, StagedKeysCountUntilTheyAreDiscarded) {
  ConflictIndex index(kPlenty);
  index.Stage("a", 5);
  EXPECT_TRUE(index.Conflicts({{"a"}, {}}, 4));
  EXPECT_FALSE(index.Conflicts({{"b"}, {}}, 4));
  index.Discard();
  EXPECT_FALSE(index.Conflicts({{"a"}, {}}, 4));
}

TEST(ConflictIndexTest, ADiscardedGroupHidesNoOlderCommit) {
  ConflictIndex index(kPlenty);
  index.Stage("a", 5);
  index.Publish();
  index.Stage("a", 6);
  index.Discard();
  EXPECT_TRUE(index.Conflicts({{"a"}, {}}, 4));
  EXPECT_FALSE(index.Conflicts({{"a"}, {}}, 5));
}

TEST(ConflictIndexTest, TheLastCommitOfAKeyCounts) {
  ConflictIndex index(kPlenty);
  for (Revision revision : {5, 6, 7}) {
    index.Stage("a", revision);
    index.Publish();
  }
  EXPECT_TRUE(index.Conflicts({{"a"}, {}}, 6));
  EXPECT_FALSE(index.Conflicts({{"a"}, {}}, 7));
  index.Prune(6);
  EXPECT_TRUE(index.Conflicts({{"a"}, {}}, 6));
  index.Prune(7);
  EXPECT_FALSE(index.Conflicts({{"a"}, {}}, 7));
}

TEST(ConflictIndexTest, RangesAreHalfOpen) {
  ConflictIndex index(kPlenty);
  index.Stage("m", 5);
  index.Publish();
  EXPECT_TRUE(index.Conflicts({{}, {{"m", "n"}}}, 4));
  EXPECT_TRUE(index.Conflicts({{}, {{"a", ""}}}, 4));
  EXPECT_TRUE(index.Conflicts({{}, {{"a", "b"}, {"", "z"}}}, 4));
  EXPECT_FALSE(index.Conflicts({{}, {{"a", "m"}}}, 4));
  EXPECT_FALSE(index.Conflicts({{}, {{"n", ""}}}, 4));
  EXPECT_FALSE(index.Conflicts({{}, {{"m", "n"}}}, 5));
}

TEST(ConflictIndexTest, ATransactionOlderThanTheMemoryConflicts) {
  ConflictIndex index(1000);
  for (Revision revision = 1; revision <= 100; ++revision) {
    index.Stage("key" + std::to_string(revision), revision);
    index.Publish();
    index.Prune(0);
  }
  EXPECT_TRUE(index.Conflicts({{"unrelated"}, {}}, 0));
  EXPECT_FALSE(index.Conflicts({{"unrelated"}, {}}, 99));
  EXPECT_TRUE(index.Conflicts({{"key100"}, {}}, 99));
  EXPECT_FALSE(index.Conflicts({}, 0)) << "without reads there is nothing to conflict with";
}

TEST(LiveTransactionsTest, TheOldestIsTheOldestThatIsStillThere) {
  LiveTransactions live;
  std::atomic<Revision> published = 3;
  EXPECT_EQ(live.Oldest(published), 3);
  {
    LiveTransactions::Entry first = live.Enter(published);
    published = 5;
    LiveTransactions::Entry second = live.Enter(published);
    published = 9;
    EXPECT_EQ(live.Oldest(published), 3);
  }
  EXPECT_EQ(live.Oldest(published), 9);
}

}  // namespace
}  // namespace cimd::storage
