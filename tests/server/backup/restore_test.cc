#include "server/backup/restore.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/backup/backup_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::backup {
namespace {

namespace fs = std::filesystem;
using ::cimd::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RestoreTest : public BackupTest {
 protected:
  RestoreTest() { CIMD_EXPECT_OK(Create("first")); }

  void ExpectRestored(const std::string& data_dir) {
    for (const auto& [file, content] : files_) EXPECT_TRUE(Read(data_dir + "/db/" + file) == content) << file;
    struct stat info;
    ASSERT_EQ(stat(data_dir.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
  }
  // Number of entries in the parent of the data directory.
  size_t Entries() { return std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()); }

  const std::string backup_ = dir_ / "first";
};

TEST_F(RestoreTest, MakesADataDirectory) {
  CIMD_ASSERT_OK_AND_ASSIGN(storage::BackupManifest manifest, RestoreBackup(backup_, dir_ / "data"));
  EXPECT_EQ(manifest.revision(), 42);
  ExpectRestored(dir_ / "data");
  EXPECT_EQ(Entries(), 2u);
  CIMD_EXPECT_OK(VerifyBackup(backup_)) << "the backup is as it was";
}

TEST_F(RestoreTest, TakesTheDirectoryAsTheOperatorNamesIt) {
  fs::create_directory(dir_ / "empty");
  CIMD_ASSERT_OK(RestoreBackup(backup_ + "/", dir_ / "empty//"));
  ExpectRestored(dir_ / "empty");
  const fs::path before = fs::current_path();
  fs::current_path(dir_.path());
  CIMD_EXPECT_OK(RestoreBackup("first", "relative"));
  fs::current_path(before);
  ExpectRestored(dir_ / "relative");
}

TEST_F(RestoreTest, NeverTakesThePlaceOfAnything) {
  fs::create_directories(dir_ / "data/db");
  Write(dir_ / "data/db/CURRENT", "mine");
  EXPECT_THAT(RestoreBackup(backup_, dir_ / "data"),
              StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("not empty"), Not(HasSubstr("server")))));
  // Lock the database as a server does.
  const int database = open((dir_ / "data/db").c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(flock(database, LOCK_EX), 0);
  EXPECT_THAT(RestoreBackup(backup_, dir_ / "data"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a server has it open")));
  close(database);
  EXPECT_EQ(Read(dir_ / "data/db/CURRENT"), "mine");

  Write(dir_ / "file", "mine");
  EXPECT_FALSE(RestoreBackup(backup_, dir_ / "file").ok());
  fs::create_directory(dir_ / "elsewhere");
  fs::create_directory_symlink(dir_ / "elsewhere", dir_ / "link");
  EXPECT_FALSE(RestoreBackup(backup_, dir_ / "link").ok());
  fs::create_symlink(dir_ / "gone", dir_ / "dangling");
  EXPECT_FALSE(RestoreBackup(backup_, dir_ / "dangling").ok());
  EXPECT_FALSE(RestoreBackup(backup_, dir_ / "no/parent").ok());
  EXPECT_FALSE(RestoreBackup(backup_, "").ok());
  EXPECT_TRUE(fs::is_empty(dir_ / "elsewhere"));
  EXPECT_EQ(Entries(), 6u) << "something was left over";
}

TEST_F(RestoreTest, NothingIsMadeOfADamagedBackup) {
  Write(backup_ + "/db/CURRENT", "MANIFEST-2\n");
  EXPECT_THAT(RestoreBackup(backup_, dir_ / "data"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("CURRENT")));
  EXPECT_EQ(Entries(), 1u);
}

}  // namespace
}  // namespace cimd::backup
