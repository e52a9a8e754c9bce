#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
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
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/eventually.h"
#include "tests/testing/small_disk.h"
#include "tests/testing/status_matchers.h"

// A disk that fills up and is freed again. It is a small file system in this process's mount namespace.
namespace cimd::storage {
namespace {

using ::cimd::testing::StatusIs;

// A reserve that is always available, so that the engine itself runs out of space.
constexpr int64_t kNoCheck = -(int64_t{1} << 40);

class RocksDbFullDiskTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { may_mount_ = cimd::testing::EnterMountNamespace(); }

  void SetUp() override {
    if (may_mount_) disk_.emplace(directory_.parent(), "48m");
    if (!may_mount_ || !disk_->mounted()) GTEST_SKIP() << "not allowed to mount a small disk";
  }
  void TearDown() override {
    store_.reset();
    disk_.reset();
  }

  void Open(int64_t reserved_bytes) {
    RocksDbOptions options = directory_.Options();
    options.reserved_disk_bytes = reserved_bytes;
    // Small, so that files are written and deleted all the time.
    options.history_bytes = 2 << 20;
    options.on_writes_stopped = [this] { ++stopped_; };
    CIMD_ASSERT_OK_AND_ASSIGN(store_, OpenRocksDbStore(std::move(options)));
  }

