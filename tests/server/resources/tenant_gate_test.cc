#include "server/resources/tenant_gate.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::services {
namespace {

using absl::StatusCode;
using testing::Fails;
using testing::IsOk;

// Counts reads of single keys.
class CountingStore final : public storage::Store {
 public:
  explicit CountingStore(storage::Store& store) : store_(store) {}
  absl::Status Read(std::string_view key, storage::ValueVisitor visitor) const override {
    ++reads;
    return store_.Read(key, visitor);
  }
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> TakeSnapshot() const override { return store_.TakeSnapshot(); }
  absl::StatusOr<std::unique_ptr<storage::Transaction>> Begin() override { return store_.Begin(); }
  absl::StatusOr<storage::Revision> Commit(std::unique_ptr<storage::Transaction> transaction) override {
    return store_.Commit(std::move(transaction));
  }
  absl::StatusOr<std::unique_ptr<storage::Watch>> WatchChanges(std::string prefix, storage::Revision after) override {
    return store_.WatchChanges(std::move(prefix), after);
  }
  storage::Revision CurrentRevision() const override { return store_.CurrentRevision(); }
  storage::StoreStatistics Statistics() const override { return store_.Statistics(); }
  absl::StatusOr<storage::Revision> CopyTo(const std::string& directory) override { return store_.CopyTo(directory); }

  mutable int reads = 0;

 private:
  storage::Store& store_;
};

class TenantGateTest : public ::testing::Test {
 protected:
  TenantGateTest() {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    engine_ = *storage::OpenRocksDbStore(std::move(options));
    store_ = std::make_unique<CountingStore>(*engine_);
  }
  void Put(const std::string& id, v1::TenantState state) {
    v1::Tenant tenant;
    tenant.set_name("tenants/" + id);
    tenant.set_state(state);
    ASSERT_TRUE(storage::RunInTransaction(*engine_, [&](storage::Transaction& transaction) {
                  return storage::PutTenant(transaction, nullptr, tenant);
                }).ok());
  }

  testing::TempDir dir_;
  std::unique_ptr<storage::Store> engine_;
  std::unique_ptr<CountingStore> store_;
};

TEST_F(TenantGateTest, ReadsATenantOnceForEachRevision) {
  Put("a", v1::TENANT_STATE_ACTIVE);
  Put("b", v1::TENANT_STATE_ACTIVE);
  const TenantGate gate(*store_);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(gate.Check("a"), IsOk());
  EXPECT_EQ(store_->reads, 1);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(gate.Check("b"), IsOk());
  EXPECT_EQ(store_->reads, 2);
  EXPECT_THAT(gate.Check("a"), IsOk());
  EXPECT_EQ(store_->reads, 2);
  Put("c", v1::TENANT_STATE_ACTIVE);
  EXPECT_THAT(gate.Check("a"), IsOk());
  EXPECT_EQ(store_->reads, 3);
}

TEST_F(TenantGateTest, AChangeIsSeenAtOnce) {
  const TenantGate gate(*store_);
  EXPECT_THAT(gate.Check("a"), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  Put("a", v1::TENANT_STATE_ACTIVE);
  EXPECT_THAT(gate.Check("a"), IsOk());
  Put("a", v1::TENANT_STATE_DELETING);
  EXPECT_THAT(gate.Check("a"), Fails(StatusCode::kFailedPrecondition, "TENANT_BEING_DELETED"));
}

TEST_F(TenantGateTest, WhatIsRefusedIsNotKept) {
  Put("a", v1::TENANT_STATE_DELETING);
  const TenantGate gate(*store_);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_THAT(gate.Check("a"), Fails(StatusCode::kFailedPrecondition, "TENANT_BEING_DELETED"));
    EXPECT_EQ(store_->reads, i);
  }
}

}  // namespace
}  // namespace cimd::services
