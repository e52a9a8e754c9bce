#include "server/backup/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/crypto/sha256.h"
#include "tests/server/backup/backup_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::backup {
namespace {

namespace fs = std::filesystem;
using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(BackupTest, NamesLeadNowhereElse) {
  for (const char* name : {"a", "2026-11-23", "20261123T032443Z", "A_b-9", "-", "_"})
    EXPECT_TRUE(IsBackupName(name)) << name;
  EXPECT_TRUE(IsBackupName(std::string(64, 'x')));
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                  std::string("/etc"), std::string("../a"), std::string("a.b"), std::string("a b"),
                                  std::string("a\0b", 3), std::string("\xc3\xa4"), std::string(65, 'x')}) {
    EXPECT_FALSE(IsBackupName(name)) << name;
    EXPECT_THAT(Create(name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
  EXPECT_TRUE(fs::is_empty(dir_.path()));
}

TEST_F(BackupTest, HoldsEveryFileAndSaysSo) {
  CIMD_ASSERT_OK_AND_ASSIGN(storage::BackupManifest made, Create("first"));
  EXPECT_EQ(made.format(), kFormat);
  EXPECT_EQ(made.revision(), 42);
  EXPECT_EQ(made.schema_version(), 1);
  ASSERT_EQ(made.files_size(), 3);
  for (const storage::BackupFile& file : made.files()) {
    const std::string& content = files_.at(file.path().substr(3));
    EXPECT_EQ(file.size(), static_cast<int64_t>(content.size()));
    EXPECT_EQ(file.sha256(), crypto::Sha256Hex(content));
  }
  CIMD_ASSERT_OK_AND_ASSIGN(storage::BackupManifest verified, VerifyBackup(dir_ / "first"));
  EXPECT_EQ(verified.SerializeAsString(), made.SerializeAsString());
  struct stat info;
  ASSERT_EQ(stat((dir_ / "first").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u) << "a backup is for its owner only";
}

TEST_F(BackupTest, IsNeverMadeOverAnything) {
  Write(dir_ / "file", "mine");
  fs::create_directory(dir_ / "directory");
  fs::create_directory_symlink(dir_ / "directory", dir_ / "link");
  for (const char* name : {"file", "directory", "link"}) {
    EXPECT_THAT(Create(name), StatusIs(absl::StatusCode::kAlreadyExists)) << name;
  }
  EXPECT_EQ(Read(dir_ / "file"), "mine");
  EXPECT_TRUE(fs::is_empty(dir_ / "directory"));
}

TEST_F(BackupTest, NothingIsLeftOfOneThatFailed) {
  copied_ = absl::UnavailableError("the store does not answer");
  EXPECT_THAT(Create("first"), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("does not answer")));
  EXPECT_TRUE(fs::is_empty(dir_.path()));
  copied_ = absl::OkStatus();
  CIMD_EXPECT_OK(Create("first"));
}

TEST_F(BackupTest, WhatAKilledProcessLeftIsNoBackupAndMakesRoom) {
  const auto killed_while_copying = [this] {
    (void)CreateBackup(dir_.path(), "first", {}, [](const std::string& directory) -> absl::StatusOr<int64_t> {
      fs::create_directory(directory);
      Write(directory + "/000001.sst", "half of i");
      _exit(3);
    });
  };
  EXPECT_EXIT(killed_while_copying(), ::testing::ExitedWithCode(3), "");
  EXPECT_TRUE(fs::exists(dir_ / ".first.unfinished/db/000001.sst"));
  EXPECT_THAT(FindNewestBackup(dir_.path()), IsOkAndHolds(""));
  CIMD_EXPECT_OK(Create("second"));
  EXPECT_FALSE(fs::exists(dir_ / ".first.unfinished"));
  EXPECT_THAT(FindNewestBackup(dir_.path()), IsOkAndHolds("second"));
  CIMD_EXPECT_OK(Create("first"));
  CIMD_EXPECT_OK(VerifyBackup(dir_ / "first"));
}

TEST_F(BackupTest, EveryChangeIsFound) {
  struct Case {
    std::string what;
    std::function<void(const std::string& backup)> change;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"one byte", [](auto& b) { Write(b + "/db/000001.sst", std::string(2'999'999, 's') + "t"); }, "000001.sst"},
      {"shorter", [](auto& b) { fs::resize_file(b + "/db/000001.sst", 10); }, "000001.sst"},
      {"longer", [](auto& b) { Write(b + "/db/empty", "x"); }, "empty"},
      {"missing", [](auto& b) { fs::remove(b + "/db/CURRENT"); }, "CURRENT"},
      {"added", [](auto& b) { Write(b + "/db/000002.sst", ""); }, "000002.sst is not part of it"},
      {"added directory", [](auto& b) { fs::create_directory(b + "/db/more"); }, "more is not part of it"},
      {"link",
       [](auto& b) {
         fs::rename(b + "/db/CURRENT", b + "/elsewhere");
         fs::create_symlink("../elsewhere", b + "/db/CURRENT");
       },
       "CURRENT"},
      {"directory", [](auto& b) { fs::remove_all(b + "/db"); }, "db"},
      {"manifest cut", [](auto& b) { fs::resize_file(b + "/manifest.json", fs::file_size(b + "/manifest.json") / 2); },
       "manifest"},
      {"manifest empty", [](auto& b) { Write(b + "/manifest.json", "{\"format\": 1}"); }, "no files"},
      {"a path out of it",
       [](auto& b) {
         Write(b + "/manifest.json", R"({"format": 1, "files": [{"path": "db/../../secret", "size": "0"}]})");
       },
       "a path that cannot be part of it"},
      {"the same path twice",
       [](auto& b) {
         Write(b + "/manifest.json", R"({"format": 1, "files": [{"path": "db/empty"}, {"path": "db/empty"}]})");
       },
       "twice"},
  };
  for (const Case& changed : cases) {
    SCOPED_TRACE(changed.what);
    CIMD_ASSERT_OK(Create("first"));
    CIMD_ASSERT_OK(VerifyBackup(dir_ / "first"));
    changed.change(dir_ / "first");
    EXPECT_THAT(VerifyBackup(dir_ / "first"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(changed.message)));
    fs::remove_all(dir_ / "first");
  }
}

TEST_F(BackupTest, WhatIsNoBackupIsSaidToBeNone) {
  EXPECT_THAT(VerifyBackup(dir_ / "nothing"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("is no backup")));
  CIMD_ASSERT_OK(Create("first"));
  fs::remove(dir_ / "first/manifest.json");
  EXPECT_THAT(VerifyBackup(dir_ / "first"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("not finished")));
  Write(dir_ / "first/manifest.json", R"({"format": 2, "files": []})");
  EXPECT_THAT(VerifyBackup(dir_ / "first"), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("format 2")));
}

