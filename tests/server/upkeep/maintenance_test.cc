#include "server/upkeep/maintenance.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "storage/keys.h"
#include "storage/repositories/idempotency_records.h"
#include "storage/repositories/purge.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/eventually.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

using ::cimd::testing::Eventually;

class MaintenanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    CIMD_ASSERT_OK_AND_ASSIGN(store_, storage::OpenRocksDbStore(std::move(options)));
    CIMD_ASSERT_OK_AND_ASSIGN(used_assertions_,
                              storage::UsedAssertions::Open({.directory = dir_ / "used"}, absl::Now()));
  }
  void Start() {
    maintenance_.emplace(*store_, *used_assertions_, clock_, metrics_, [this] {
      ++tasks_;
      return absl::OkStatus();
    });
  }
  void Put(std::string key, std::string value) {
    CIMD_ASSERT_OK(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
      transaction.Put(key, value);
      return absl::OkStatus();
    }));
  }
  void PutOldRequest(const std::string& id) {
    storage::RequestRecord record;
    record.mutable_create_time()->set_seconds(1);
    Put(storage::keys::Request(storage::keys::kPlatform, id), record.SerializeAsString());
  }
  bool Exists(const std::string& key) const {
    return store_->Read(key, [](auto...) { return absl::OkStatus(); }).ok();
  }
  bool RequestExists(const std::string& id) const {
    return Exists(storage::keys::Request(storage::keys::kPlatform, id));
  }
  // Schedules a purge, wakes the maintenance thread, and waits until the purge is done.
  ::testing::AssertionResult PurgeAndWait() {
    const std::string key = storage::keys::ClientBlock("gone", "https://a.example/");
    Put(key, "");
    CIMD_EXPECT_OK(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
      storage::SchedulePurge(transaction, storage::keys::AllOfTenant("gone"));
      return absl::OkStatus();
    }));
    maintenance_->Wake();
    const std::string purge = storage::keys::Purge(storage::keys::AllOfTenant("gone").begin);
    return Eventually([&] { return !Exists(purge) && !Exists(key); }, "the purge ends");
  }

  const testing::TempDir dir_;
  rpc::SystemClock clock_;
  telemetry::Metrics metrics_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::UsedAssertions> used_assertions_;
  std::atomic<int> tasks_ = 0;
  std::optional<Maintenance> maintenance_;
};

TEST_F(MaintenanceTest, ADeleteWakesThePurgeAndNotTheSearchForOldRequests) {
  PutOldRequest("before");
  Start();
  ASSERT_TRUE(Eventually([&] { return !RequestExists("before"); }, "an old request is forgotten at the start"));
  PutOldRequest("after");
  // When the second run is done, the work that the first wake-up started is done too.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(PurgeAndWait());
  EXPECT_TRUE(RequestExists("after")) << "until the hour is over";
}

TEST_F(MaintenanceTest, OneRecordThatCannotBeReadStopsNothing) {
  Put(storage::keys::Request(storage::keys::kPlatform, "0 bad"), "\xff");
  PutOldRequest("1 good");
  // In key order, both come before the purge that can be done.
  Put(storage::keys::Purge(""), "\xff");
  Start();
  EXPECT_TRUE(Eventually([&] { return !RequestExists("1 good"); }, "the request behind is forgotten"));
  EXPECT_TRUE(PurgeAndWait());
  EXPECT_TRUE(RequestExists("0 bad")) << "it has no age";
}

TEST_F(MaintenanceTest, TheTaskRunsOnceMoreAtTheEnd) {
  Start();
  const int before = tasks_;
  maintenance_.reset();
  EXPECT_EQ(tasks_, before + 1);
}

TEST(PeriodicTaskTest, OneThatIsBusyRunsAgainWhenItWasWokenMeanwhile) {
  absl::Notification started, go_on, again;
  std::atomic<int> runs = 0;
  PeriodicTask task({.interval = absl::InfiniteDuration()}, [&](auto) {
    if (++runs == 1) {
      started.Notify();
      go_on.WaitForNotification();
    } else {
      again.Notify();
    }
  });
  started.WaitForNotification();
  for (int i = 0; i < 5; ++i) task.Wake();
  go_on.Notify();
  EXPECT_TRUE(again.WaitForNotificationWithTimeout(kPatience));
}

TEST(PeriodicTaskTest, LongWorkIsToldToStop) {
  absl::Notification started;
  bool stopped = false;
  {
    PeriodicTask task({.interval = absl::InfiniteDuration()}, [&](auto stopping) {
      started.Notify();
      stopped = Eventually(stopping, "the task is told to stop");
    });
    started.WaitForNotification();
  }
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace cimd
