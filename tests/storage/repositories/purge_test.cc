#include "storage/repositories/purge.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/keys.h"
#include "storage/repositories/access_token_repository.h"
#include "storage/repositories/client_key_repository.h"
#include "storage/repositories/grant_repository.h"
#include "storage/run_in_transaction.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

// Background work must tolerate unreadable records: it deletes what it can, reports the others, and continues.
namespace cimd::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kDamaged[] = "\xff";

class PurgeTest : public ::testing::Test {
 protected:
  void SetUp() override { CIMD_ASSERT_OK_AND_ASSIGN(store_, directory_.Open()); }

  void Commit(absl::FunctionRef<void(Transaction&)> body) {
    CIMD_ASSERT_OK(RunInTransaction(*store_, [&](Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    }));
  }
  // Returns the records that a complete purge skipped.
  std::vector<std::string> Purge() {
    std::vector<std::string> unreadable;
    PurgeWalk walk(*store_);
    absl::StatusOr<bool> more = true;
    while (more.ok() && *more) {
      more = walk.Step([&](std::string_view key) { unreadable.push_back(keys::Describe(key)); });
    }
    CIMD_EXPECT_OK(more);
    return unreadable;
  }
  std::vector<std::string> Remaining() {
    std::vector<std::string> found;
    CIMD_EXPECT_OK((*store_->TakeSnapshot())->Scan({}, 0, [&](std::string_view key, auto...) {
      found.push_back(keys::Describe(key));
      return true;
    }));
    return found;
  }

  StoreDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(PurgeTest, RecordsThatDoNotParseGoWithWhatTheirKeysName) {
  AccessTokenIdRecord token;
  token.set_digest("digest");
  Commit([&](Transaction& transaction) {
    transaction.Put(keys::ClientGrant("acme", "api", "client", 1), kDamaged);
    transaction.Put(keys::ClientGrantByClient("acme", "client", "api", 1), kDamaged);
    transaction.Put(keys::ConnectionClient("acme", "connection", "client"), kDamaged);
    transaction.Put(keys::ClientConnection("acme", "client", "connection"), kDamaged);
    PutAccessToken(transaction, "acme", "tok_1", token);
    transaction.Put(keys::AccessTokenById("acme", "tok_1"), kDamaged);
    SchedulePurge(transaction, keys::AllOf("acme", keys::Kind::kClientGrant, "api"));
    SchedulePurge(transaction, keys::AllOf("acme", keys::Kind::kClientConnection, "client"));
    SchedulePurge(transaction, keys::All("acme", keys::Kind::kAccessTokenById));
  });
  EXPECT_THAT(Purge(), ::testing::UnorderedElementsAre("ClientGrant api client 1", "AccessTokenById tok_1"));
  EXPECT_THAT(Remaining(), IsEmpty()) << "a token in force of a tenant that is gone must not stay";
}

TEST_F(PurgeTest, APurgeThatCannotBeReadIsPassedOver) {
  Commit([&](Transaction& transaction) {
    transaction.Put(keys::Purge("0"), kDamaged);
    transaction.Put(keys::ClientBlock("acme", "https://a.example/"), "");
    SchedulePurge(transaction, keys::AllOfTenant("acme"));
  });
  EXPECT_THAT(Purge(), ElementsAre("Purge 0"));
  EXPECT_THAT(Remaining(), ElementsAre("Purge 0"));
  EXPECT_THAT(Purge(), ElementsAre("Purge 0")) << "it is told at each walk";
}

TEST_F(PurgeTest, TheTokensOfAnOwnerGoAlsoWhenOneCannotBeRead) {
  AccessTokenIdRecord token;
  Commit([&](Transaction& transaction) {
    for (const char* id : {"tok_1", "tok_2"}) {
      token.set_digest(id);
      token.mutable_access_token()->set_name(std::string("tenants/acme/accessTokens/") + id);
      PutAccessToken(transaction, "acme", id, token);
    }
    token.set_digest("of the platform");
    PutAccessToken(transaction, keys::kPlatform, "tok_1", token);
    transaction.Put(keys::AccessTokenById("acme", "tok_1"), kDamaged);
  });
  CIMD_EXPECT_OK(DeleteAccessTokens(*store_, "acme"));
  EXPECT_THAT(Remaining(), ::testing::SizeIs(2)) << "the platform's token of the same id is another one";
}

TEST_F(PurgeTest, UsesOfOtherTokensAreWrittenWhenOneCannotBeRead) {
  AccessTokenIdRecord token;
  token.set_digest("digest");
  Commit([&](Transaction& transaction) {
    transaction.Put(keys::AccessTokenById("acme", "tok_1"), kDamaged);
    PutAccessToken(transaction, "acme", "tok_2", token);
  });
  CIMD_EXPECT_OK(PutAccessTokenUses(*store_, {{"acme", "tok_1", absl::Now()}, {"acme", "tok_2", absl::Now()}}));
  EXPECT_TRUE(Get(*store_, keys::AccessTokenUse("acme", "tok_2")).ok());
}

TEST_F(PurgeTest, ADueKeyRefreshIsFoundByItsKey) {
  Commit([&](Transaction& transaction) { transaction.Put(keys::KeyRefresh(1, "acme", "client"), kDamaged); });
  CIMD_ASSERT_OK_AND_ASSIGN(std::vector<DueKeyRefresh> due, FindDueKeyRefreshes(*store_, absl::Now(), 10));
  ASSERT_THAT(due, ::testing::SizeIs(1));
  EXPECT_EQ(due[0].tenant, "acme");
  EXPECT_EQ(due[0].client, "client");
}

}  // namespace
}  // namespace cimd::storage
