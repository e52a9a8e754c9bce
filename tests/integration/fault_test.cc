// System failures below the server: full and read-only disks, file size limits, damaged files.

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/integration/mixed_load.h"
#include "tests/integration/server_process.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/small_disk.h"

namespace cimd {
namespace {

namespace fs = std::filesystem;
using ::cimd::testing::Fails;
using ::cimd::testing::Ledger;
using ::cimd::testing::MixedLoad;
using ::cimd::testing::ServerProcess;
using client::Admin;
using client::Registration;
using grpc::health::v1::HealthCheckResponse;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

absl::Status Register(const client::Connection& connection, const std::string& url) {
  v1::RegisterClientRequest request;
  request.set_parent("tenants/default");
  request.set_external_client_id(url);
  request.set_document(testing::GoodDocument(url));
  return connection.Call(&Registration::RegisterClient, request).status();
}

absl::Status Lookup(const client::Connection& connection, const std::string& url) {
  v1::LookupClientRequest request;
  request.set_parent("tenants/default");
  request.set_external_client_id(url);
  return connection.Call(&Registration::LookupClient, request).status();
}

class DiskTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { may_mount_ = testing::EnterMountNamespace(); }

  void SetUp() override {
    if (may_mount_) disk_.emplace(dir_.path(), "160m");
    if (!may_mount_ || !disk_->mounted()) GTEST_SKIP() << "not allowed to mount a small disk";
  }

  inline static bool may_mount_ = false;

