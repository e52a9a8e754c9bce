#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

// Files that are truncated, overwritten or missing. Opening must repair what a crash can cause and report everything
// else.
namespace cimd::storage {
namespace {

namespace fs = std::filesystem;
using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kAcknowledged = 20;

std::string Noise(size_t size, int seed) {
  std::minstd_rand random(seed + 1);
  std::string noise(size, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

std::vector<fs::path> FilesLike(const std::string& directory, std::string_view part) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(directory)) {
    if (file.path().filename().string().find(part) != std::string::npos && file.file_size() > 0) {
      files.push_back(file.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void Overwrite(const fs::path& file, size_t offset, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(offset));
  stream << bytes;
  ASSERT_TRUE(stream.flush());
}

fs::path AcknowledgedFile(const StoreDirectory& directory) { return directory.path() + "/ACKNOWLEDGED"; }

// Makes a store with kAcknowledged commits and one more commit whose log record has at least `last_bytes`. All commits
// are still in the log, as after a crash before (or after) the last commit was acknowledged.
void MakeCrashImage(StoreDirectory& image, size_t last_bytes, bool last_is_acknowledged = false) {
  StoreDirectory original;
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, original.Open());
  for (int i = 0; i < kAcknowledged; ++i) CIMD_ASSERT_OK(Put(*store, "key" + std::to_string(i), Noise(2000, i)));
  const fs::path before_last = original.parent() + "/acknowledged-before-last";
  fs::copy_file(AcknowledgedFile(original), before_last);
  CIMD_ASSERT_OK(Put(*store, "last", Noise(last_bytes, kAcknowledged)));
  original.CopyTo(image);
  if (!last_is_acknowledged) {
    fs::copy_file(before_last, AcknowledgedFile(image), fs::copy_options::overwrite_existing);
  }
}

fs::path OnlyLog(const StoreDirectory& directory) {
  const std::vector<fs::path> logs = FilesLike(directory.path(), ".log");
  EXPECT_EQ(logs.size(), 1u);
  return logs.empty() ? fs::path() : logs.front();
}

// All acknowledged commits must be present, the last record must be missing, and the store must accept commits.
void ExpectOnlyTheLastIsLost(const StoreDirectory& directory) {
  for (int opened = 0; opened < 2; ++opened) {
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
    for (int i = 0; i < kAcknowledged; ++i) {
      EXPECT_THAT(Get(*store, "key" + std::to_string(i)), IsOkAndHolds(Noise(2000, i)));
    }
    EXPECT_THAT(Get(*store, "last"), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_EQ(store->CurrentRevision(), kAcknowledged + opened);
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Watch> watch, store->WatchChanges("", 0));
    for (int i = 1; i <= store->CurrentRevision(); ++i) {
      CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch batch, watch->Next(absl::ZeroDuration()));
      EXPECT_EQ(batch.revision, i);
    }
    EXPECT_THAT(Put(*store, "more", "1"), IsOkAndHolds(kAcknowledged + opened + 1));
  }
}

TEST(RocksDbDamageTest, ALogThatEndsInTheMiddleOfTheLastRecordLosesOnlyThat) {
  for (size_t cut : {size_t{1}, size_t{100}, size_t{4000}}) {
    SCOPED_TRACE(cut);
    StoreDirectory directory;
    MakeCrashImage(directory, 4000);
    const fs::path log = OnlyLog(directory);
    fs::resize_file(log, fs::file_size(log) - cut);
    ExpectOnlyTheLastIsLost(directory);
  }
}

TEST(RocksDbDamageTest, ALastRecordWithHolesLosesOnlyThat) {
  // Longer than a log block, so that intact-looking parts of the torn record follow the hole.
  constexpr size_t kLast = 100'000;
  for (size_t hole_from_end : {size_t{10}, size_t{5000}, size_t{90'000}}) {
    SCOPED_TRACE(hole_from_end);
    StoreDirectory directory;
    MakeCrashImage(directory, kLast);
    const fs::path log = OnlyLog(directory);
    Overwrite(log, fs::file_size(log) - hole_from_end, std::string(std::min<size_t>(hole_from_end, 4096), '\0'));
    ExpectOnlyTheLastIsLost(directory);
  }
}

TEST(RocksDbDamageTest, ALogThatLostAcknowledgedCommitsIsReported) {
  // Truncate within the last record, at its beginning, and at the beginning of the log.
  for (const double kept : {0.999, 0.5, 0.0}) {
    SCOPED_TRACE(kept);
    StoreDirectory directory;
    MakeCrashImage(directory, 4000, /*last_is_acknowledged=*/true);
    const fs::path log = OnlyLog(directory);
    fs::resize_file(log, static_cast<uintmax_t>(static_cast<double>(fs::file_size(log)) * kept));
    EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("revision 21")));
    EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kDataLoss)) << "the first attempt hid the loss";
  }
}

TEST(RocksDbDamageTest, AStoreWithoutAReadableNoteOfWhatWasAcknowledgedOpens) {
  StoreDirectory intact;
  MakeCrashImage(intact, 4000, /*last_is_acknowledged=*/true);
  // The file is missing (an older store or an older program), empty, or torn.
  const std::function<void(const fs::path&)> changes[] = {
      [](const fs::path& file) { fs::remove(file); },
      [](const fs::path& file) { fs::resize_file(file, 0); },
      [](const fs::path& file) { Overwrite(file, 4, "damage"); },
  };
  for (const auto& change : changes) {
    StoreDirectory directory;
    intact.CopyTo(directory);
    change(AcknowledgedFile(directory));
    for (int opened = 0; opened < 2; ++opened) {
      CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
      EXPECT_EQ(store->CurrentRevision(), kAcknowledged + 1);
    }
    EXPECT_EQ(fs::file_size(AcknowledgedFile(directory)), 16u) << "it is noted again";
  }
}

TEST(RocksDbDamageTest, DamageBeforeTheLastRecordIsReported) {
  for (int percent : {5, 30, 60}) {
    SCOPED_TRACE(percent);
    StoreDirectory directory;
    MakeCrashImage(directory, 1000);
    const fs::path log = OnlyLog(directory);
    Overwrite(log, fs::file_size(log) * percent / 100, "damage");
    EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kDataLoss)) << "the first attempt hid the damage";
  }
}

