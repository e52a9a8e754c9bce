#include "server/assertions/key_refresher.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/assertions/client_keys.h"
#include "server/fetch/response_rules.h"
#include "server/metadata/key_set_resolver.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/adjustable_clock.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temp_dir.h"

namespace cimd::services {
namespace {

// Serves an empty key set after the test has released it.
class HeldFetcher final : public fetch::Fetcher {
 public:
  fetch::FetchResult Fetch(const fetch::FetchRequest& request) override {
    const absl::MutexLock lock(&mutex_);
    ++fetches_;
    while (!mutex_.AwaitWithTimeout(absl::Condition(&released_), absl::Milliseconds(5))) {
      if (request.is_cancelled()) return fetch::AbandonedFetch(absl::UnixEpoch());
    }
    fetch::FetchResult result;
    result.begin_time = absl::UnixEpoch();
    result.document.body = R"({"keys":[]})";
    result.document.fresh_for = absl::Minutes(10);
    return result;
  }
  void Release() {
    const absl::MutexLock lock(&mutex_);
    released_ = true;
  }
  int fetches() const {
    const absl::MutexLock lock(&mutex_);
    return fetches_;
  }
  void AwaitFetches(int count) {
    const absl::MutexLock lock(&mutex_);
    auto reached = [&] { return fetches_ >= count; };
    mutex_.Await(absl::Condition(&reached));
  }

 private:
  mutable absl::Mutex mutex_;
  int fetches_ = 0;
  bool released_ = false;
};

class KeyRefresherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
    Put(v1::KEY_REFRESH_AUTOMATIC);
  }

  void Put(v1::KeyRefresh key_refresh) {
    v1::Tenant tenant;
    tenant.set_name("tenants/t");
    tenant.set_state(v1::TENANT_STATE_ACTIVE);
    tenant.set_client_id_metadata_document_supported(true);
    tenant.set_key_refresh(key_refresh);
    ASSERT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
                  return storage::PutTenant(transaction, nullptr, tenant);
                }).ok());
  }

  rpc::ClientName AddClient(int number, v1::ClientState state = v1::CLIENT_STATE_ACTIVE) {
    const std::string id = "tpc_" + std::to_string(number);
    storage::ClientRecord record;
    v1::Client& client = *record.mutable_client();
    client.set_name("tenants/t/clients/" + id);
    client.set_state(state);
    client.mutable_metadata()->set_external_client_id("https://client.example.net/" + id);
    client.mutable_metadata()->set_token_endpoint_auth_method("private_key_jwt");
    client.mutable_metadata()->set_jwks_uri("https://client.example.net/" + id + "/jwks");
    EXPECT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
                  storage::PutClient(transaction, "t", record);
                  return ReadKeysSoon(transaction, {"t", id}, client.metadata().jwks_uri(), /*automatic=*/true,
                                      clock_.Now() + absl::Hours(1))
                      .status();
                }).ok());
    return {"t", id};
  }

  std::unique_ptr<KeyRefresher> Start(KeyRefresherOptions options = {}) {
    options.tick = absl::Milliseconds(5);
    options.on_error = [](const absl::Status& status) { ADD_FAILURE() << status; };
    return std::make_unique<KeyRefresher>(*store_, resolver_, clock_, options);
  }
  size_t due() { return storage::FindDueKeyRefreshes(*store_, absl::InfiniteFuture(), 0)->size(); }

  testing::TempDir dir_;
  testing::AdjustableClock clock_;
  std::unique_ptr<storage::Store> store_;
  HeldFetcher fetcher_;
  metadata::KeySetResolver resolver_{fetcher_};
};