  testing::TempDir dir_;
  std::optional<testing::SmallDisk> disk_;
};

TEST_F(DiskTest, AFullDiskStopsChangesUntilThereIsSpaceAndNothingElse) {
  constexpr char kUrl[] = "https://client.example.net/kept";
  ServerProcess server(dir_ / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  ASSERT_TRUE(server.EnableCimd());
  const auto connection = server.Connect();
  ASSERT_TRUE(Register(*connection, kUrl).ok());
  Ledger ledger;
  {
    MixedLoad load(ledger, *connection, "full", /*writers=*/4, /*seed=*/4);
    load.AwaitAcknowledged(100);
    // Leave half of the space that the server reserves.
    disk_->Fill(32 << 20);
    // Wait until every writer has had an error.
    load.AwaitAcknowledged(1'000'000);
    const std::vector<absl::Status> errors = load.Stop();
    EXPECT_EQ(errors.size(), 4u);
    for (const absl::Status& error : errors) {
      EXPECT_THAT(error, Fails(absl::StatusCode::kUnavailable, "STORAGE_FAILED"));
      EXPECT_THAT(std::string(error.message()), HasSubstr("too little space"));
    }
  }
  EXPECT_TRUE(Lookup(*connection, kUrl).ok()) << "reads go on";
  EXPECT_EQ(server.Health("writes"), HealthCheckResponse::SERVING) << "it mends itself";
  testing::ExpectStoreAgrees(*connection);
  disk_->Free();
  EXPECT_TRUE(Register(*connection, "https://client.example.net/after").ok());
  auto shown = testing::Show(*connection);
  for (const char* own : {"kept", "after"})
    EXPECT_EQ(shown.erase("client https://client.example.net/" + std::string(own)), 1u);
  ledger.Compare(shown, ledger.promises());
}

TEST_F(DiskTest, AServerThatStartsOnAFullDiskAnswersReads) {
  constexpr char kUrl[] = "https://client.example.net/kept";
  // The files with the server's address and log are outside the small disk.
  const testing::TempDir outside;
  ASSERT_TRUE(fs::create_directory(outside / "data"));
  testing::SmallDisk disk(outside / "data", "96m");
  ASSERT_TRUE(disk.mounted());
  auto end = [](ServerProcess& server) {
    server.process().Signal(SIGTERM);
    EXPECT_EQ(server.process().Wait(), 0);
  };
  {
    ServerProcess server(outside / "data");
    ASSERT_FALSE(server.address().empty()) << server.log();
    ASSERT_TRUE(server.EnableCimd());
    ASSERT_TRUE(Register(*server.Connect(), kUrl).ok());
    end(server);
  }
  disk.Fill(0);
  {
    ServerProcess server(outside / "data");
    ASSERT_FALSE(server.address().empty()) << server.log();
    const auto connection = server.Connect();
    EXPECT_TRUE(Lookup(*connection, kUrl).ok());
    EXPECT_THAT(Register(*connection, "https://client.example.net/late"),
                Fails(absl::StatusCode::kUnavailable, "STORAGE_FAILED"));
    EXPECT_EQ(server.Health(""), HealthCheckResponse::SERVING);
    EXPECT_EQ(server.Health("writes"), HealthCheckResponse::NOT_SERVING);
    EXPECT_THAT(server.log(), AllOf(HasSubstr("writes_stopped"), HasSubstr("open for reads only")));
    testing::ExpectStoreAgrees(*connection);
    end(server);
  }
  disk.Free();
  ServerProcess server(outside / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  EXPECT_TRUE(Register(*server.Connect(), "https://client.example.net/late").ok());
  EXPECT_TRUE(Lookup(*server.Connect(), kUrl).ok());
}

TEST_F(DiskTest, AReadOnlyDiskIsSaidToBeOne) {
  {
    ServerProcess server(dir_ / "data");
    ASSERT_FALSE(server.address().empty()) << server.log();
    server.process().Signal(SIGTERM);
    EXPECT_EQ(server.process().Wait(), 0);
  }
  ASSERT_TRUE(disk_->SetReadOnly(true));
  const testing::Finished refused =
      testing::RunToEnd({CIMD_SERVER_PROGRAM, "--data_dir=" + dir_ / "data", "--listen=127.0.0.1:0"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(dir_ / "data"), HasSubstr("Read-only file system")));
  const testing::Finished fresh =
      testing::RunToEnd({CIMD_SERVER_PROGRAM, "--data_dir=" + dir_ / "new", "--listen=127.0.0.1:0"});
  EXPECT_EQ(fresh.exit_status, 1);
  EXPECT_THAT(fresh.err, AllOf(HasSubstr(dir_ / "new"), HasSubstr("Read-only file system")));
  ASSERT_TRUE(disk_->SetReadOnly(false));
  ServerProcess server(dir_ / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  testing::ExpectStoreAgrees(*server.Connect());
}

// The log file cannot grow beyond 400 KiB, so the storage engine fails in the middle of a write.
TEST(FaultTest, AnEngineThatFailedGoesOnReadingAndKeepsItsPromises) {
  testing::TempDir dir;
  Ledger ledger;
  {
    ServerProcess server(dir / "data", {}, {"/bin/sh", "-c", "ulimit -f 800; exec \"$0\" \"$@\""});
    ASSERT_FALSE(server.address().empty()) << server.log();
    ASSERT_TRUE(server.EnableCimd());
    const auto connection = server.Connect();
    EXPECT_EQ(server.Health("writes"), HealthCheckResponse::SERVING);
    MixedLoad load(ledger, *connection, "limited", /*writers=*/4, /*seed=*/5);
    load.AwaitAcknowledged(1'000'000);
    const std::vector<absl::Status> errors = load.Stop();
    EXPECT_EQ(errors.size(), 4u);
    for (const absl::Status& error : errors) {
      EXPECT_EQ(client::ReasonOf(error), "STORAGE_FAILED") << error;
      EXPECT_TRUE(absl::IsInternal(error) || absl::IsUnavailable(error)) << error;
    }
    EXPECT_THAT(Register(*connection, "https://client.example.net/late"),
                Fails(absl::StatusCode::kUnavailable, "STORAGE_FAILED"));
    EXPECT_EQ(server.Health("writes"), HealthCheckResponse::NOT_SERVING);
    EXPECT_EQ(server.Health(""), HealthCheckResponse::SERVING);
    EXPECT_THAT(server.log(), HasSubstr("writes_stopped"));
    // The server shows exactly the acknowledged changes. A write with unknown outcome stays invisible until a restart.
    ledger.Compare(testing::Show(*connection), ledger.promises());
    testing::ExpectStoreAgrees(*connection);
    server.process().Signal(SIGTERM);
    EXPECT_EQ(server.process().Wait(), 0);
  }
  ServerProcess server(dir / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  const auto connection = server.Connect();
  EXPECT_EQ(server.Health("writes"), HealthCheckResponse::SERVING);
  ledger.Compare(testing::Show(*connection), ledger.promises());
  testing::ExpectStoreAgrees(*connection);
  EXPECT_TRUE(Register(*connection, "https://client.example.net/late").ok());
}

std::vector<fs::path> FilesLike(const std::string& directory, const std::string& part) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(directory)) {
    if (file.path().filename().string().find(part) != std::string::npos && file.file_size() > 0) files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

void Damage(const fs::path& file, double where) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(where * static_cast<double>(fs::file_size(file))));
  EXPECT_TRUE(stream << "damage" << std::flush);
}

// A data directory with tables and with a log as a crash leaves it, a backup, and the list of acknowledged changes.
class DamageTest : public ::testing::Test {
 protected:
  DamageTest() {
    {
      ServerProcess server(dir_ / "data", {"--backup_dir=" + dir_ / "backups"});
      EXPECT_FALSE(server.address().empty()) << server.log();
      EXPECT_TRUE(server.EnableCimd());
      token_ = server.token();
      const auto connection = server.Connect();
      MixedLoad load(ledger_, *connection, "load", /*writers=*/4, /*seed=*/6);
      load.AwaitAcknowledged(150);
      EXPECT_THAT(load.Stop(), IsEmpty());
      v1::CreateBackupRequest request;
      request.set_backup_id("first");
      // A backup also flushes memory to tables.
      EXPECT_TRUE(connection->Call(&Admin::CreateBackup, request).ok());
      for (int i = 0; i < 20; ++i) {
        const std::string url = "https://after.example.net/" + std::to_string(i);
        EXPECT_TRUE(Register(*connection, url).ok());
      }
      server.process().Signal(SIGKILL);
      server.process().Wait();
    }
    fs::copy(dir_ / "data", dir_ / "intact", fs::copy_options::recursive);
  }

  testing::TempDir dir_;
  Ledger ledger_;
  std::string token_;
};

TEST_F(DamageTest, DamageIsReportedWithWhatToDoAndABackupMendsIt) {
  struct Case {
    std::string what;
    std::function<void(const std::string& database)> damage;
  };
  const std::vector<Case> cases = {
      {"log", [](auto& database) { Damage(FilesLike(database, ".log").back(), 0.3); }},
      {"table's end", [](auto& database) { Damage(FilesLike(database, ".sst").front(), 0.99); }},
      {"table lost", [](auto& database) { fs::remove(FilesLike(database, ".sst").front()); }},
      {"manifest", [](auto& database) { Damage(FilesLike(database, "MANIFEST").back(), 0.3); }},
      {"manifest lost", [](auto& database) { fs::remove(FilesLike(database, "MANIFEST").back()); }},
      {"current", [](auto& database) { Damage(database + "/CURRENT", 0.0); }},
      {"current lost", [](auto& database) { fs::remove(database + "/CURRENT"); }},
  };
  for (const Case& damaged : cases) {
    SCOPED_TRACE(damaged.what);
    fs::remove_all(dir_ / "data");
    fs::copy(dir_ / "intact", dir_ / "data", fs::copy_options::recursive);
    damaged.damage(dir_ / "data/db");
    const testing::Finished refused =
        testing::RunToEnd({CIMD_SERVER_PROGRAM, "--data_dir=" + dir_ / "data", "--listen=127.0.0.1:0"});
    EXPECT_EQ(refused.exit_status, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr(dir_ / "data/db"), HasSubstr("cimdctl admin restore")));
  }
  const testing::Finished restored =
      testing::RunToEnd({CIMD_CTL_PROGRAM, "admin", "restore", dir_ / "backups/first", dir_ / "restored"});
  ASSERT_EQ(restored.exit_status, 0) << restored.err;
  ServerProcess server(dir_ / "restored");
  ASSERT_FALSE(server.address().empty()) << server.log();
  server.set_token(token_);
  const auto connection = server.Connect();
  ledger_.Compare(testing::Show(*connection), ledger_.promises());
  testing::ExpectStoreAgrees(*connection);
}

TEST_F(DamageTest, ALogThatACrashCutShortLosesNothingThatWasAcknowledged) {
  const fs::path log = FilesLike(dir_ / "data/db", ".log").back();
  std::ofstream(log, std::ios::binary | std::ios::app) << std::string("\x12\x34\x56\x78\xff\x03\x01half a record", 20);
  ServerProcess server(dir_ / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  const auto connection = server.Connect();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Lookup(*connection, "https://after.example.net/" + std::to_string(i)).ok());
  testing::ExpectStoreAgrees(*connection);
}

TEST_F(DamageTest, DamageWithinATableIsFoundByTheCheckAndTheRestIsServed) {
  // One of the tables holds clients. Damage in it must not stop the server, and the check must report it.
  bool told = false;
  for (const fs::path& table : FilesLike(dir_ / "intact/db", ".sst")) {
    SCOPED_TRACE(table.filename().string());
    fs::remove_all(dir_ / "data");
    fs::copy(dir_ / "intact", dir_ / "data", fs::copy_options::recursive);
    Damage(fs::path(dir_ / "data/db") / table.filename(), 0.4);
    ServerProcess server(dir_ / "data");
    if (server.address().empty()) {
      EXPECT_THAT(server.log(), HasSubstr("cimdctl admin restore"));
      continue;
    }
    const testing::Finished checked =
        testing::RunToEnd({CIMD_CTL_PROGRAM, "--server", server.address(), "admin", "check"}, {{"CIMD_TOKEN", token_}});
    if (checked.exit_status == 0) continue;
    EXPECT_EQ(checked.exit_status, 1);
    if (checked.out.find("the stored data is damaged") == std::string::npos) continue;
    told = true;
    EXPECT_TRUE(server.process().running());
    // This client was written after the damaged table and is still in the log, so it is served.
    EXPECT_TRUE(Lookup(*server.Connect(), "https://after.example.net/1").ok());
  }
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace cimd