// A closed store in which every column family has table files.
void MakeTables(StoreDirectory& directory, int keys) {
  RocksDbOptions options = directory.Options();
  options.history_bytes = 8 << 20;
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(std::move(options)));
  for (int i = 0; i < keys; ++i) CIMD_ASSERT_OK(Put(*store, "key" + std::to_string(i), Noise(30'000, i)));
}

// Opens the store and reads everything. Returns the first error, or OK if all values are correct.
absl::Status ReadAll(const StoreDirectory& directory, int keys) {
  absl::StatusOr<std::unique_ptr<Store>> store = directory.Open();
  if (!store.ok()) return store.status();
  for (int i = 0; i < keys; ++i) {
    absl::StatusOr<std::string> value = Get(**store, "key" + std::to_string(i));
    if (!value.ok()) return value.status();
    EXPECT_EQ(*value, Noise(30'000, i)) << "damage was passed on as data";
  }
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = (*store)->TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  if (absl::Status status = (*snapshot)->Scan({}, 0, [](auto...) { return true; }); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Watch>> watch = (*store)->WatchChanges("", 0);
  if (!watch.ok()) return watch.status();
  for (Revision told = 0; told < keys;) {
    absl::StatusOr<ChangeBatch> batch = (*watch)->Next(absl::ZeroDuration());
    if (!batch.ok()) return batch.status();
    EXPECT_EQ(batch->revision, ++told);
  }
  return absl::OkStatus();
}

TEST(RocksDbDamageTest, DamagedAndLostFilesAreReported) {
  constexpr int kKeys = 60;
  // Damage in a table's filter or properties makes reads slower but not wrong, and is only logged.
  constexpr size_t kWithinTheFirstBlock = 10;
  StoreDirectory intact;
  MakeTables(intact, kKeys);
  CIMD_ASSERT_OK(ReadAll(intact, kKeys));
  const std::vector<fs::path> tables = FilesLike(intact.path(), ".sst");
  ASSERT_THAT(tables, Not(IsEmpty()));
  std::vector<fs::path> all = tables;
  for (const fs::path& manifest : FilesLike(intact.path(), "MANIFEST")) all.push_back(manifest);
  all.push_back(intact.path() + "/CURRENT");
  for (const fs::path& file : all) {
    for (bool lost : {false, true}) {
      SCOPED_TRACE(file.filename().string() + (lost ? " lost" : " damaged"));
      StoreDirectory directory;
      intact.CopyTo(directory);
      const fs::path victim = directory.path() / file.filename();
      if (lost) {
        fs::remove(victim);
      } else {
        Overwrite(victim, kWithinTheFirstBlock, "damage");
      }
      EXPECT_THAT(ReadAll(directory, kKeys), StatusIs(absl::StatusCode::kDataLoss));
    }
  }
}

TEST(RocksDbDamageTest, TheEnginesWordsGoToTheLogAndNotToTheCaller) {
  StoreDirectory directory;
  MakeCrashImage(directory, 1000);
  const fs::path log = OnlyLog(directory);
  Overwrite(log, fs::file_size(log) / 2, "damage");
  std::vector<std::string> messages;
  RocksDbOptions options = directory.Options();
  options.on_engine_message = [&](std::string_view message) { messages.emplace_back(message); };
  absl::Status status = OpenRocksDbStore(std::move(options)).status();
  EXPECT_THAT(messages, ::testing::Contains(::testing::HasSubstr("Corruption")));
  EXPECT_THAT(std::string(status.message()), Not(::testing::HasSubstr("Corruption")));
}

}  // namespace
}  // namespace cimd::storage
