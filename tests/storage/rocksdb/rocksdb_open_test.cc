#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "storage/rocksdb/rocksdb_format.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

// Who may open a directory, and which stores are refused.
namespace cimd::storage {
namespace {

using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Changes the files of a closed store.
void Tamper(const std::string& directory, const std::vector<std::string>& families,
            const std::function<void(rocksdb::DB&, const std::vector<rocksdb::ColumnFamilyHandle*>&)>& change) {
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : families) descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, directory, descriptors, &handles, &database).ok());
  change(*database, handles);
  for (rocksdb::ColumnFamilyHandle* handle : handles) database->DestroyColumnFamilyHandle(handle);
  delete database;
}

const std::vector<std::string>& Families() {
  static const std::vector<std::string> names = {rocksdb::kDefaultColumnFamilyName, kHistoryFamily, kEngineFamily};
  return names;
}

void SetSchema(const std::string& directory, const std::vector<std::string>& families, int64_t version) {
  Tamper(directory, families, [&](rocksdb::DB& database, const auto& handles) {
    ASSERT_TRUE(database.Put({}, handles[2], std::string(kSchemaKey), EncodeInt64(version)).ok());
  });
}

// Opens the directory in a child process, optionally as another user. Returns the status code.
absl::StatusCode OpenInChild(const StoreDirectory& directory, bool as_nobody) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr int kNobody = 65534;
    if (as_nobody && geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(127);
    _exit(static_cast<int>(directory.Open().status().code()));
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return static_cast<absl::StatusCode>(WEXITSTATUS(status));
}

TEST(RocksDbOpenTest, CreatesTheDirectoryForItsOwnerOnly) {
  StoreDirectory directory;
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
  struct stat info;
  ASSERT_EQ(stat(directory.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(RocksDbOpenTest, ADirectoryThatCannotBeUsedIsRefused) {
  StoreDirectory directory;
  RocksDbOptions options = directory.Options();
  options.directory = directory.parent() + "/no/store";
  EXPECT_THAT(OpenRocksDbStore(std::move(options)), StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/store")));
  options = directory.Options();
  options.directory = "";
  EXPECT_THAT(OpenRocksDbStore(std::move(options)), StatusIs(absl::StatusCode::kInvalidArgument));
  std::ofstream(directory.path()) << "a file";
  EXPECT_THAT(directory.Open(), ::testing::Not(cimd::testing::IsOk()));
}

TEST(RocksDbOpenTest, AReadOnlyDirectoryIsRefused) {
  StoreDirectory directory;
  CIMD_ASSERT_OK(directory.Open());
  namespace fs = std::filesystem;
  fs::permissions(directory.parent(), fs::perms(0755));
  fs::permissions(directory.path(), fs::perms(0555));
  EXPECT_EQ(OpenInChild(directory, /*as_nobody=*/true), absl::StatusCode::kPermissionDenied);
  fs::permissions(directory.path(), fs::perms(0700));
  CIMD_EXPECT_OK(directory.Open());
}

TEST(RocksDbOpenTest, OneOpenerAtATime) {
  StoreDirectory directory;
  {
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
    EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                           AllOf(HasSubstr(directory.path()), HasSubstr("in use"))));
    EXPECT_EQ(OpenInChild(directory, /*as_nobody=*/false), absl::StatusCode::kFailedPrecondition);
    CIMD_EXPECT_OK(Put(*store, "a", "1"));
  }
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
  EXPECT_THAT(Get(*store, "a"), IsOkAndHolds("1"));
}

TEST(RocksDbOpenTest, AnOlderSchemaIsOpenedAndMarkedSoThatOlderProgramsRefuseIt) {
  StoreDirectory directory;
  Revision revision = 0;
  {
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
    CIMD_ASSERT_OK_AND_ASSIGN(revision, Put(*store, "a", "1"));
  }
  SetSchema(directory.path(), Families(), 1);
  {
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
    EXPECT_THAT(Get(*store, "a"), IsOkAndHolds("1"));
    EXPECT_EQ(store->CurrentRevision(), revision);
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Watch> watch, store->WatchChanges("", revision - 1));
    CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch batch, watch->Next(absl::ZeroDuration()));
    EXPECT_EQ(batch.revision, revision) << "cursors stay good";
  }
  std::string schema;
  Tamper(directory.path(), Families(), [&](rocksdb::DB& database, const auto& handles) {
    ASSERT_TRUE(database.Get({}, handles[2], std::string(kSchemaKey), &schema).ok());
  });
  EXPECT_EQ(DecodeInt64(schema), kSchemaVersion);
}

TEST(RocksDbOpenTest, ANewerSchemaIsRefusedAndLeftAsItIs) {
  StoreDirectory directory;
  {
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
    CIMD_ASSERT_OK(Put(*store, "a", "1"));
  }
  SetSchema(directory.path(), Families(), kSchemaVersion + 1);
  EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr("schema version " + std::to_string(kSchemaVersion + 1))));
  // A newer program may also have additional column families.
  Tamper(directory.path(), Families(), [](rocksdb::DB& database, const auto&) {
    rocksdb::ColumnFamilyHandle* added = nullptr;
    ASSERT_TRUE(database.CreateColumnFamily({}, "added", &added).ok());
    database.DestroyColumnFamilyHandle(added);
  });
  EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("schema version")));

  std::vector<std::string> families = Families();
  families.push_back("added");
  SetSchema(directory.path(), families, kSchemaVersion);
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, directory.Open());
  EXPECT_THAT(Get(*store, "a"), IsOkAndHolds("1"));
}

TEST(RocksDbOpenTest, AnotherProgramsDatabaseIsRefused) {
  StoreDirectory directory;
  Tamper(directory.path(), {rocksdb::kDefaultColumnFamilyName},
         [](rocksdb::DB& database, const auto&) { ASSERT_TRUE(database.Put({}, "theirs", "1").ok()); });
  EXPECT_THAT(directory.Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another program")));
}

}  // namespace
}  // namespace cimd::storage
