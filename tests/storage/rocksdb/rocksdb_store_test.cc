#include "storage/rocksdb/rocksdb_store.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

using ::cimd::testing::StatusIs;

TEST(RocksDbStoreTest, ConcurrentCommitsShareALogWrite) {
  constexpr int kThreads = 64;
  constexpr int kCommits = 8;
  std::atomic<int> groups = 0;
  std::atomic<int> commits = 0;
  std::atomic<int64_t> bytes = 0;
  StoreDirectory directory;
  RocksDbOptions options = directory.Options();
  options.on_commit_group = [&](const CommitGroupStats& stats) {
    EXPECT_GT(stats.sync_duration, absl::ZeroDuration());
    ++groups;
    commits += stats.commits;
    bytes += stats.bytes;
  };
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(std::move(options)));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCommits; ++i) {
        CIMD_EXPECT_OK(Put(*store, std::to_string(t) + "/" + std::to_string(i), std::string(100, 'v')));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(commits, kThreads * kCommits);
  EXPECT_EQ(store->CurrentRevision(), kThreads * kCommits);
  EXPECT_GT(bytes, kThreads * kCommits * 100);
  std::cout << commits << " commits in " << groups << " groups" << std::endl;
  EXPECT_LT(groups, commits / 2);
}

TEST(RocksDbStoreTest, OperationsAreTimedAndReadsOneForMany) {
  std::array<int, kStoreOperations> counts{};
  StoreDirectory directory;
  RocksDbOptions options = directory.Options();
  options.on_operation = [&](const OperationTiming& timing) {
    EXPECT_GE(timing.duration, absl::ZeroDuration());
    counts[static_cast<size_t>(timing.operation)] += timing.stands_for;
  };
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(std::move(options)));
  CIMD_ASSERT_OK(Put(*store, "a", "value"));
  const std::array<int, kStoreOperations> before = counts;
  for (int i = 0; i < 10 * kTimedReadInterval; ++i) {
    CIMD_ASSERT_OK(store->Read("a", [](std::string_view, Revision) { return absl::OkStatus(); }));
  }
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store->TakeSnapshot());
  CIMD_ASSERT_OK(snapshot->Scan({}, 0, [](std::string_view, std::string_view, Revision) { return true; }));
  CIMD_ASSERT_OK(Put(*store, "a", "another value"));
  EXPECT_EQ(counts[static_cast<size_t>(StoreOperation::kRead)] - before[0], 10 * kTimedReadInterval);
  EXPECT_EQ(counts[static_cast<size_t>(StoreOperation::kScan)] - before[1], 1);
  EXPECT_EQ(counts[static_cast<size_t>(StoreOperation::kCommit)] - before[2], 1);
}

TEST(RocksDbStoreTest, StatisticsTellOfTheDisk) {
  StoreDirectory directory;
  RocksDbOptions options = directory.Options();
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(std::move(options)));
  const StoreStatistics empty = store->Statistics();
  EXPECT_TRUE(empty.writable);
  EXPECT_FALSE(empty.failed);
  ASSERT_TRUE(empty.free_bytes.has_value());
  EXPECT_GT(*empty.free_bytes, 0);
  for (int i = 0; i < 10; ++i) CIMD_ASSERT_OK(Put(*store, std::to_string(i), std::string(100'000, 'v')));
  EXPECT_GT(store->Statistics().used_bytes, empty.used_bytes + 1'000'000);
}

TEST(RocksDbStoreTest, WithoutSpaceItIsNotWritable) {
  StoreDirectory directory;
  RocksDbOptions options = directory.Options();
  CIMD_ASSERT_OK(directory.Open());
  options.reserved_disk_bytes = int64_t{1} << 60;
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(std::move(options)));
  EXPECT_FALSE(store->Statistics().writable);
  EXPECT_FALSE(store->Statistics().failed);
  EXPECT_THAT(Put(*store, "a", "b"), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(RocksDbStoreTest, HistoryIsDroppedByAge) {
  StoreDirectory directory;
  RocksDbOptions options = directory.Options();
  options.history_age = absl::Seconds(1);
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(std::move(options)));
  std::minstd_rand random;
  std::string noise(500'000, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  const absl::Time start = absl::Now();
  absl::Status oldest = absl::OkStatus();
  Revision last = 0;
  while (oldest.ok()) {
    ASSERT_LT(absl::Now(), start + absl::Seconds(60)) << "history is never dropped";
    CIMD_ASSERT_OK_AND_ASSIGN(last, Put(*store, "a", noise));
    oldest = store->WatchChanges("", 0).status();
  }
  EXPECT_THAT(oldest, StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_GT(absl::Now(), start + absl::Seconds(1));
  CIMD_EXPECT_OK(store->WatchChanges("", last - 1));
}

}  // namespace
}  // namespace cimd::storage
