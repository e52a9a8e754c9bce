#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/rocksdb_store.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

// A disk that fills up and is freed again: a small file system of this process's own.
namespace cimd::storage {
namespace {

using ::cimd::testing::StatusIs;

// A reserve that every disk has, so that the engine itself meets the end of the space.
constexpr int64_t kNoCheck = -(int64_t{1} << 40);

void WriteFile(const std::string& name, const std::string& text) { std::ofstream(name) << text; }

// Moves this process, which must not have other threads yet, to where its mounts are seen by nobody else. False where
// the system does not let us.
bool EnterMountNamespace() {
  const std::string uid = std::to_string(getuid()), gid = std::to_string(getgid());
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    WriteFile("/proc/self/setgroups", "deny");
    WriteFile("/proc/self/uid_map", "0 " + uid + " 1");
    WriteFile("/proc/self/gid_map", "0 " + gid + " 1");
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

class RocksDbFullDiskTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { may_mount_ = EnterMountNamespace(); }

  void SetUp() override {
    if (!may_mount_ || mount("disk", directory_.parent().c_str(), "tmpfs", 0, "size=48m,mode=0755") != 0) {
      GTEST_SKIP() << "not allowed to mount a small disk";
    }
  }
  void TearDown() override {
    store_.reset();
    umount2(directory_.parent().c_str(), MNT_DETACH);
  }

  void Open(int64_t reserved_bytes) {
    RocksDbOptions options = directory_.Options();
    options.reserved_disk_bytes = reserved_bytes;
    // So that files are written and dropped all the time.
    options.history_bytes = 2 << 20;
    CIMD_ASSERT_OK_AND_ASSIGN(store_, OpenRocksDbStore(std::move(options)));
  }

  // Takes all space but `free_bytes`.
  void FillDisk(size_t free_bytes) {
    const int file = open(ballast_.c_str(), O_CREAT | O_WRONLY, 0600);
    const std::string block(4096, 'x');
    while (write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size())) {
    }
    const off_t size = lseek(file, 0, SEEK_END);
    EXPECT_EQ(ftruncate(file, std::max<off_t>(0, size - static_cast<off_t>(free_bytes))), 0);
    close(file);
  }
  void FreeDisk() { unlink(ballast_.c_str()); }

  std::string Noise() {
    std::string noise(20'000, '\0');
    for (char& byte : noise) byte = static_cast<char>(random_());
    return noise;
  }

  // Writes a new value to the next of a few keys, so that the data does not grow; notes what the store has promised.
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

  // Commits until one fails, and returns how.
  absl::StatusCode CommitUntilAnError() {
    absl::StatusCode code = absl::StatusCode::kOk;
    for (int i = 0; i < 4000 && code == absl::StatusCode::kOk; ++i) code = Commit();
    return code;
  }

  void ExpectPromisesKept() {
    for (const auto& [key, value] : values_) EXPECT_TRUE(Get(*store_, key).value_or("") == value.promised) << key;
  }

  // A restart decides what was in doubt.
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
  const std::string ballast_ = directory_.parent() + "/ballast";
  std::unique_ptr<Store> store_;
  std::minstd_rand random_;
  int commits_ = 0;
  int in_doubt_ = 0;
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
    FillDisk(kReserved + (static_cast<size_t>(round) << 20));
    EXPECT_EQ(CommitUntilAnError(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(Commit(), absl::StatusCode::kResourceExhausted);
    ExpectPromisesKept();
    EXPECT_EQ(store_->CurrentRevision(), last_);
    FreeDisk();
    EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  }
  EXPECT_EQ(in_doubt_, 0);
}

TEST_F(RocksDbFullDiskTest, AnEngineThatFailedKeepsItsPromisesAndWritesAgainAfterARestart) {
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    Open(kNoCheck);
    TakeNoteOfRestart();
    ExpectPromisesKept();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
    FillDisk(static_cast<size_t>(round) * 300'000);
    EXPECT_THAT(CommitUntilAnError(), ::testing::AnyOf(absl::StatusCode::kUnknown, absl::StatusCode::kUnavailable));
    FreeDisk();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(store_->CurrentRevision(), last_);
    ExpectPromisesKept();
    store_.reset();
  }
  EXPECT_GT(in_doubt_, 0);
}

TEST_F(RocksDbFullDiskTest, OpeningOnAFullDiskIsAnErrorAndLosesNothing) {
  Open(kNoCheck);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  store_.reset();
  FillDisk(0);
  EXPECT_THAT(directory_.Open(), StatusIs(absl::StatusCode::kResourceExhausted));
  FreeDisk();
  Open(kNoCheck);
  ExpectPromisesKept();
}

}  // namespace
}  // namespace cimd::storage
