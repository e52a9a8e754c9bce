#include "server/assertions/client_keys.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/proto_time.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::services {
namespace {

using metadata::ResolvedKeySet;
using storage::ClientKeysRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kUri[] = "https://client.example.net/jwks.json";
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Returns a key with this kid. The same number gives the same key.
std::string Key(const std::string& kid, size_t number) {
  static std::vector<testing::TestSigner> signers;
  while (signers.size() <= number) signers.push_back(testing::TestSigner::Ed25519());
  return signers[number].PublicJwk(R"("kid":")" + kid + "\"");
}

ResolvedKeySet Read(const std::vector<std::string>& keys, absl::Time time = kNow) {
  std::string set = R"({"keys":[)";
  for (const std::string& key : keys) set += (set.back() == '[' ? "" : ",") + key;
  set += "]}";
  return {.jwks_uri = kUri,
          .profile = v1::DOCUMENT_PROFILE_STANDARD,
          .fetch_time = time,
          .sha256 = set,
          .set = jose::ParseJwkSet(set, jose::KeyProfile::kStandard),
          .fresh_for = absl::Minutes(10),
          .http_etag = "\"" + std::to_string(keys.size()) + "\""};
}

ResolvedKeySet Failed(absl::Time time) {
  ResolvedKeySet resolved{.jwks_uri = kUri, .fetch_time = time};
  resolved.failure.emplace().set_reason(v1::FETCH_FAILURE_REASON_TIMEOUT);
  return resolved;
}

std::vector<std::string> Kids(const google::protobuf::RepeatedPtrField<v1::ClientKey>& keys) {
  std::vector<std::string> kids;
  for (const v1::ClientKey& key : keys) kids.push_back(key.kid());
  return kids;
}

// Applies key sets one after the other, one minute apart.
class ClientKeysTest : public ::testing::Test {
 protected:
  const KeysUpdate& Apply(const std::optional<ResolvedKeySet>& resolved, bool automatic = true,
                          const std::vector<std::string>& accepted = {}) {
    const bool first = !record_.has_client_keys();
    update_ = UpdateKeys(first ? nullptr : &record_, resolved, automatic, now_, accepted);
    record_ = update_.record;
    return update_;
  }
  const KeysUpdate& Serve(const std::vector<std::string>& keys) {
    now_ += absl::Minutes(1);
    return Apply(Read(keys, now_));
  }
  const v1::ClientKeys& keys() const { return record_.client_keys(); }
  absl::Duration due_in() const { return FromProto(record_.refresh_time()) - now_; }

  absl::Time now_ = kNow;
  ClientKeysRecord record_;
  KeysUpdate update_;
};

TEST_F(ClientKeysTest, KeysComeAndGoAndAreDated) {
  EXPECT_THAT(Serve({Key("a", 0)}).changes, ::testing::SizeIs(1));
  const absl::Time first = now_;
  Serve({Key("a", 0), Key("b", 1)});
  const absl::Time second = now_;
  EXPECT_EQ(FromProto(keys().keys(0).first_seen_time()), first);
  EXPECT_EQ(FromProto(keys().keys(0).last_seen_time()), second);
  Serve({Key("b", 1)});
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("b"));
  ASSERT_THAT(Kids(keys().withdrawn_keys()), ElementsAre("a"));
  EXPECT_EQ(FromProto(keys().withdrawn_keys(0).last_seen_time()), second);
  EXPECT_EQ(FromProto(keys().withdrawn_keys(0).withdraw_time()), now_);
  // A key that returns keeps its first_seen_time.
  Serve({Key("a", 0)});
  EXPECT_EQ(FromProto(keys().keys(0).first_seen_time()), first);
  EXPECT_FALSE(keys().keys(0).has_withdraw_time());
  EXPECT_THAT(Kids(keys().withdrawn_keys()), ElementsAre("b"));
}

TEST_F(ClientKeysTest, AtMostTwentyWithdrawnKeysAreRememberedTheLatestFirst) {
  for (size_t i = 0; i < 25; ++i) Serve({Key(std::to_string(i), i)});
  EXPECT_EQ(keys().withdrawn_keys_size(), kMaxWithdrawnKeys);
  EXPECT_EQ(keys().withdrawn_keys(0).kid(), "23");
  EXPECT_EQ(keys().withdrawn_keys(19).kid(), "4");
}

