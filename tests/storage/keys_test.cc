#include "storage/keys.h"

#include <algorithm>
#include <optional>
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
  // Adjacent parts of a key must not run into each other.
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
  for (const std::string& part :
       {std::string("https://client.example/a"), std::string(), zeros, std::string("\xFF\x01")}) {
    EXPECT_EQ(FirstPartOf(Client("acme", part)), part);
    EXPECT_EQ(FirstPartOf(ClientConnection("acme", part, "behind")), part);
  }
  EXPECT_EQ(FirstPartOf(DomainConnections("acme")), "");
  EXPECT_EQ(FirstPartOf("no key"), "");
}

// Keys of every kind, with parts chosen to run into each other.
std::vector<std::string> AllKinds() {
  const std::string odd(
      "a\0\x01\0\xFF"
      "b",
      6);
  return {Tenant("acme"),
          TenantDomain("example.net", ""),
          AccessToken(std::string(32, '\0')),
          Purge(AllOf("acme", Kind::kDocument, "c").begin),
          Client("acme", odd),
          ClientById("acme", "tpc_1"),
          ClientBlock("acme", odd),
          Document("acme", "tpc_1", 1),
          Document("acme", "tpc_1", 256),
          DocumentByDigest("acme", "tpc_1", "00ff"),
          ResourceServer("acme", odd),
          ResourceServerById("acme", "api"),
          ClientGrant("acme", "api", "", 1),
          ClientGrantByClient("acme", "c", odd, 2),
          ClientGrantById("acme", "cgr_1"),
          Connection("acme", "con_1"),
          ConnectionByName("acme", "users"),
          DomainConnections("acme"),
          ConnectionClient("acme", "con_1", "tpc_1"),
          ClientConnection("acme", "tpc_1", "con_1"),
          Request("acme", odd),
          ClientKeys("acme", "tpc_1"),
          RefreshFailure("acme", "tpc_1"),
          KeyRefresh(258, "acme", "tpc_1"),
          AccessTokenById("acme", "tok_1"),
          AccessTokenUse("acme", "tok_1"),
          AuditChain("acme"),
          AuditLink("acme", 258),
          AuditEventPrefix("acme") + std::string("\0\0\0\0\0\0\x01\x02\0\0\0\x03", 12)};
}

TEST(KeysTest, EveryKeyIsTakenApart) {
  std::set<Kind> kinds;
  for (const std::string& key : AllKinds()) {
    const std::optional<Parts> parts = Parse(key);
    ASSERT_TRUE(parts.has_value()) << Describe(key);
    EXPECT_EQ(parts->tenant, TenantOf(key));
    EXPECT_EQ(parts->kind, KindOf(key));
    kinds.insert(parts->kind);
  }
  EXPECT_EQ(kinds.size(), 28u);
  const std::string odd(
      "a\0\x01\0\xFF"
      "b",
      6);
  EXPECT_EQ(Parse(ClientGrantByClient("acme", "c", odd, 2))->strings, (std::vector<std::string>{"c", odd}));
  EXPECT_EQ(Parse(ClientGrantByClient("acme", "c", odd, 2))->number, 2u);
  EXPECT_EQ(Parse(Document("acme", "tpc_1", 256))->number, 256u);
  EXPECT_EQ(Parse(AuditLink("acme", 258))->number, 258u);
  EXPECT_EQ(Parse(KeyRefresh(258, "acme", "tpc_1"))->number, 258u);
  EXPECT_EQ(Parse(KeyRefresh(258, "acme", "tpc_1"))->strings, (std::vector<std::string>{"acme", "tpc_1"}));
  const std::optional<Parts> event = Parse(AllKinds().back());
  EXPECT_EQ(event->number, 258u);
  EXPECT_EQ(event->ordinal, 3u);
}

TEST(KeysTest, BytesThatAreNoKeyAreNotTakenApart) {
  for (const std::string& key : AllKinds()) {
    for (size_t size = 0; size < key.size(); ++size) {
      EXPECT_FALSE(Parse(key.substr(0, size)).has_value()) << Describe(key) << " cut to " << size;
    }
    EXPECT_FALSE(Parse(key + "x").has_value()) << Describe(key);
    std::string unknown = key;
    unknown[TenantOf(key).size() + 2] = '!';
    EXPECT_FALSE(Parse(unknown).has_value()) << Describe(key);
    std::string broken = key;
    broken[TenantOf(key).size() + 1] = '\x02';
    EXPECT_FALSE(Parse(broken).has_value()) << Describe(key);
  }
}

TEST(KeysTest, KeysAreDescribedInPrintableCharacters) {
  EXPECT_EQ(Describe(Document("acme", "tpc_1", 3)), "Document tpc_1 3");
  EXPECT_EQ(Describe(ClientGrant("acme", "api", "", 2)), "ClientGrant api '' 2");
  EXPECT_EQ(Describe(Client("acme", "https://x/\n")), "Client https://x/\\n");
  EXPECT_EQ(Describe(AllKinds().back()), "AuditEvent 258.3");
  EXPECT_EQ(Describe(std::string("\x01\xFF", 2)), "the key '\\x01\\xff'");
}

TEST(KeysTest, LongestPartsFitTheStore) {
  EXPECT_LT(Client(std::string(63, 't'), std::string(2048, 'x')).size(), kMaxKeyBytes);
}

}  // namespace
}  // namespace cimd::storage::keys
