#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
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

// A disk that fills up and is freed again, many times: a small file system of this process's own.
namespace cimd::storage {
namespace {

using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;

constexpr absl::Duration kPatience = absl::Seconds(20);

void WriteFile(const std::string& name, const std::string& text) { std::ofstream(name) << text; }

// Mounts a file system at `directory` that nobody else sees. False where the system does not let us.
bool MountSmallDisk(const std::string& directory, const std::string& size) {
  const std::string uid = std::to_string(getuid()), gid = std::to_string(getgid());
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    WriteFile("/proc/self/setgroups", "deny");
    WriteFile("/proc/self/uid_map", "0 " + uid + " 1");
    WriteFile("/proc/self/gid_map", "0 " + gid + " 1");
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("disk", directory.c_str(), "tmpfs", 0, ("size=" + size + ",mode=0755").c_str()) == 0;
}

class RocksDbFullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!MountSmallDisk(directory_.parent(), "48m")) GTEST_SKIP() << "not allowed to mount a small disk";
  }
  void TearDown() override {
    store_.reset();
    umount2(directory_.parent().c_str(), MNT_DETACH);
  }

  void Open() {
    RocksDbOptions options = directory_.Options();
    options.history_bytes = 8 << 20;
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

  // One commit of a new key; notes what the store has promised about it.
  absl::StatusCode Commit() {
    const std::string key = "key" + std::to_string(++keys_);
    const std::string value = Noise();
    absl::StatusOr<Revision> revision = Put(*store_, key, value);
    if (revision.ok()) {
      EXPECT_GT(*revision, last_);
      last_ = *revision;
      promised_[key] = value;
    } else if (absl::IsUnknown(revision.status())) {
      unknown_.insert(key);
    } else {
      refused_.insert(key);
    }
    return revision.status().code();
  }

  void ExpectPromisesKept() {
    for (const auto& [key, value] : promised_) EXPECT_TRUE(Get(*store_, key).value_or("") == value) << key;
    for (const std::string& key : refused_) {
      EXPECT_THAT(Get(*store_, key), StatusIs(absl::StatusCode::kNotFound)) << "refused, and yet it happened";
    }
  }

  StoreDirectory directory_;
  const std::string ballast_ = directory_.parent() + "/ballast";
  std::unique_ptr<Store> store_;
  std::minstd_rand random_;
  int keys_ = 0;
  Revision last_ = 0;
  std::map<std::string, std::string> promised_;
  std::set<std::string> refused_;
  std::set<std::string> unknown_;
};

TEST_F(RocksDbFullDiskTest, SaysSoKeepsItsPromisesAndGoesOnWhenThereIsSpaceAgain) {
  constexpr int kRounds = 6;
  Open();
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
    FillDisk(static_cast<size_t>(round) * 60'000);
    absl::StatusCode code = absl::StatusCode::kOk;
    for (int i = 0; i < 1500 && code == absl::StatusCode::kOk; ++i) code = Commit();
    EXPECT_THAT(code, ::testing::AnyOf(absl::StatusCode::kUnknown, absl::StatusCode::kResourceExhausted));
    for (int i = 0; i < 3; ++i) {
      code = Commit();
      EXPECT_NE(code, absl::StatusCode::kUnknown) << "only the write that failed can be in doubt";
    }
    ExpectPromisesKept();

    if (round % 3 == 2) {
      store_.reset();
      FreeDisk();
      Open();
    } else {
      FreeDisk();
      const absl::Time deadline = absl::Now() + kPatience;
      while (Commit() != absl::StatusCode::kOk) ASSERT_LT(absl::Now(), deadline) << "the store never recovers";
    }
    ExpectPromisesKept();
    EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  }
  EXPECT_FALSE(refused_.empty());

  // A copy is what a crash at this moment would leave.
  StoreDirectory crashed;
  directory_.CopyTo(crashed);
  RocksDbOptions options = crashed.Options();
  CIMD_ASSERT_OK_AND_ASSIGN(store_, OpenRocksDbStore(std::move(options)));
  ExpectPromisesKept();
  EXPECT_EQ(store_->CurrentRevision(), last_);

  // The history tells what was promised, at most what was in doubt besides, and nothing that was refused.
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Watch> watch, store_->WatchChanges("", 0));
  std::set<std::string> told;
  for (Revision revision = 0; revision < last_;) {
    CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch batch, watch->Next(absl::ZeroDuration()));
    ASSERT_GT(batch.revision, revision);
    revision = batch.revision;
    for (const Change& change : batch.changes) EXPECT_TRUE(told.insert(change.key).second);
  }
  for (const auto& [key, value] : promised_) EXPECT_TRUE(told.erase(key)) << key;
  for (const std::string& key : told) EXPECT_TRUE(unknown_.contains(key)) << key;
  watch.reset();
  store_.reset();
}

TEST_F(RocksDbFullDiskTest, OpeningOnAFullDiskIsAnErrorAndLosesNothing) {
  Open();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Commit(), absl::StatusCode::kOk);
  store_.reset();
  FillDisk(0);
  absl::StatusOr<std::unique_ptr<Store>> store = directory_.Open();
  EXPECT_THAT(store, StatusIs(absl::StatusCode::kResourceExhausted));
  FreeDisk();
  Open();
  ExpectPromisesKept();
}

}  // namespace
}  // namespace cimd::storage
