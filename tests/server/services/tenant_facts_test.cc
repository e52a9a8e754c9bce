#include "server/services/grants/tenant_facts.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/repositories/connection_repository.h"
#include "storage/repositories/grant_repository.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::services {
namespace {

constexpr std::string_view kAudience = "https://api.example.net/";

class TenantFactsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
    PutTenant("first", v1::TENANT_STATE_ACTIVE);
  }

  template <typename Body>
  void Commit(Body body) {
    CIMD_ASSERT_OK(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    }));
  }
  void PutTenant(std::string_view display_name, v1::TenantState state) {
    v1::Tenant tenant;
    tenant.set_name("tenants/t");
    tenant.set_display_name(std::string(display_name));
    tenant.set_state(state);
    Commit([&](storage::Transaction& transaction) {
      CIMD_EXPECT_OK(storage::PutTenant(transaction, tenant_.has_value() ? &*tenant_ : nullptr, tenant));
    });
    tenant_ = tenant;
  }
  void PutApi(std::string_view display_name) {
    storage::ResourceServerRecord record;
    record.mutable_resource_server()->set_name("tenants/t/resourceServers/a");
    record.mutable_resource_server()->set_identifier(std::string(kAudience));
    record.mutable_resource_server()->set_display_name(std::string(display_name));
    Commit([&](storage::Transaction& transaction) { storage::PutResourceServer(transaction, "t", record); });
  }
  void PutDefaultGrant(std::string_view scope) {
    storage::ClientGrantRecord record;
    v1::ClientGrant& grant = *record.mutable_client_grant();
    grant.set_name("tenants/t/clientGrants/g");
    record.set_resource_server("a");
    grant.set_audience(std::string(kAudience));
    grant.set_subject_type(v1::SUBJECT_TYPE_USER);
    grant.set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
    grant.add_scopes(std::string(scope));
    Commit([&](storage::Transaction& transaction) { storage::PutClientGrant(transaction, "t", record); });
  }

  void PutDomainConnection() {
    storage::ConnectionRecord record;
    v1::Connection& connection = *record.mutable_connection();
    connection.set_name("tenants/t/connections/con_1");
    connection.set_connection_name("users");
    connection.set_is_domain_connection(true);
    Commit(
        [&](storage::Transaction& transaction) { CIMD_EXPECT_OK(storage::PutConnection(transaction, "t", record)); });
  }

  std::unique_ptr<storage::Snapshot> Now() const { return *store_->TakeSnapshot(); }

  testing::TempDir dir_;
  std::unique_ptr<storage::Store> store_;
  std::optional<v1::Tenant> tenant_;
  TenantFactsCache cache_;
};

TEST_F(TenantFactsTest, AreReadOnceWhileNothingIsCommitted) {
  PutApi("API");
  PutDefaultGrant("read");
  const auto facts = *cache_.Find(*Now(), "t");
  EXPECT_EQ(facts->tenant().display_name(), "first");
  EXPECT_EQ(*cache_.Find(*Now(), "t"), facts);
  const auto api = *facts->ResourceServer(*Now(), kAudience);
  ASSERT_NE(api, nullptr);
  EXPECT_EQ(*facts->ResourceServer(*Now(), kAudience), api);
  const auto grant = *facts->DefaultGrant(*Now(), "a", v1::SUBJECT_TYPE_USER);
  ASSERT_NE(grant, nullptr);
  EXPECT_EQ(*facts->DefaultGrant(*Now(), "a", v1::SUBJECT_TYPE_USER), grant);
  EXPECT_EQ(*facts->DefaultGrant(*Now(), "a", v1::SUBJECT_TYPE_CLIENT), nullptr) << "each kind of subject has its own";
  EXPECT_EQ(*facts->DomainConnections(*Now()), *facts->DomainConnections(*Now()));
}