ResolvedKeySet Confirmed(const v1::ClientKeys& keys, v1::DocumentProfile profile, absl::Time time) {
  return {.jwks_uri = kUri,
          .profile = profile,
          .fetch_time = time,
          .not_modified = true,
          .sha256 = keys.jwks_sha256(),
          .fresh_for = absl::Minutes(10)};
}

std::string Thumbprint(size_t number) { return jose::ParseOwnJwk(Key("any", number))->thumbprint; }

// A key that is missing in the last set must not verify. A new key with a known kid must wait until an admin accepts
// it.
TEST_F(ClientKeysTest, AnotherKeyUnderAKnownKidIsRefusedUntilItIsAccepted) {
  Serve({Key("a", 0)});
  Serve({Key("a", 1), Key("b", 2)});
  EXPECT_THAT(update_.findings.warnings(), ::testing::SizeIs(1));
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("b"));
  EXPECT_THAT(Kids(keys().withdrawn_keys()), ElementsAre("a"));
  ASSERT_THAT(Kids(keys().refused_keys()), ElementsAre("a"));
  EXPECT_EQ(keys().refused_keys(0).thumbprint_sha256(), Thumbprint(1));
  const absl::Time refused = now_;
  // The key stays refused after some time and after a 304, although the known key is withdrawn.
  now_ += absl::Minutes(1);
  EXPECT_THAT(Apply(Confirmed(keys(), v1::DOCUMENT_PROFILE_STANDARD, now_)).changes, IsEmpty());
  EXPECT_THAT(Kids(keys().refused_keys()), ElementsAre("a"));
  Serve({Key("a", 1), Key("b", 2)});
  EXPECT_THAT(update_.changes, IsEmpty());
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("b"));
  EXPECT_EQ(FromProto(keys().refused_keys(0).first_seen_time()), refused);

  // Accepting a different key must not accept this one.
  now_ += absl::Minutes(1);
  Apply(Read({Key("a", 1), Key("b", 2)}, now_), true, {Thumbprint(5)});
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("b"));
  now_ += absl::Minutes(1);
  Apply(Read({Key("a", 1), Key("b", 2)}, now_), true, {Thumbprint(1)});
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("a", "b"));
  EXPECT_THAT(keys().refused_keys(), IsEmpty());
  EXPECT_THAT(update_.findings.warnings(), IsEmpty());
  ASSERT_THAT(update_.changes, ::testing::SizeIs(1));
  EXPECT_EQ(update_.changes[0].old_value(), "a (" + Thumbprint(0) + ")");
  EXPECT_EQ(update_.changes[0].new_value(), "a (" + Thumbprint(1) + ")");
  EXPECT_TRUE(update_.changes[0].security_relevant());

  // From now on the kid belongs to the accepted key.
  Serve({Key("a", 1)});
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("a"));
  Serve({Key("a", 0)});
  EXPECT_THAT(keys().keys(), IsEmpty());
  EXPECT_EQ(keys().refused_keys(0).thumbprint_sha256(), Thumbprint(0));
}

TEST_F(ClientKeysTest, InStrictTheKnownKeyVerifiesForADayMore) {
  const auto serve = [&](const std::vector<std::string>& keys) {
    now_ += absl::Minutes(1);
    ResolvedKeySet resolved = Read(keys, now_);
    resolved.profile = v1::DOCUMENT_PROFILE_STRICT;
    Apply(resolved);
  };
  serve({Key("a", 0)});
  serve({Key("a", 1), Key("b", 2)});
  const absl::Time end = now_ + absl::Hours(24);
  EXPECT_FALSE(update_.findings.valid());
  ASSERT_THAT(Kids(keys().keys()), ElementsAre("b", "a"));
  EXPECT_EQ(keys().keys(1).thumbprint_sha256(), Thumbprint(0));
  EXPECT_EQ(VerifiesUntil(record_, keys().keys(0)), absl::InfiniteFuture());
  // Reading the set again must not extend the time.
  serve({Key("a", 1), Key("b", 2)});
  now_ += absl::Minutes(1);
  Apply(Confirmed(keys(), v1::DOCUMENT_PROFILE_STRICT, now_));
  ASSERT_EQ(keys().keys_size(), 2);
  EXPECT_EQ(VerifiesUntil(record_, keys().keys(1)), end);
  const auto served = [&](absl::Time time) { return ServedKeys(ClientKeysRecord(record_), "c", time); };
  EXPECT_THAT(Kids(served(end - absl::Seconds(1)).keys()), ElementsAre("b", "a"));
  EXPECT_THAT(Kids(served(end).keys()), ElementsAre("b"));
  EXPECT_THAT(Kids(served(end).withdrawn_keys()), ElementsAre("a"));
  now_ = end;
  Apply(Confirmed(keys(), v1::DOCUMENT_PROFILE_STRICT, now_));
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("b"));
  EXPECT_THAT(Kids(keys().withdrawn_keys()), ElementsAre("a"));
  EXPECT_FALSE(keys().withdrawn_keys(0).has_verify_until_time());
  EXPECT_EQ(update_.changes.size(), 1u);
}

