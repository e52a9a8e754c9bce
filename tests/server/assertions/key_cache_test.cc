#include "server/assertions/key_cache.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/assertions/client_keys.h"
#include "server/rpc/proto_time.h"
#include "storage/keys.h"
#include "storage/repositories/client_key_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/server/jose/test_signer.h"
#include "tests/testing/temp_dir.h"

namespace cimd::services {
namespace {

const absl::Time kReadTime = absl::FromUnixSeconds(1'800'000'000);

class KeyCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
  }
  void Put(const std::string& client, const std::vector<std::string>& kids) {
    std::string document;
    for (const std::string& kid : kids) {
      document += (document.empty() ? "" : ",") + signer_.PublicJwk(R"("alg":"Ed25519","kid":")" + kid + "\"");
    }
    document = R"({"jwks":{"keys":[)" + document + "]}}";
    ASSERT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
                  return PutKeys(transaction, {"t", client},
                                 metadata::ReadInlineKeySet(document, v1::DOCUMENT_PROFILE_STANDARD, kReadTime), true,
                                 kReadTime)
                      .status();
                }).ok());
  }
  static std::vector<std::string> KidsOf(const ReadyKeys& keys) {
    std::vector<std::string> kids;
    for (const jose::Jwk& key : keys.keys) kids.push_back(key.kid);
    return kids;
  }

  testing::TempDir dir_;
  std::unique_ptr<storage::Store> store_;
  testing::TestSigner signer_ = testing::TestSigner::Ed25519();
};

TEST_F(KeyCacheTest, AnswersWithWhatIsStoredNow) {
  KeyCache cache(*store_);
  EXPECT_FALSE((*cache.Find("t", "a", kReadTime))->read);
  Put("a", {"1"});
  const auto first = *cache.Find("t", "a", kReadTime);
  EXPECT_THAT(KidsOf(*first), ::testing::ElementsAre("1"));
  EXPECT_EQ(*cache.Find("t", "a", kReadTime), first);
  Put("a", {"1", "2"});
  EXPECT_THAT(KidsOf(**cache.Find("t", "a", kReadTime)), ::testing::ElementsAre("1", "2"));
  // A caller that still holds the old keys can continue to use them.
  EXPECT_THAT(KidsOf(*first), ::testing::ElementsAre("1"));
  EXPECT_FALSE((*cache.Find("other", "a", kReadTime))->read);
  ASSERT_TRUE(storage::RunInTransaction(*store_, [](storage::Transaction& transaction) {
                transaction.Delete(storage::keys::ClientKeys("t", "a"));
                return absl::OkStatus();
              }).ok());
  EXPECT_FALSE((*cache.Find("t", "a", kReadTime))->read);
  // A client without stored keys is neither a hit nor a miss.
  EXPECT_EQ(cache.lookups().hits, 1);
  EXPECT_EQ(cache.lookups().misses, 2);
}

TEST_F(KeyCacheTest, AKeyOfLimitedTimeVerifiesUntilThen) {
  Put("a", {"1", "2"});
  const absl::Time until = kReadTime + absl::Hours(24);
  ASSERT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) -> absl::Status {
                auto stored = storage::FindClientKeys(transaction, "t", "a");
                if (!stored.ok()) return stored.status();
                storage::ClientKeysRecord record = (*stored)->record;
                ToProto(until, *record.mutable_client_keys()->mutable_keys(1)->mutable_verify_until_time());
                storage::PutClientKeys(transaction, "t", "a", &(*stored)->record, record);
                return absl::OkStatus();
              }).ok());
  KeyCache cache(*store_);
  EXPECT_THAT(KidsOf(**cache.Find("t", "a", kReadTime)), ::testing::ElementsAre("1", "2"));
  EXPECT_THAT(KidsOf(**cache.Find("t", "a", until - absl::Nanoseconds(1))), ::testing::ElementsAre("1", "2"));
  EXPECT_THAT(KidsOf(**cache.Find("t", "a", until)), ::testing::ElementsAre("1"));
}

TEST_F(KeyCacheTest, AFullCacheForgetsAndAnswersAllTheSame) {
  KeyCache cache(*store_, /*max_keys=*/64);
  for (int i = 0; i < 100; ++i) Put(std::to_string(i), {"k" + std::to_string(i)});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_THAT(KidsOf(**cache.Find("t", std::to_string(i), kReadTime)),
                  ::testing::ElementsAre("k" + std::to_string(i)));
    }
  }
}

}  // namespace
}  // namespace cimd::services
