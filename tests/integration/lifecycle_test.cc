// The cimd-server program: starting, refusing to start, and stopping.

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/integration/server_process.h"
#include "tests/testing/eventually.h"
#include "tests/testing/https_origin.h"

namespace cimd {
namespace {

using ::cimd::testing::ServerProcess;
using ::testing::HasSubstr;

TEST(LifecycleTest, TheTokenFileIsForItsOwnerOnly) {
  testing::TempDir dir;
  ServerProcess server(dir / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  struct stat info;
  ASSERT_EQ(stat((dir / "data/admin-token").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  ASSERT_EQ(stat((dir / "data").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700);
}

TEST(LifecycleTest, ASecondServerOnTheSameDirectoryIsRefused) {
  testing::TempDir dir;
  ServerProcess server(dir / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  testing::Finished second =
      testing::RunToEnd({CIMD_SERVER_PROGRAM, "--data_dir=" + dir / "data", "--listen=127.0.0.1:0"});
  EXPECT_EQ(second.exit_status, 1);
  EXPECT_THAT(second.err, HasSubstr("in use"));
  EXPECT_TRUE(server.process().running());
}

TEST(LifecycleTest, WhatWouldWeakenAServerIsRefused) {
  testing::TempDir dir;
  testing::Finished plain =
      testing::RunToEnd({CIMD_SERVER_PROGRAM, "--data_dir=" + dir / "data", "--listen=0.0.0.0:0"});
  EXPECT_EQ(plain.exit_status, 1);
  EXPECT_THAT(plain.err, HasSubstr("--insecure_plaintext"));
  testing::Finished nonsense = testing::RunToEnd({CIMD_SERVER_PROGRAM, "--data_dir=" + dir / "data", "--mode=lax"});
  EXPECT_NE(nonsense.exit_status, 0);
  EXPECT_THAT(nonsense.err, HasSubstr("--mode"));
  testing::Finished cidr = testing::RunToEnd(
      {CIMD_SERVER_PROGRAM, "--data_dir=" + dir / "data", "--listen=127.0.0.1:0", "--fetch_allow_cidr=10.0.0.0/99"});
  EXPECT_EQ(cidr.exit_status, 1);
  EXPECT_THAT(cidr.err, HasSubstr("10.0.0.0/99"));
}

TEST(LifecycleTest, OptionsComeFromAFlagfile) {
  testing::TempDir dir;
  std::ofstream(dir / "flags") << "data_dir = \"" << dir / "data"
                               << "\"\nlisten = \"127.0.0.1:0\"\naddress_file = \"" << dir / "address"
                               << "\"\n";
  testing::ChildProcess server({CIMD_SERVER_PROGRAM, "--flagfile=" + dir / "flags"}, dir / "log");
  EXPECT_THAT(testing::WaitForLine(dir / "address", server), HasSubstr("127.0.0.1:"));
}

TEST(LifecycleTest, AFlagfileWithAnOptionThatDoesNotExistIsRefused) {
  testing::TempDir dir;
  std::ofstream(dir / "flags") << "data_dir = \"" << dir / "data"
                               << "\"\nlisten = \"127.0.0.1:0\"\nblock_cache = 1\n";
  testing::Finished refused = testing::RunToEnd({CIMD_SERVER_PROGRAM, "--flagfile=" + dir / "flags"});
  EXPECT_NE(refused.exit_status, 0);
  EXPECT_THAT(refused.err, HasSubstr("block_cache"));
}

TEST(LifecycleTest, SigtermFinishesRunningCalls) {
  testing::TempDir dir;
  testing::HttpsOrigin origin;
  auto hold = std::make_shared<absl::Notification>();
  const std::string url = origin.url("/client.json");
  origin.Serve("/client.json", {.body = testing::GoodDocument(url), .hold = hold});
  ServerProcess server(dir / "data",
                       {"--fetch_ca_file=" + origin.ca_file(), "--fetch_resolve=" + origin.resolve_entry()});
  ASSERT_FALSE(server.address().empty()) << server.log();
  ASSERT_TRUE(server.EnableCimd());

  auto health = grpc::health::v1::Health::NewStub(server.channel());
  grpc::ClientContext watch_context;
  auto watch = health->Watch(&watch_context, grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse status;
  ASSERT_TRUE(watch->Read(&status));

  grpc::Status registered;
  std::thread call([&] {
    grpc::ClientContext context;
    server.Authenticate(context);
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    v1::RegisterClientResponse response;
    registered = server.registration().RegisterClient(&context, request, &response);
  });
  EXPECT_TRUE(testing::Eventually([&] { return !origin.requests().empty(); }, "the fetch begins"));
  server.process().Signal(SIGTERM);
  // The health watch must report the change while the call is still running.
  ASSERT_TRUE(watch->Read(&status));
  EXPECT_EQ(status.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  hold->Notify();
  call.join();
  EXPECT_TRUE(registered.ok()) << registered.error_message();
  EXPECT_EQ(server.process().Wait(), 0);
}

// Returns the port in the log line of `event`.
std::string LoggedPort(const std::string& log, const std::string& event) {
  std::smatch match;
  const std::regex line("\"" + event + "\"[^\n]*\"port\":\"([0-9]+)\"");
  return std::regex_search(log, match, line) ? match[1].str() : "";
}

grpc::health::v1::HealthCheckResponse::ServingStatus HealthOf(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckResponse response;
  (void)grpc::health::v1::Health::NewStub(channel)->Check(&context, {}, &response);
  return response.status();
}

TEST(LifecycleTest, SaysThatItIsAboutToStopWhileItGoesOn) {
  testing::TempDir dir;
  ServerProcess server(dir / "data", {"--health_listen=127.0.0.1:0", "--drain_delay_seconds=600"});
  ASSERT_FALSE(server.address().empty()) << server.log();
  const std::shared_ptr<grpc::Channel> probes = grpc::CreateChannel(
      "127.0.0.1:" + LoggedPort(server.log(), "serving_health"), grpc::InsecureChannelCredentials());
  EXPECT_EQ(HealthOf(probes), grpc::health::v1::HealthCheckResponse::SERVING) << server.log();

  grpc::ClientContext watch_context;
  auto watch = grpc::health::v1::Health::NewStub(probes)->Watch(&watch_context, {});
  grpc::health::v1::HealthCheckResponse status;
  ASSERT_TRUE(watch->Read(&status));
  server.process().Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&status));
  EXPECT_EQ(status.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(HealthOf(probes), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(HealthOf(server.channel()), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  // Calls that arrive after the health change are still served.
  EXPECT_TRUE(server.EnableCimd());

  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_FALSE(watch->Read(&status));
}

TEST(LifecycleTest, TheProbedAddressServesHealthAlone) {
  testing::TempDir dir;
  ServerProcess server(dir / "data", {"--health_listen=127.0.0.1:0"});
  const std::shared_ptr<grpc::Channel> probes = grpc::CreateChannel(
      "127.0.0.1:" + LoggedPort(server.log(), "serving_health"), grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  server.Authenticate(context);
  v1::ListTenantsResponse tenants;
  EXPECT_EQ(v1::AdminService::NewStub(probes)->ListTenants(&context, {}, &tenants).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace cimd
