#include "server/services/admin/server_status.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/proto_time.h"

namespace cimd::services {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kServerTime = absl::FromUnixSeconds(1'790'000'000);
constexpr int64_t kGibibyte = int64_t{1} << 30;

class ConcernsTest : public ::testing::Test {
 protected:
  ConcernsTest() {
    status_.set_serving(true);
    status_.set_calls(1000);
    ToProto(kServerTime, *status_.mutable_now());
    store_.free_bytes = 10 * kGibibyte;
  }
  std::vector<std::string> Concerns() const { return ConcernsOf(status_, store_); }

  v1::ServerStatus status_;
  storage::StoreStatistics store_;
};

TEST_F(ConcernsTest, AHealthyServerHasNone) {
  EXPECT_THAT(Concerns(), IsEmpty());
  status_.set_failed_calls(10);
  status_.set_audit_backlog_seconds(60);
  status_.set_backups_enabled(true);
  ToProto(kServerTime - absl::Hours(47), *status_.mutable_last_backup()->mutable_create_time());
  ToProto(kServerTime + absl::Hours(24 * 8), *status_.mutable_certificate_expire_time());
  EXPECT_THAT(Concerns(), IsEmpty());
  store_.free_bytes.reset();
  EXPECT_THAT(Concerns(), IsEmpty()) << "a file system that does not tell";
}

TEST_F(ConcernsTest, EachIsTold) {
  status_.set_failed_calls(11);
  EXPECT_THAT(Concerns(), ElementsAre(HasSubstr("11 of 1000 calls failed")));
  status_.set_failed_calls(0);
  status_.set_audit_backlog_seconds(61);
  EXPECT_THAT(Concerns(), ElementsAre(HasSubstr("for 61 seconds audit events")));
  status_.set_audit_backlog_seconds(0);
  status_.set_serving(false);
  EXPECT_THAT(Concerns(), ElementsAre(HasSubstr("told to stop")));
  status_.set_serving(true);
  store_.free_bytes = kGibibyte - 1;
  EXPECT_THAT(Concerns(), ElementsAre("only 1023 MiB of disk are free"));
  store_.free_bytes = kGibibyte;
  status_.set_backups_enabled(true);
  EXPECT_THAT(Concerns(), ElementsAre(HasSubstr("no backup")));
  ToProto(kServerTime - absl::Hours(48), *status_.mutable_last_backup()->mutable_create_time());
  EXPECT_THAT(Concerns(), ElementsAre(HasSubstr("older than two days")));
  ToProto(kServerTime, *status_.mutable_last_backup()->mutable_create_time());
  ToProto(kServerTime + absl::Hours(24 * 7), *status_.mutable_certificate_expire_time());
  EXPECT_THAT(Concerns(), ElementsAre(HasSubstr("expires within 7 days")));
  ToProto(kServerTime, *status_.mutable_certificate_expire_time());
  EXPECT_THAT(Concerns(), ElementsAre(HasSubstr("has expired")));
}

TEST_F(ConcernsTest, TheWorstComesFirst) {
  store_.writable = false;
  store_.free_bytes = 0;
  status_.set_serving(false);
  status_.set_backups_enabled(true);
  EXPECT_THAT(Concerns(),
              ElementsAre(HasSubstr("too little disk space"), HasSubstr("told to stop"), HasSubstr("no backup")));
  store_.failed = true;
  EXPECT_THAT(Concerns()[0], HasSubstr("the storage engine failed"));
}

}  // namespace
}  // namespace cimd::services
