// Backups of a server in use: created, verified and restored with the programs that operators use.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/documents.h"
#include "tests/integration/mixed_load.h"
#include "tests/integration/server_process.h"
#include "tests/testing/error_matchers.h"

namespace cimd {
namespace {

namespace fs = std::filesystem;
using ::cimd::testing::Fails;
using ::cimd::testing::Finished;
using ::cimd::testing::Ledger;
using ::cimd::testing::MixedLoad;
using ::cimd::testing::ServerProcess;
using client::Admin;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Runs cimdctl against this server.
Finished Cimdctl(const ServerProcess& server, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {CIMD_CTL_PROGRAM, "--server", server.address()});
  return testing::RunToEnd(arguments, {{"CIMD_TOKEN", server.token()}});
}

absl::StatusOr<v1::Backup> CreateBackup(const client::Connection& connection, const std::string& id) {
  v1::CreateBackupRequest request;
  request.set_backup_id(id);
  return connection.Call(&Admin::CreateBackup, request);
}

TEST(BackupRestoreTest, ARestoreUnderLoadHoldsEverythingAcknowledgedBeforeTheBackup) {
  testing::TempDir dir;
  ServerProcess original(dir / "data", {"--backup_dir=" + dir / "backups"});
  ASSERT_FALSE(original.address().empty()) << original.log();
  ASSERT_TRUE(original.EnableCimd());
  const auto connection = original.Connect();
  Ledger ledger;
  MixedLoad load(ledger, *connection, "load", /*writers=*/6, /*seed=*/1);
  load.AwaitAcknowledged(300);
  const Ledger::Promises promises = ledger.promises();

  const Finished made = Cimdctl(original, {"admin", "backup", "first"});
  EXPECT_EQ(made.exit_status, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr(dir / "backups/first"));
  const Finished verified = Cimdctl(original, {"admin", "verify", dir / "backups/first"});
  EXPECT_EQ(verified.exit_status, 0) << verified.err;
  const Finished restored = Cimdctl(original, {"admin", "restore", dir / "backups/first", dir / "restored"});
  ASSERT_EQ(restored.exit_status, 0) << restored.err;
  {
    ServerProcess copy(dir / "restored");
    ASSERT_FALSE(copy.address().empty()) << copy.log();
    EXPECT_THAT(copy.token(), IsEmpty()) << "a backup holds no access token";
    copy.set_token(original.token());
    const auto to_copy = copy.Connect();
    ledger.Compare(testing::Show(*to_copy), promises);
    testing::ExpectStoreAgrees(*to_copy);
    EXPECT_EQ(Cimdctl(copy, {"admin", "check"}).exit_status, 0);
    MixedLoad onwards(ledger, *to_copy, "onwards", /*writers=*/2, /*seed=*/2);
    onwards.AwaitAcknowledged(50);
    EXPECT_THAT(onwards.Stop(), IsEmpty());
    testing::ExpectStoreAgrees(*to_copy);
  }
  EXPECT_THAT(load.Stop(), IsEmpty()) << "making the backup disturbed the original";
  testing::ExpectStoreAgrees(*connection);
}

TEST(BackupRestoreTest, BackupsStayInTheirDirectoryAndReplaceNothing) {
  testing::TempDir dir;
  ServerProcess server(dir / "data", {"--backup_dir=" + dir / "backups"});
  ASSERT_FALSE(server.address().empty()) << server.log();
  const auto connection = server.Connect();
  absl::StatusOr<v1::Backup> made = CreateBackup(*connection, "first");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->path(), dir / "backups/first");
  EXPECT_GT(made->revision(), 0);
  EXPECT_GT(made->files(), 3);
  EXPECT_GT(made->bytes(), 1000);
  EXPECT_THAT(CreateBackup(*connection, "first"), Fails(absl::StatusCode::kAlreadyExists, "BACKUP_EXISTS"));
  for (const std::string id : {"../out", "/tmp/out", ".", "..", "a/b", "a.b"}) {
    EXPECT_THAT(CreateBackup(*connection, id), Fails(absl::StatusCode::kInvalidArgument, "FIELD_INVALID")) << id;
  }
  absl::StatusOr<v1::Backup> unnamed = CreateBackup(*connection, "");
  ASSERT_TRUE(unnamed.ok()) << unnamed.status();
  EXPECT_THAT(unnamed->backup_id(), ::testing::MatchesRegex("[0-9]{8}T[0-9]{6}Z"));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "backups"), fs::directory_iterator()), 2);

  v1::ListAuditEventsRequest list;
  list.set_parent("platform");
  list.set_method("cimd.v1.AdminService/CreateBackup");
  const auto events = connection->Call(&Admin::ListAuditEvents, list);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->audit_events_size(), 2) << "one for each that was made";
  EXPECT_EQ(events->audit_events(0).resource(), "backups/" + unnamed->backup_id());
  EXPECT_EQ(events->audit_events(1).resource(), "backups/first");
  EXPECT_EQ(events->audit_events(1).outcome(), v1::AUDIT_OUTCOME_CHANGED);
}