  std::string Noise() {
    std::string noise(20'000, '\0');
    for (char& byte : noise) byte = static_cast<char>(random_());
    return noise;
  }

  // Writes a new value to the next of 50 keys, so that the data does not grow. Records the acknowledged values.
  absl::StatusCode Commit() {
    Value& expected = values_["key" + std::to_string(++commits_ % 50)];
    const std::string value = Noise();
    absl::StatusOr<Revision> revision = Put(*store_, "key" + std::to_string(commits_ % 50), value);
    if (revision.ok()) {
      EXPECT_GT(*revision, last_);
      last_ = *revision;
      expected.promised = value;
    } else if (absl::IsUnknown(revision.status())) {
      expected.in_doubt = value;
      ++in_doubt_;
    }
    return revision.status().code();
  }

  // Commits until a commit fails. Returns its status code.
  absl::StatusCode CommitUntilAnError() {
    absl::StatusCode code = absl::StatusCode::kOk;
    for (int i = 0; i < 4000 && code == absl::StatusCode::kOk; ++i) code = Commit();
    return code;
  }

  // The engine may use more space until its compaction has finished.
  absl::StatusCode CommitOnceThereIsSpace() {
    absl::StatusCode code;
    EXPECT_TRUE(testing::Eventually(
        [&] {
          code = Commit();
          return code != absl::StatusCode::kResourceExhausted;
        },
        "there is space for a commit"));
    return code;
  }

  void ExpectPromisesKept() {
    for (const auto& [key, value] : values_) EXPECT_TRUE(Get(*store_, key).value_or("") == value.promised) << key;
  }

  // A restart decides the outcome of commits whose outcome was unknown.
  void TakeNoteOfRestart() {
    for (auto& [key, value] : values_) {
      if (!value.in_doubt.empty() && Get(*store_, key).value_or("") == value.in_doubt) value.promised = value.in_doubt;
      value.in_doubt.clear();
    }
    EXPECT_GE(store_->CurrentRevision(), last_);
    last_ = store_->CurrentRevision();
  }

  inline static bool may_mount_ = false;

  StoreDirectory directory_;
  std::optional<cimd::testing::SmallDisk> disk_;
  std::unique_ptr<Store> store_;
  std::minstd_rand random_;
  int commits_ = 0;
  int in_doubt_ = 0;
  std::atomic<int> stopped_ = 0;
  Revision last_ = 0;
  struct Value {
    std::string promised;
    std::string in_doubt;
  };
  std::map<std::string, Value> values_;
};

TEST_F(RocksDbFullDiskTest, CommitsAreRefusedWhileSpaceIsShortAndWorkAgainAfterwards) {
  constexpr size_t kReserved = 16 << 20;
  Open(kReserved);
  for (int round = 0; round < 5; ++round) {
    SCOPED_TRACE(round);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
    disk_->Fill(kReserved + (static_cast<size_t>(round) << 20));
    EXPECT_EQ(CommitUntilAnError(), absl::StatusCode::kResourceExhausted);
    // Fill the space that the engine has freed in the meantime.
    disk_->Fill(kReserved / 4 * 3);
    EXPECT_EQ(Commit(), absl::StatusCode::kResourceExhausted);
    ExpectPromisesKept();
    EXPECT_EQ(store_->CurrentRevision(), last_);
    disk_->Free();
    EXPECT_EQ(CommitOnceThereIsSpace(), absl::StatusCode::kOk);
  }
  EXPECT_EQ(in_doubt_, 0);
  EXPECT_EQ(stopped_, 0);
}

TEST_F(RocksDbFullDiskTest, ACopyThatFindsNoSpaceHarmsNothing) {
  constexpr size_t kReserved = 16 << 20;
  Open(kReserved);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  disk_->Fill(kReserved);
  const std::string copy = directory_.parent() + "/copy";
  EXPECT_THAT(store_->CopyTo(copy), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(std::filesystem::exists(copy));
  disk_->Free();
  EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  CIMD_EXPECT_OK(store_->CopyTo(copy));
  ExpectPromisesKept();
  EXPECT_EQ(stopped_, 0);
}

TEST_F(RocksDbFullDiskTest, AnEngineThatFailedKeepsItsPromisesAndWritesAgainAfterARestart) {
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    Open(kNoCheck);
    TakeNoteOfRestart();
    ExpectPromisesKept();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
    disk_->Fill(static_cast<size_t>(round) * 300'000);
    EXPECT_THAT(CommitUntilAnError(), ::testing::AnyOf(absl::StatusCode::kUnknown, absl::StatusCode::kUnavailable));
    disk_->Free();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(stopped_, round + 1) << "told once each time";
    EXPECT_EQ(store_->CurrentRevision(), last_);
    ExpectPromisesKept();
    store_.reset();
  }
  EXPECT_GT(in_doubt_, 0);
}

TEST_F(RocksDbFullDiskTest, AStoreOpensForReadsOnAFullDiskAndForWritesOnceThereIsSpace) {
  Open(kNoCheck);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    store_.reset();
    disk_->Fill(0);
    stopped_ = 0;
    Open(kNoCheck);
    EXPECT_EQ(stopped_, 1);
    EXPECT_EQ(store_->CurrentRevision(), last_);
    ExpectPromisesKept();
    const StoreStatistics statistics = store_->Statistics();
    EXPECT_TRUE(statistics.failed);
    EXPECT_FALSE(statistics.writable);
    EXPECT_EQ(Commit(), absl::StatusCode::kUnavailable);
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store_->TakeSnapshot());
    EXPECT_EQ(snapshot->revision(), last_);
    int entries = 0;
    CIMD_EXPECT_OK(snapshot->Scan({}, 0, [&](auto...) { return ++entries > 0; }));
    EXPECT_EQ(entries, std::count_if(values_.begin(), values_.end(),
                                     [](const auto& value) { return !value.second.promised.empty(); }));
    snapshot.reset();
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Watch> watch, store_->WatchChanges("", last_ - 1));
    CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch batch, watch->Next(absl::ZeroDuration()));
    EXPECT_EQ(batch.revision, last_);
    watch.reset();
    EXPECT_THAT(store_->CopyTo(directory_.parent() + "/copy"), StatusIs(absl::StatusCode::kUnavailable));
    disk_->Free();
    store_.reset();
    Open(kNoCheck);
    ExpectPromisesKept();
    EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  }
}

TEST_F(RocksDbFullDiskTest, ANewStoreNeedsSpace) {
  disk_->Fill(0);
  EXPECT_THAT(directory_.Open(), ::testing::AnyOf(StatusIs(absl::StatusCode::kResourceExhausted),
                                                  StatusIs(absl::StatusCode::kUnavailable)));
}

}  // namespace
}  // namespace cimd::storage
