#include "storage/keys.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace cimd::storage::keys {
namespace {

bool Contains(const KeyRange& range, const std::string& key) { return range.begin <= key && key < range.end; }

TEST(KeysTest, OrderOfKeysIsTheOrderOfTheirParts) {
  std::vector<std::string> urls = {"",
                                   std::string(1, '\0'),
                                   std::string("\0\x01", 2),
                                   std::string("\0\xFF", 2),
                                   "a",
                                   std::string("a\0", 2),
                                   std::string("a\0b", 3),
                                   "a/",
                                   "ab",
                                   "b",
                                   "\xFF"};
  std::vector<std::string> keys;
  for (const std::string& url : urls) keys.push_back(Client("tenant", url));
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), urls.size());
}

TEST(KeysTest, NoKeyOfOneTenantOrKindLiesInARangeOfAnother) {
  const std::vector<std::string> tenants = {"a", "a-b", "ab", "b"};
  for (const std::string& tenant : tenants) {
    for (const std::string& other : tenants) {
      EXPECT_EQ(Contains(AllOfTenant(tenant), Client(other, "x")), tenant == other) << tenant << " " << other;
    }
    EXPECT_TRUE(Contains(All(tenant, Kind::kClient), Client(tenant, "https://x")));
    EXPECT_FALSE(Contains(All(tenant, Kind::kClient), ClientById(tenant, "https://x")));
    EXPECT_FALSE(Contains(AllOfTenant(tenant), Tenant(tenant)));
    EXPECT_TRUE(Contains(AllOfTenant(tenant), AuditEventPrefix(tenant)));
  }
}

TEST(KeysTest, AnOwnersRangeHoldsItsOwnAlone) {
  const KeyRange range = AllOf("t", Kind::kDocument, "tpc_1");
  EXPECT_TRUE(Contains(range, Document("t", "tpc_1", 1)));
  EXPECT_TRUE(Contains(range, Document("t", "tpc_1", 1000000)));
  EXPECT_FALSE(Contains(range, Document("t", "tpc_11", 1)));
  EXPECT_FALSE(Contains(range, Document("t", "tpc_", 1)));
  // What one part ends with cannot be taken for the beginning of the next.
  EXPECT_NE(ClientGrant("t", "ab", "c", 1), ClientGrant("t", "a", "bc", 1));
  EXPECT_FALSE(Contains(AllOf("t", Kind::kClientGrant, "api"), ClientGrant("t", "api2", "", 1)));
}

TEST(KeysTest, NewerDocumentVersionsSortFirst) {
  EXPECT_LT(Document("t", "c", 2), Document("t", "c", 1));
  EXPECT_LT(Document("t", "c", 256), Document("t", "c", 255));
  for (int64_t version : {int64_t{1}, int64_t{255}, int64_t{256}, int64_t{1} << 40}) {
    EXPECT_EQ(DocumentVersion(Document("t", "c", version)), version);
  }
  EXPECT_EQ(DocumentVersion("short"), std::nullopt);
}

TEST(KeysTest, TenantAndKindAreReadBack) {
  EXPECT_EQ(TenantOf(Client("acme", "https://x")), "acme");
  EXPECT_EQ(KindOf(Client("acme", "https://x")), Kind::kClient);
  EXPECT_EQ(KindOf(ClientGrantByClient("acme", "c", "api", 1)), Kind::kClientGrantByClient);
  EXPECT_EQ(TenantOf(Tenant("acme")), kPlatform);
  EXPECT_EQ(KindOf(DomainConnections("acme")), Kind::kDomainConnections);
}

TEST(KeysTest, TheFirstPartIsReadBack) {
  const std::string zeros("a\0b\0", 4);
  for (const std::string& part : {std::string("https://client.example/a"), std::string(), zeros, std::string("\xFF\x01")}) {
    EXPECT_EQ(FirstPartOf(Client("acme", part)), part);
    EXPECT_EQ(FirstPartOf(ClientConnection("acme", part, "behind")), part);
  }
  EXPECT_EQ(FirstPartOf(DomainConnections("acme")), "");
  EXPECT_EQ(FirstPartOf("no key"), "");
}

TEST(KeysTest, LongestPartsFitTheStore) {
  EXPECT_LT(Client(std::string(63, 't'), std::string(2048, 'x')).size(), kMaxKeyBytes);
}

}  // namespace
}  // namespace cimd::storage::keys
