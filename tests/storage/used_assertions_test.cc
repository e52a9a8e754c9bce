#include "storage/used_assertions.h"

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temp_dir.h"

namespace cimd::storage {
namespace {

using Use = UsedAssertions::Use;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const absl::Time kSoon = kNow + absl::Minutes(5);

std::string Digest(int number) {
  std::string digest = std::to_string(number);
  digest.resize(UsedAssertions::kDigestBytes, '#');
  return digest;
}

class UsedAssertionsTest : public ::testing::Test {
 protected:
  std::unique_ptr<UsedAssertions> Open(UsedAssertionsOptions options = {}, absl::Time now = kNow) {
    options.directory = directory();
    auto log = UsedAssertions::Open(options, now);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  std::string directory() const { return dir_ / "log"; }
  std::vector<std::string> files() const {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(directory())) files.push_back(file.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  testing::TempDir dir_;
};

TEST_F(UsedAssertionsTest, TheFirstUseIsTheOnlyOne) {
  auto log = Open();
  EXPECT_EQ(log->Remember("a", Digest(1), kSoon, kNow), Use::kFirst);
  EXPECT_EQ(log->Remember("a", Digest(1), kSoon, kNow), Use::kAgain);
  EXPECT_EQ(log->Remember("a", Digest(2), kSoon, kNow), Use::kFirst);
  EXPECT_EQ(log->Remember("b", Digest(3), kSoon, kNow), Use::kFirst);
}

TEST_F(UsedAssertionsTest, OfConcurrentUsesExactlyOneIsTheFirst) {
  auto log = Open();
  constexpr int kEntries = 500;
  std::atomic<int> first = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEntries; ++i) first += log->Remember("a", Digest(i), kSoon, kNow) == Use::kFirst;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(first, kEntries);
}

TEST_F(UsedAssertionsTest, EntriesSurviveARestart) {
  auto log = Open();
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(log->Remember("a", Digest(i), kSoon, kNow), Use::kFirst);
  // As after kill -9: nothing was synchronized or closed.
  auto other = Open();
  EXPECT_EQ(other->size(), 10'000);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(other->Remember("a", Digest(i), kSoon, kNow), Use::kAgain);
  EXPECT_EQ(other->Remember("a", Digest(10'000), kSoon, kNow), Use::kFirst);
}

TEST_F(UsedAssertionsTest, ExpiredEntriesAndTheirFilesGo) {
  auto log = Open();
  log->Remember("a", Digest(1), kNow + absl::Seconds(10), kNow);
  log->Remember("a", Digest(2), kSoon, kNow + absl::Minutes(2));
  EXPECT_EQ(files().size(), 2);
  EXPECT_TRUE(log->Sync(kNow + absl::Minutes(2)).ok());
  EXPECT_EQ(files().size(), 1);
  EXPECT_EQ(log->size(), 1);
  log->Remember("a", Digest(3), kSoon + absl::Minutes(5), kNow + absl::Minutes(4));
  EXPECT_EQ(log->size(), 2);
  EXPECT_TRUE(log->Sync(kNow + absl::Minutes(30)).ok());
  EXPECT_EQ(files().size(), 0);
  EXPECT_EQ(log->Remember("a", Digest(4), kNow + absl::Minutes(31), kNow + absl::Minutes(30)), Use::kFirst);
  EXPECT_EQ(log->size(), 1);
  EXPECT_EQ(files().size(), 1);
}

// A client that is deleted and registered again has a new name. The names cover every shard.
TEST_F(UsedAssertionsTest, ADigestIsUsedWhicheverClientItWasRecordedFor) {
  auto log = Open();
  for (int i = 0; i < 64; ++i) {
    ASSERT_EQ(log->Remember("first " + std::to_string(i), Digest(i), kSoon, kNow), Use::kFirst) << i;
    EXPECT_EQ(log->Remember("second " + std::to_string(i), Digest(i), kSoon, kNow), Use::kAgain) << i;
  }
  EXPECT_EQ(log->size(), 64);
}

// Earlier versions chose the shard by the client. Their files have the same records, which this test writes byte by
// byte.
TEST_F(UsedAssertionsTest, FilesOfEarlierVersionsAreRead) {
  struct EarlierRecord {
    char digest[32];
    uint64_t client;
    int64_t until_unix_seconds;
    uint64_t checksum;
  };
  const auto fnv1a = [](const void* bytes, size_t size) {
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<const uint8_t*>(bytes)[i]) * 0x100000001b3;
    return hash;
  };
  std::filesystem::create_directory(directory());
  {
    std::ofstream file(directory() + "/000000000007.used", std::ios::binary);
    for (int i = 0; i < 64; ++i) {
      EarlierRecord record;
      std::memcpy(record.digest, Digest(i).data(), sizeof(record.digest));
      const std::string client = "tenants/default/clients/" + std::to_string(i);
      record.client = fnv1a(client.data(), client.size());
      record.until_unix_seconds = absl::ToUnixSeconds(kSoon) + 1;
      record.checksum = fnv1a(&record, offsetof(EarlierRecord, checksum));
      file.write(reinterpret_cast<const char*>(&record), sizeof(record));
    }
  }
  auto log = Open();
  EXPECT_EQ(log->size(), 64);
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(log->Remember("tenants/default/clients/" + std::to_string(i), Digest(i), kSoon, kNow), Use::kAgain) << i;
    EXPECT_EQ(log->Remember("tenants/default/clients/registered-again", Digest(i), kSoon, kNow), Use::kAgain) << i;
  }
}

TEST_F(UsedAssertionsTest, AnExpiredEntryIsNotReadAgain) {
  Open()->Remember("a", Digest(1), kNow + absl::Seconds(10), kNow);
  EXPECT_EQ(Open({}, kNow + absl::Seconds(12))->size(), 0);
}

TEST_F(UsedAssertionsTest, TornAndDamagedRecordsAreSkipped) {
  {
    auto log = Open();
    for (int i = 0; i < 5; ++i) log->Remember("a", Digest(i), kSoon, kNow);
  }
  const std::string file = files().at(0);
  const auto size = std::filesystem::file_size(file);
  {
    std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(static_cast<std::streamoff>(size / 5 + 3));
    damaged.put('!');
  }
  std::filesystem::resize_file(file, size - 7);
  auto log = Open();
  EXPECT_EQ(log->size(), 3);
  const std::vector<Use> expected = {Use::kAgain, Use::kFirst, Use::kAgain, Use::kAgain, Use::kFirst};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(log->Remember("a", Digest(i), kSoon, kNow), expected[i]) << i;
  EXPECT_EQ(Open()->size(), 5);
}

TEST_F(UsedAssertionsTest, OneClientCannotTakeTheRoomOfOthers) {
  auto log = Open({.max_entries = 10, .max_entries_per_client = 4});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(log->Remember("a", Digest(i), kSoon, kNow), Use::kFirst);
  EXPECT_EQ(log->Remember("a", Digest(4), kSoon, kNow), Use::kTooMany);
  EXPECT_EQ(log->Remember("a", Digest(0), kSoon, kNow), Use::kAgain);
  EXPECT_EQ(log->Remember("b", Digest(5), kSoon, kNow), Use::kFirst);
  for (int i = 6; i < 11; ++i) log->Remember(std::to_string(i), Digest(i), kSoon, kNow);
  EXPECT_EQ(log->Remember("c", Digest(11), kSoon, kNow), Use::kTooMany);
  // Expired entries free their space. A restart must arrive at the same count.
  EXPECT_EQ(Open({.max_entries = 10, .max_entries_per_client = 4})->Remember("a", Digest(12), kSoon, kNow),
            Use::kTooMany);
  const absl::Time later = kNow + absl::Minutes(8);
  EXPECT_TRUE(log->Sync(later).ok());
  EXPECT_EQ(log->Remember("a", Digest(4), later + absl::Minutes(1), later), Use::kFirst);
}

TEST_F(UsedAssertionsTest, AnEntryThatCannotBeWrittenIsNotAFirstUse) {
  auto log = Open({.segment_span = absl::ZeroDuration()});
  std::filesystem::remove_all(directory());
  EXPECT_EQ(log->Remember("a", Digest(1), kSoon, kNow), Use::kNotWritten);
  EXPECT_EQ(log->Remember("a", Digest(1), kSoon, kNow), Use::kAgain);
  std::filesystem::create_directory(directory());
  EXPECT_EQ(log->Remember("a", Digest(2), kSoon, kNow), Use::kFirst);
}

TEST_F(UsedAssertionsTest, AFullDiskCostsNoFileForEachAttempt) {
  auto log = Open();
  ASSERT_EQ(log->Remember("a", Digest(0), kSoon, kNow), Use::kFirst);
  const std::string file = files().at(0);
  const auto before = std::filesystem::file_size(file);
  // Room for one and a half records: the second write is truncated, later writes find no room.
  const rlimit full{.rlim_cur = before * 5 / 2, .rlim_max = RLIM_INFINITY};
  rlimit usual;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &usual), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  EXPECT_EQ(log->Remember("a", Digest(1), kSoon, kNow), Use::kFirst);
  for (int i = 2; i < 20; ++i) EXPECT_EQ(log->Remember("a", Digest(i), kSoon, kNow), Use::kNotWritten);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &usual), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(files().size(), 1u);
  EXPECT_EQ(std::filesystem::file_size(file), 2 * before) << "no part of a record is left";

  EXPECT_EQ(log->Remember("a", Digest(20), kSoon, kNow), Use::kFirst);
  log.reset();
  log = Open();
  for (int i : {0, 1, 20}) EXPECT_EQ(log->Remember("a", Digest(i), kSoon, kNow), Use::kAgain) << i;
}

TEST_F(UsedAssertionsTest, TheDirectoryHasToBeUsable) {
  std::ofstream(directory()) << "a file";
  auto log = UsedAssertions::Open({.directory = directory()}, kNow);
  ASSERT_FALSE(log.ok());
  EXPECT_THAT(std::string(log.status().message()), ::testing::HasSubstr(directory()));
}

}  // namespace
}  // namespace cimd::storage