TEST_F(BackupTest, OldOnesAreRemovedAndNothingElse) {
  constexpr int64_t kTime = 1'700'000'000;
  for (const auto& [name, seconds] : std::map<std::string, int64_t>{{"older", -1}, {"same", 0}, {"newer", 1}}) {
    CIMD_ASSERT_OK(Create(name, kTime + seconds));
  }
  // None of these is a backup in this directory.
  CIMD_ASSERT_OK(Create("unfinished", 0));
  fs::remove(dir_ / "unfinished/manifest.json");
  CIMD_ASSERT_OK(Create("hidden", 0));
  fs::rename(dir_ / "hidden", dir_ / ".hidden");
  fs::create_directory(dir_ / "lost+found");
  Write(dir_ / "file", "mine");
  testing::TempDir elsewhere;
  CIMD_ASSERT_OK(Create("linked", 0));
  fs::rename(dir_ / "linked", elsewhere / "linked");
  fs::create_directory_symlink(elsewhere / "linked", dir_ / "linked");

  std::vector<std::string> removed;
  const auto remove = [&] {
    removed.clear();
    CIMD_EXPECT_OK(RemoveBackupsBefore(dir_.path(), absl::FromUnixSeconds(kTime),
                                       [&](const std::string& name, const absl::Status& removal) {
                                         CIMD_EXPECT_OK(removal);
                                         removed.push_back(name);
                                       }));
  };
  remove();
  EXPECT_THAT(removed, ElementsAre("older"));
  EXPECT_FALSE(fs::exists(dir_ / "older"));
  for (const char* name : {"same", "newer", ".hidden", "linked"}) CIMD_EXPECT_OK(VerifyBackup(dir_ / name)) << name;
  for (const char* name : {"unfinished/db/CURRENT", "lost+found", "file"}) EXPECT_TRUE(fs::exists(dir_ / name)) << name;

  // An interrupted removal is completed.
  CIMD_ASSERT_OK(Create("half", 0));
  fs::remove_all(dir_ / "half/db");
  remove();
  EXPECT_THAT(removed, ElementsAre("half"));
  EXPECT_FALSE(fs::exists(dir_ / "half"));

  EXPECT_THAT(RemoveBackupsBefore(dir_ / "nothing", absl::InfiniteFuture(),
                                  [](const std::string&, const absl::Status&) { ADD_FAILURE(); }),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace cimd::backup