TEST_F(KeyRefresherTest, TheBudgetInAllIsABurstAndARate) {
  std::vector<rpc::ClientName> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(AddClient(i));
  fetcher_.Release();
  auto refresher = Start({.asked_per_second = 2, .asked_burst = 5});
  auto allowed = [&] {
    int count = 0;
    for (const rpc::ClientName& client : clients) {
      auto done = std::make_shared<absl::Notification>();
      if (!refresher->Refresh(client, [done] { done->Notify(); })) continue;
      ++count;
      done->WaitForNotification();
    }
    return count;
  };
  EXPECT_EQ(allowed(), 5);
  clock_.Advance(absl::Milliseconds(1100));
  // The first five clients have used their refresh for this minute.
  EXPECT_EQ(allowed(), 2);
  EXPECT_EQ(fetcher_.fetches(), 7);
}

TEST_F(KeyRefresherTest, WhoWaitsForTheSameClientSharesTheFetchAndTheirNumberIsBounded) {
  const rpc::ClientName client = AddClient(1);
  auto refresher = Start({.max_waiting = 3});
  std::atomic<int> resumed = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(refresher->Refresh(client, [&] { ++resumed; }));
  EXPECT_FALSE(refresher->Refresh(client, [&] { ++resumed; }));
  fetcher_.AwaitFetches(1);
  EXPECT_EQ(resumed, 0);
  fetcher_.Release();
  refresher.reset();
  EXPECT_EQ(resumed, 3);
  EXPECT_EQ(fetcher_.fetches(), 1);
}

TEST_F(KeyRefresherTest, StopResumesWhoeverWaits) {
  const rpc::ClientName client = AddClient(1);
  auto refresher = Start();
  absl::Notification resumed;
  EXPECT_TRUE(refresher->Refresh(client, [&] { resumed.Notify(); }));
  fetcher_.AwaitFetches(1);
  refresher->Stop();
  EXPECT_TRUE(resumed.HasBeenNotified());
  EXPECT_FALSE(refresher->Refresh(client, [] { ADD_FAILURE(); }));
  fetcher_.Release();
}

TEST_F(KeyRefresherTest, StopDropsTheFetchesUnderWayAndStoresNothing) {
  const rpc::ClientName client = AddClient(1);
  auto refresher =
      Start({.on_refresh = [](KeyRefreshOutcome outcome) { EXPECT_EQ(outcome, KeyRefreshOutcome::kNeedless); }});
  EXPECT_TRUE(refresher->Refresh(client, [] {}));
  fetcher_.AwaitFetches(1);
  const storage::Revision before = store_->CurrentRevision();
  // The fetches are never released. The destructor must still join the threads.
  refresher.reset();
  EXPECT_EQ(store_->CurrentRevision(), before);
  EXPECT_EQ(due(), 1u);
}

TEST_F(KeyRefresherTest, SlowHostsLeaveThreadsForAssertions) {
  for (int i = 0; i < 6; ++i) AddClient(i);
  const rpc::ClientName asked = AddClient(100);
  clock_.Advance(absl::Hours(2));
  auto refresher = Start({.threads = 3, .background_threads = 2, .background_per_second = 6});
  fetcher_.AwaitFetches(2);
  EXPECT_TRUE(refresher->Refresh(asked, [] {}));
  fetcher_.AwaitFetches(3);
  EXPECT_EQ(fetcher_.fetches(), 3);
  fetcher_.Release();
}

TEST_F(KeyRefresherTest, WhatNeedsNoRefreshLeavesTheIndex) {
  AddClient(1, v1::CLIENT_STATE_BLOCKED);
  const rpc::ClientName deleted = AddClient(2);
  ASSERT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) -> absl::Status {
                auto stored = storage::FindClientById(transaction, deleted.tenant, deleted.client);
                if (!stored.ok()) return stored.status();
                storage::DeleteClient(transaction, deleted.tenant, (*stored)->record);
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(due(), 2);
  clock_.Advance(absl::Hours(2));
  auto refresher = Start();
  ASSERT_TRUE(testing::Eventually([&] { return due() == 0; }, "nothing is due any more"));
  AddClient(3);
  Put(v1::KEY_REFRESH_MANUAL);
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(testing::Eventually([&] { return due() == 0; }, "nothing is due any more"));
  EXPECT_EQ(fetcher_.fetches(), 0);
}

}  // namespace
}  // namespace cimd::services