TEST(BackupRestoreTest, WithoutADirectoryThereAreNoBackups) {
  testing::TempDir dir;
  {
    ServerProcess server(dir / "data");
    ASSERT_FALSE(server.address().empty()) << server.log();
    EXPECT_THAT(CreateBackup(*server.Connect(), "first"),
                Fails(absl::StatusCode::kFailedPrecondition, "BACKUP_DISABLED"));
  }
  std::ofstream(dir / "file") << "";
  ServerProcess refused(dir / "data", {"--backup_dir=" + dir / "file"});
  EXPECT_EQ(refused.address(), "");
  EXPECT_THAT(refused.log(), HasSubstr("--backup_dir: cannot use"));
}

// Changes the manifest as if the clock had been different when the backup was created.
void SetCreateTime(const std::string& backup, absl::Time time) {
  std::ostringstream content;
  content << std::ifstream(backup + "/manifest.json").rdbuf();
  nlohmann::json manifest = nlohmann::json::parse(content.str());
  manifest["create_time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
  std::ofstream(backup + "/manifest.json") << manifest;
}

TEST(BackupRestoreTest, ANewBackupHasOldOnesRemovedWhereThatIsAskedFor) {
  testing::TempDir dir;
  const auto backups_after = [&](const std::string& id, const std::vector<std::string>& options) {
    ServerProcess server(dir / "data", options);
    EXPECT_FALSE(server.address().empty()) << server.log();
    EXPECT_TRUE(CreateBackup(*server.Connect(), id).ok());
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir / "backups")) names.push_back(entry.path().filename());
    return names;
  };
  const std::string backup_dir = "--backup_dir=" + dir / "backups";
  {
    ServerProcess server(dir / "data", {backup_dir});
    ASSERT_FALSE(server.address().empty()) << server.log();
    for (const char* id : {"old", "recent"}) ASSERT_TRUE(CreateBackup(*server.Connect(), id).ok());
  }
  SetCreateTime(dir / "backups/old", absl::Now() - absl::Hours(7 * 24 + 1));
  SetCreateTime(dir / "backups/recent", absl::Now() - absl::Hours(7 * 24 - 1));
  EXPECT_THAT(backups_after("1", {backup_dir}), UnorderedElementsAre("old", "recent", "1"));
  EXPECT_THAT(backups_after("2", {backup_dir, "--backup_retention_days=8"}),
              UnorderedElementsAre("old", "recent", "1", "2"));
  EXPECT_THAT(backups_after("3", {backup_dir, "--backup_retention_days=7"}),
              UnorderedElementsAre("recent", "1", "2", "3"));
}

TEST(BackupRestoreTest, WhatIsInUseIsNotReplaced) {
  testing::TempDir dir;
  ServerProcess server(dir / "data", {"--backup_dir=" + dir / "backups"});
  ASSERT_FALSE(server.address().empty()) << server.log();
  ASSERT_TRUE(CreateBackup(*server.Connect(), "first").ok());
  const Finished restored = Cimdctl(server, {"admin", "restore", dir / "backups/first", dir / "data"});
  EXPECT_EQ(restored.exit_status, 1);
  EXPECT_THAT(restored.err, HasSubstr("a server has it open"));
  testing::ExpectStoreAgrees(*server.Connect());
}

}  // namespace
}  // namespace cimd