// Earlier versions kept the known key active without an end. Only its older last_seen_time marks it.
TEST_F(ClientKeysTest, AKeyThatAnEarlierVersionKeptEndsAsWell) {
  Serve({Key("a", 0), Key("b", 2)});
  services::ToProto(now_ - absl::Hours(1), *record_.mutable_client_keys()->mutable_keys(0)->mutable_last_seen_time());
  EXPECT_EQ(VerifiesUntil(record_, keys().keys(0)), absl::InfinitePast());
  EXPECT_EQ(VerifiesUntil(record_, keys().keys(1)), absl::InfiniteFuture());
  EXPECT_THAT(Kids(ServedKeys(ClientKeysRecord(record_), "c", now_).keys()), ElementsAre("b"));
  record_.set_document_profile(v1::DOCUMENT_PROFILE_STRICT);
  EXPECT_EQ(VerifiesUntil(record_, keys().keys(0)), now_ + absl::Hours(24));
  Apply(Confirmed(keys(), v1::DOCUMENT_PROFILE_STANDARD, now_ + absl::Seconds(1)));
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("b"));
}

// The order of the fetches decides, not the clock, which may go backwards.
TEST_F(ClientKeysTest, ASetWhoseFetchBeganEarlierIsDropped) {
  const auto read = [&](const std::string& key, int64_t order, absl::Time time) {
    ResolvedKeySet resolved = Read({key}, time);
    resolved.fetch_order = order;
    return resolved;
  };
  EXPECT_FALSE(Apply(read(Key("a", 0), 5, now_)).superseded);
  EXPECT_TRUE(Apply(read(Key("b", 1), 4, now_ + absl::Hours(1))).superseded);
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("a"));
  ResolvedKeySet failed = Failed(now_);
  failed.fetch_order = 4;
  EXPECT_TRUE(Apply(failed).superseded);
  failed.fetch_order = 6;
  EXPECT_FALSE(Apply(failed).superseded);
  // A failed fetch does not count as a newer version of the set.
  EXPECT_FALSE(Apply(read(Key("c", 2), 5, now_)).superseded);
  EXPECT_FALSE(Apply(read(Key("d", 3), 7, now_ - absl::Hours(1))).superseded);
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("d"));
  EXPECT_TRUE(
      Apply(ResolvedKeySet{.jwks_uri = kUri, .fetch_time = now_, .not_modified = true, .sha256 = "other"}).superseded);
}

TEST_F(ClientKeysTest, FailuresAreWaitedOutEverLonger) {
  Serve({Key("a", 0)});
  const auto usable = keys().usable_until_time();
  absl::Duration last = absl::ZeroDuration();
  for (int i = 0; i < 20; ++i) {
    now_ += absl::Hours(1);
    Apply(Failed(now_));
    EXPECT_TRUE(keys().has_refresh_failure());
    EXPECT_GE(due_in(), absl::Minutes(1));
    EXPECT_LE(due_in(), absl::Minutes(75));
    if (i < 6) {
      EXPECT_GT(due_in(), last);
    }
    last = due_in();
  }
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("a"));
  EXPECT_EQ(keys().usable_until_time().seconds(), usable.seconds());
  Serve({Key("a", 0)});
  EXPECT_FALSE(keys().has_refresh_failure());
  EXPECT_LE(due_in(), absl::Minutes(10));
  EXPECT_EQ(record_.failures(), 0);
}

TEST_F(ClientKeysTest, WhatWasNotTriedHidesNoFailureAndWaitsLikeOne) {
  Apply(Failed(now_));
  ResolvedKeySet paced = Failed(now_);
  paced.failure->set_reason(v1::FETCH_FAILURE_REASON_PACED);
  for (int i = 0; i < 5; ++i) Apply(paced);
  EXPECT_EQ(keys().refresh_failure().reason(), v1::FETCH_FAILURE_REASON_TIMEOUT);
  EXPECT_EQ(record_.failures(), 6);
  EXPECT_GE(due_in(), absl::Minutes(32));
}

