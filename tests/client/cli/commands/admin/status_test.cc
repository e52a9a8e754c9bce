#include <string>

#include "cimd/v1/admin_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1'790'000'000;

class StatusTest : public cimd::testing::CimdctlTest {
 protected:
  StatusTest() {
    status_.set_version("1.2.3");
    status_.mutable_start_time()->set_seconds(kNow - 3 * 86400 - 4 * 3600 - 59);
    status_.mutable_now()->set_seconds(kNow);
    status_.set_serving(true);
    status_.set_writable(true);
    status_.set_revision(4711);
    status_.set_tenants(3);
    status_.set_store_bytes(36'909'875);
    status_.set_free_bytes(13'000'000'000);
    status_.set_calls(123'456);
    status_.set_backups_enabled(true);
    status_.mutable_last_backup()->set_backup_id("nightly-1");
    status_.mutable_last_backup()->set_revision(4700);
    status_.mutable_last_backup()->mutable_create_time()->set_seconds(kNow - 12 * 3600);
    server_.On([this](const v1::GetServerStatusRequest&) -> absl::StatusOr<v1::ServerStatus> { return status_; });
  }

  v1::ServerStatus status_;
};

TEST_F(StatusTest, SaysAtAGlanceThatAllIsWell) {
  const CimdctlResult result = Run({"status"});
  EXPECT_EQ(result.status, kExitOk) << result.err;
  EXPECT_THAT(result.out, HasSubstr("cimd-server 1.2.3: serving, for 3 days 4 hours, since "));
  EXPECT_THAT(result.out, HasSubstr("revision 4711, 35.2 MiB on disk, 12.1 GiB free, writable\n"));
  EXPECT_THAT(result.out, HasSubstr("nightly-1, 12 hours ago, revision 4700"));
  EXPECT_THAT(result.out, HasSubstr("up to date\n"));
  EXPECT_THAT(result.out, HasSubstr("123456, of which 0 failed by the server's fault\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("certificate")));
  EXPECT_THAT(result.out, HasSubstr("\nnothing to worry about\n"));
}

TEST_F(StatusTest, WhatIsNotAsItShouldBeIsToldAndInTheExitStatus) {
  status_.set_serving(false);
  status_.set_writable(false);
  status_.clear_free_bytes();
  status_.clear_last_backup();
  status_.set_audit_backlog_seconds(90);
  status_.mutable_certificate_expire_time()->set_seconds(kNow + 60);
  status_.add_concerns("changes are refused \x1b[2J");
  const CimdctlResult result = Run({"status"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("about to stop"));
  EXPECT_THAT(result.out, HasSubstr("an unknown amount free, NOT WRITABLE\n"));
  EXPECT_THAT(result.out, HasSubstr("1 minute 30 seconds behind\n"));
  EXPECT_THAT(result.out, HasSubstr("expires 2026-"));
  EXPECT_THAT(result.out, HasSubstr("\n! changes are refused \\x1b[2J\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("nothing to worry about")));
}

TEST_F(StatusTest, AProgramGetsItAsJson) {
  status_.add_concerns("a concern");
  const CimdctlResult result = Run({"status", "--output", "json"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("\"store_bytes\": \"36909875\""));
  EXPECT_THAT(result.out, HasSubstr("\"concerns\""));
}

TEST_F(StatusTest, ARefusalIsAnError) {
  server_.On([](const v1::GetServerStatusRequest&) -> absl::StatusOr<v1::ServerStatus> {
    return rpc::errors::PlatformOnly("cimd.v1.AdminService/GetServerStatus");
  });
  const CimdctlResult result = Run({"status"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("METHOD_FORBIDDEN"));
}

}  // namespace
}  // namespace cimd::cli