TEST_F(TenantFactsTest, AreReadAgainAfterEveryCommit) {
  EXPECT_EQ(*(*cache_.Find(*Now(), "t"))->ResourceServer(*Now(), kAudience), nullptr);
  PutApi("API");
  EXPECT_EQ((*(*cache_.Find(*Now(), "t"))->ResourceServer(*Now(), kAudience))->display_name(), "API");
  PutApi("renamed");
  EXPECT_EQ((*(*cache_.Find(*Now(), "t"))->ResourceServer(*Now(), kAudience))->display_name(), "renamed");
  EXPECT_EQ(*(*cache_.Find(*Now(), "t"))->DefaultGrant(*Now(), "a", v1::SUBJECT_TYPE_USER), nullptr);
  PutDefaultGrant("read");
  EXPECT_EQ((*(*cache_.Find(*Now(), "t"))->DefaultGrant(*Now(), "a", v1::SUBJECT_TYPE_USER))->scopes(0), "read");
  PutDefaultGrant("write");
  EXPECT_EQ((*(*cache_.Find(*Now(), "t"))->DefaultGrant(*Now(), "a", v1::SUBJECT_TYPE_USER))->scopes(0), "write");
  EXPECT_EQ((*(*cache_.Find(*Now(), "t"))->DomainConnections(*Now()))->connections_size(), 0);
  PutDomainConnection();
  EXPECT_EQ((*(*cache_.Find(*Now(), "t"))->DomainConnections(*Now()))->connections_size(), 1);
  PutTenant("renamed", v1::TENANT_STATE_ACTIVE);
  EXPECT_EQ((*cache_.Find(*Now(), "t"))->tenant().display_name(), "renamed");
}

TEST_F(TenantFactsTest, ATenantThatIsGoneIsRefusedAtOnce) {
  CIMD_EXPECT_OK(cache_.Find(*Now(), "t"));
  PutTenant("first", v1::TENANT_STATE_DELETING);
  EXPECT_THAT(cache_.Find(*Now(), "t"), testing::StatusIs(absl::StatusCode::kFailedPrecondition));
  Commit([&](storage::Transaction& transaction) { storage::DeleteTenant(transaction, *tenant_); });
  EXPECT_THAT(cache_.Find(*Now(), "t"), testing::StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TenantFactsTest, AnOlderSnapshotSeesItsOwnAndDoesNotReplaceTheNewer) {
  const auto before = Now();
  PutTenant("second", v1::TENANT_STATE_ACTIVE);
  const auto newer = *cache_.Find(*Now(), "t");
  EXPECT_EQ(newer->tenant().display_name(), "second");
  EXPECT_EQ((*cache_.Find(*before, "t"))->tenant().display_name(), "first");
  EXPECT_EQ(*cache_.Find(*Now(), "t"), newer);
}

TEST_F(TenantFactsTest, NoneAreKeptBeyondTheFirstDecisionAfterACommit) {
  const std::weak_ptr<TenantFacts> before = *cache_.Find(*Now(), "t");
  EXPECT_FALSE(before.expired());
  v1::Tenant other;
  other.set_name("tenants/u");
  other.set_state(v1::TENANT_STATE_ACTIVE);
  Commit([&](storage::Transaction& transaction) { CIMD_EXPECT_OK(storage::PutTenant(transaction, nullptr, other)); });
  CIMD_EXPECT_OK(cache_.Find(*Now(), "u"));
  EXPECT_TRUE(before.expired());
}

TEST_F(TenantFactsTest, MoreThanAreKeptAreRightAllTheSame) {
  for (int i = 0; i < 300; ++i) {
    storage::ResourceServerRecord record;
    record.mutable_resource_server()->set_name("tenants/t/resourceServers/" + std::to_string(i));
    record.mutable_resource_server()->set_identifier("urn:api:" + std::to_string(i));
    record.mutable_resource_server()->set_display_name(std::string(1000, 'x'));
    Commit([&](storage::Transaction& transaction) { storage::PutResourceServer(transaction, "t", record); });
  }
  const auto facts = *cache_.Find(*Now(), "t");
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 300; ++i) {
      const std::string identifier = "urn:api:" + std::to_string(i);
      EXPECT_EQ((*facts->ResourceServer(*Now(), identifier))->identifier(), identifier);
    }
  }
}

TEST_F(TenantFactsTest, ManyThreadsSeeNoStaleFact) {
  PutApi("0");
  std::atomic<int> written = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const int at_least = written;
        const auto snapshot = Now();
        const auto facts = *cache_.Find(*snapshot, "t");
        ASSERT_EQ(facts->revision(), snapshot->revision());
        const auto api = *facts->ResourceServer(*snapshot, kAudience);
        ASSERT_GE(std::stoi(api->display_name()), at_least);
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    PutApi(std::to_string(i));
    written = i;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace cimd::services