TEST_F(ClientKeysTest, ARefusedSetChangesNoKeyAndIsNotConfirmedLater) {
  Serve({Key("a", 0)});
  const auto fresh = keys().fresh_until_time();
  Serve({Key("x", 1), Key("x", 2)});
  EXPECT_FALSE(update_.findings.valid());
  EXPECT_FALSE(keys().validation().valid());
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("a"));
  EXPECT_EQ(keys().fresh_until_time().seconds(), fresh.seconds());
  EXPECT_EQ(record_.http_etag(), "");
  EXPECT_TRUE(record_.has_refresh_time());
}

TEST_F(ClientKeysTest, ASetIsDueBeforeItIsStale) {
  for (int i = 0; i < 50; ++i) {
    Serve({Key("a", 0)});
    EXPECT_GE(due_in(), absl::Minutes(7));
    EXPECT_LT(due_in(), absl::Minutes(10));
  }
  now_ += absl::Minutes(1);
  Apply(Read({Key("a", 0)}, now_), /*automatic=*/false);
  EXPECT_FALSE(record_.has_refresh_time());
}

TEST_F(ClientKeysTest, KeysFromAnotherPlaceGoAlsoWhenTheNewOneCannotBeRead) {
  // Keys in the document itself never expire.
  ResolvedKeySet inline_set = Read({Key("leaked", 0)}, now_);
  inline_set.jwks_uri.clear();
  Apply(inline_set);
  ASSERT_THAT(Kids(keys().keys()), ElementsAre("leaked"));
  now_ += absl::Minutes(1);
  const KeysUpdate& update = Apply(Failed(now_));
  EXPECT_THAT(keys().keys(), IsEmpty());
  EXPECT_THAT(Kids(keys().withdrawn_keys()), ElementsAre("leaked"));
  EXPECT_FALSE(keys().has_fetch_time()) << "nothing was read there yet";
  EXPECT_EQ(keys().jwks_uri(), kUri);
  EXPECT_EQ(update.changes.size(), 1u);
  EXPECT_LE(due_in(), absl::Minutes(2));
  Serve({Key("next", 1)});
  EXPECT_THAT(Kids(keys().keys()), ElementsAre("next"));
}

TEST_F(ClientKeysTest, AClientWithoutKeysHasNoneInForce) {
  Serve({Key("a", 0)});
  Apply(std::nullopt);
  EXPECT_THAT(keys().keys(), IsEmpty());
  EXPECT_THAT(Kids(keys().withdrawn_keys()), ElementsAre("a"));
  EXPECT_EQ(keys().jwks_uri(), "");
  EXPECT_FALSE(record_.has_refresh_time());
}

TEST_F(ClientKeysTest, TheEtagChangesWithTheKeysAlone) {
  auto etag = [&] { return ServedKeys(ClientKeysRecord(record_), "tenants/t/clients/c", now_).etag(); };
  Serve({Key("a", 0)});
  const std::string before = etag();
  Serve({Key("a", 0)});
  EXPECT_EQ(etag(), before);
  Serve({Key("a", 0), Key("b", 1)});
  EXPECT_NE(etag(), before);
}

TEST(KeyRefreshTest, TheProfileDecidesWhatTheTenantDoesNot) {
  struct Case {
    v1::KeyRefresh setting;
    v1::DocumentProfile profile;
    bool automatic;
  };
  for (const Case& c : std::vector<Case>{
           {v1::KEY_REFRESH_UNSPECIFIED, v1::DOCUMENT_PROFILE_UNSPECIFIED, true},
           {v1::KEY_REFRESH_UNSPECIFIED, v1::DOCUMENT_PROFILE_STANDARD, true},
           {v1::KEY_REFRESH_UNSPECIFIED, v1::DOCUMENT_PROFILE_STRICT, false},
           {v1::KEY_REFRESH_AUTOMATIC, v1::DOCUMENT_PROFILE_STRICT, true},
           {v1::KEY_REFRESH_MANUAL, v1::DOCUMENT_PROFILE_STANDARD, false},
       }) {
    v1::Tenant tenant;
    tenant.set_key_refresh(c.setting);
    tenant.set_document_profile(c.profile);
    EXPECT_EQ(IsKeyRefreshAutomatic(tenant), c.automatic);
  }
}

}  // namespace
}  // namespace cimd::services
