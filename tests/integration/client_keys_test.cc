// Key sets of confidential clients: fetched with the document, validated, stored and refused.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/integration/confidential_client.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::FindingsOf;
using ::cimd::testing::IsOk;
using ::cimd::testing::KidsOf;
using ::cimd::testing::TestSigner;
using jose::KeyType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const TestSigner& First() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ec(KeyType::kEcP256));
  return signer;
}
const TestSigner& Second() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ed25519());
  return signer;
}
const TestSigner& RsaSigner() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Rsa(2048));
  return signer;
}

class ClientKeysTest : public testing::ConfidentialClientTest {
 protected:
  void SetProfile(v1::DocumentProfile profile) {
    v1::Tenant tenant;
    tenant.set_document_profile(profile);
    server_.UpdateTenant(tenant, {"document_profile"});
  }
  absl::StatusOr<v1::RefreshClientResponse> Refresh() {
    v1::RefreshClientRequest request;
    request.set_name(name_);
    return server_.Call(server_.metadata(), &v1::MetadataService::Stub::RefreshClient, request);
  }
};

TEST_F(ClientKeysTest, PreviewAndRegistrationReadTheKeys) {
  PublishKeys({Jwk(First(), "a"), Second().PublicJwk()});
  auto preview = Preview();
  ASSERT_THAT(preview, IsOk());
  EXPECT_TRUE(preview->validation().valid());
  EXPECT_THAT(FindingsOf(preview->validation().warnings()), ElementsAre("KEY_KID_COMPUTED $.keys[1]"));
  ASSERT_EQ(preview->keys_size(), 2);
  EXPECT_EQ(preview->keys(0).kid(), "a");
  EXPECT_EQ(preview->keys(0).kty(), "EC");
  EXPECT_EQ(preview->keys(0).crv(), "P-256");
  EXPECT_EQ(preview->keys(1).kty(), "OKP");
  EXPECT_EQ(preview->keys(1).kid(), preview->keys(1).thumbprint_sha256());

  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  EXPECT_THAT(registered->keys(), ::testing::SizeIs(2));
  auto keys = Keys();
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->client(), name_);
  EXPECT_EQ(keys->jwks_uri(), jwks_url());
  EXPECT_THAT(KidsOf(keys->keys()), ElementsAre("a", preview->keys(1).kid()));
  EXPECT_EQ(keys->fresh_until_time().seconds() - keys->fetch_time().seconds(), 600);
  EXPECT_EQ(keys->usable_until_time().seconds() - keys->fresh_until_time().seconds(), 24 * 3600);
  EXPECT_TRUE(keys->keys(0).has_first_seen_time());
  EXPECT_EQ(nlohmann::json::parse(keys->keys(0).jwk())["kid"], "a");
}

TEST_F(ClientKeysTest, RegisteringAgainChangesNothing) {
  PublishKeys({Jwk(First(), "a")}, "max-age=600", "\"k1\"");
  ASSERT_THAT(Register(), IsOk());
  const auto before = Keys();
  auto again = Register();
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->created());
  EXPECT_THAT(again->diff().changes(), IsEmpty());
  EXPECT_EQ(origin_.requests("/jwks.json").back().Header("If-None-Match"), "\"k1\"");
  const auto after = Keys();
  EXPECT_EQ(after->etag(), before->etag());
  EXPECT_EQ(after->keys(0).first_seen_time().nanos(), before->keys(0).first_seen_time().nanos());
  EXPECT_NE(after->keys(0).last_seen_time().nanos(), before->keys(0).last_seen_time().nanos());
}

TEST_F(ClientKeysTest, WhatIsWrongWithASetIsAViolationAndRefused) {
  struct Case {
    std::string set;
    std::string finding;
    std::string violation;
  };
  const std::vector<Case> cases = {
      {R"({"keys":[{"kty":"EC","crv":"P-256","d":"AAAA"}]})", "KEY_SET_PRIVATE_KEY $.keys[0].d",
       "jwks.keys[0].d KEY_SET_PRIVATE_KEY"},
      {"[]", "KEY_SET_MALFORMED $", "jwks KEY_SET_MALFORMED"},
      {"{\"keys\":1}", "KEY_SET_MALFORMED $.keys", "jwks.keys KEY_SET_MALFORMED"},
      {"{", "KEY_SET_JSON_MALFORMED $", "jwks KEY_SET_JSON_MALFORMED"},
      {R"({"keys":[],"keys":[]})", "KEY_SET_JSON_MEMBER_DUPLICATE $.keys", "jwks.keys KEY_SET_JSON_MEMBER_DUPLICATE"},
      {KeySet({Jwk(First(), "a"), Jwk(Second(), "a")}), "KEY_SET_KID_AMBIGUOUS $.keys[1].kid",
       "jwks.keys[1].kid KEY_SET_KID_AMBIGUOUS"},
      {std::string(12 * 1024 + 1, ' '), "KEY_SET_TOO_LARGE $", "jwks KEY_SET_TOO_LARGE"},
      {R"({"keys":[)" + absl::StrJoin(std::vector<std::string>(21, "{}"), ",") + "]}", "KEY_SET_TOO_MANY_KEYS $.keys",
       "jwks.keys KEY_SET_TOO_MANY_KEYS"},
  };
  for (const Case& c : cases) {
    origin_.Serve("/jwks.json", {.body = c.set});
    // Leave the backoff that follows repeated failures.
    clock_.Advance(absl::Minutes(2));
    auto preview = Preview();
    ASSERT_THAT(preview, IsOk());
    EXPECT_THAT(FindingsOf(preview->validation().violations()), ElementsAre(c.finding));
    EXPECT_FALSE(preview->validation().valid());
    EXPECT_THAT(preview->keys(), IsEmpty());
    clock_.Advance(absl::Minutes(2));
    auto registered = Register();
    EXPECT_THAT(registered, Fails(StatusCode::kInvalidArgument, "DOCUMENT_INVALID")) << c.finding;
    EXPECT_THAT(testing::ViolationsOf(registered), ElementsAre(c.violation));
  }
}

TEST_F(ClientKeysTest, ARefusedKeyIsAWarningInStandardAndAViolationInStrict) {
  const TestSigner small = TestSigner::Rsa(1024);
  PublishKeys({Jwk(RsaSigner(), "good"), Jwk(small, "small"), R"({"kty":"oct-not-a-secret","kid":"x"})"});
  auto preview = Preview();
  ASSERT_THAT(preview, IsOk());
  EXPECT_TRUE(preview->validation().valid());
  EXPECT_THAT(FindingsOf(preview->validation().warnings()),
              ElementsAre("KEY_RSA_MODULUS_TOO_SMALL $.keys[1].n", "KEY_TYPE_UNSUPPORTED $.keys[2].kty"));
  EXPECT_THAT(KidsOf(preview->keys()), ElementsAre("good"));
  SetProfile(v1::DOCUMENT_PROFILE_STRICT);
  EXPECT_THAT(testing::ViolationsOf(Register()), ElementsAre("jwks.keys[1].n KEY_RSA_MODULUS_TOO_SMALL"));
  PublishKeys({Jwk(RsaSigner(), "good")});
  ASSERT_THAT(Register(), IsOk());
  EXPECT_EQ(Keys()->keys(0).alg(), "RS256");
}

TEST_F(ClientKeysTest, ASetThatCannotBeReadLetsStandardRegisterAndStrictNot) {
  origin_.Serve("/jwks.json", {.status = 403, .body = "<html>", .content_type = "text/html"});
  auto preview = Preview();
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(preview->key_fetch_failure().kind(), v1::FETCH_FAILURE_KIND_CHALLENGE);
  EXPECT_TRUE(preview->validation().valid());
  EXPECT_THAT(FindingsOf(preview->validation().warnings()), ElementsAre("KEY_SET_NOT_FETCHED $"));
  SetProfile(v1::DOCUMENT_PROFILE_STRICT);
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(Register(), Fails(StatusCode::kFailedPrecondition, "DOCUMENT_NOT_FETCHED"));
  SetProfile(v1::DOCUMENT_PROFILE_STANDARD);
  clock_.Advance(absl::Minutes(2));
  ASSERT_THAT(Register(), IsOk());
  auto keys = Keys();
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->refresh_failure().kind(), v1::FETCH_FAILURE_KIND_CHALLENGE);
  EXPECT_FALSE(keys->has_fetch_time());
  SetKeyRefresh(v1::KEY_REFRESH_MANUAL);
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "KEYS_UNAVAILABLE");
  PublishKeys({Jwk(First(), "a")});
  clock_.Advance(absl::Minutes(2));
  auto refreshed = RefreshKeys();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_TRUE(refreshed->changed());
  EXPECT_FALSE(refreshed->client_keys().has_refresh_failure());
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "");
}

TEST_F(ClientKeysTest, ANewKeyUnderAnOldKidIsRefusedUntilAnAdminAcceptsIt) {
  PublishKeys({Jwk(First(), "a")});
  ASSERT_THAT(Register(), IsOk());
  PublishKeys({Jwk(Second(), "a"), Jwk(RsaSigner(), "b")});
  auto refreshed = RefreshKeys();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_THAT(KidsOf(refreshed->client_keys().keys()), ElementsAre("b"));
  ASSERT_THAT(KidsOf(refreshed->client_keys().refused_keys()), ElementsAre("a"));
  EXPECT_THAT(FindingsOf(refreshed->client_keys().validation().warnings()),
              ElementsAre("KEY_KID_REUSED $.keys[0].kid"));
  // The old key is no longer published.
  EXPECT_NE(Reason(Verify(Assertion(First(), "a"))), "");
  EXPECT_NE(Reason(Verify(Assertion(Second(), "a", jose::Algorithm::kEd25519))), "");

  v1::RefreshClientKeysRequest request;
  request.set_name(name_);
  request.add_accept_thumbprints(refreshed->client_keys().refused_keys(0).thumbprint_sha256());
  auto accepted = server_.Call(server_.metadata(), &v1::MetadataService::Stub::RefreshClientKeys, request);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_TRUE(accepted->changed());
  ASSERT_EQ(accepted->changes_size(), 1);
  EXPECT_TRUE(accepted->changes(0).security_relevant());
  EXPECT_THAT(KidsOf(accepted->client_keys().keys()), ElementsAre("a", "b"));
  EXPECT_THAT(accepted->client_keys().refused_keys(), ::testing::IsEmpty());
  EXPECT_EQ(Reason(Verify(Assertion(Second(), "a", jose::Algorithm::kEd25519))), "");
  EXPECT_NE(Reason(Verify(Assertion(First(), "a"))), "");

  for (int i = 0; i < 20; ++i) request.add_accept_thumbprints("x");
  EXPECT_THAT(server_.Call(server_.metadata(), &v1::MetadataService::Stub::RefreshClientKeys, request),
              Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
}

TEST_F(ClientKeysTest, ARefusedSetLeavesTheKeysInForce) {
  PublishKeys({Jwk(First(), "a")});
  ASSERT_THAT(Register(), IsOk());
  const auto before = Keys();
  origin_.Serve("/jwks.json", {.body = R"({"keys":"none"})"});
  auto refreshed = RefreshKeys();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_FALSE(refreshed->changed());
  EXPECT_EQ(refreshed->client_keys().etag(), before->etag());
  EXPECT_FALSE(refreshed->client_keys().validation().valid());
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "");
}

TEST_F(ClientKeysTest, WithdrawnKeysAreRememberedAndNoLongerWork) {
  PublishKeys({Jwk(First(), "a")});
  ASSERT_THAT(Register(), IsOk());
  PublishKeys({Jwk(First(), "a"), Jwk(RsaSigner(), "b")});
  ASSERT_THAT(RefreshKeys(), IsOk());
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "");
  EXPECT_EQ(Reason(Verify(Assertion(RsaSigner(), "b", jose::Algorithm::kPs256))), "");
  PublishKeys({Jwk(RsaSigner(), "b")});
  auto refreshed = RefreshKeys();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_THAT(KidsOf(refreshed->client_keys().withdrawn_keys()), ElementsAre("a"));
  EXPECT_TRUE(refreshed->client_keys().withdrawn_keys(0).has_withdraw_time());
  SetKeyRefresh(v1::KEY_REFRESH_MANUAL);
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "KEY_UNKNOWN");
}

TEST_F(ClientKeysTest, RefreshTellsOfKeysWithoutAlarm) {
  PublishKeys({Jwk(First(), "a")});
  ASSERT_THAT(Register(), IsOk());
  PublishKeys({Jwk(RsaSigner(), "b")});
  auto refreshed = Refresh();
  ASSERT_THAT(refreshed, IsOk());
  ASSERT_EQ(refreshed->diff().changes_size(), 2);
  EXPECT_EQ(refreshed->diff().changes(0).field(), "keys");
  EXPECT_EQ(refreshed->diff().changes(0).new_value(), "b");
  EXPECT_EQ(refreshed->diff().changes(1).old_value(), "a");
  EXPECT_EQ(refreshed->diff().changes(0).impact(), v1::CHANGE_IMPACT_KEYS_CHANGED);
  EXPECT_FALSE(refreshed->diff().security_relevant());
  EXPECT_EQ(refreshed->outcome(), v1::REFRESH_OUTCOME_UNCHANGED);
}

TEST_F(ClientKeysTest, KeysInTheDocumentAreThoseOfItsVersion) {
  auto document = Document();
  document.erase("jwks_uri");
  document["jwks"] = nlohmann::ordered_json::parse(KeySet({Jwk(First(), "a")}));
  PublishDocument(document);
  ASSERT_THAT(Register(), IsOk());
  EXPECT_EQ(Keys()->jwks_uri(), "");
  EXPECT_FALSE(Keys()->has_fresh_until_time());
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "");
  document["jwks"] = nlohmann::ordered_json::parse(KeySet({Jwk(Second(), "b")}));
  PublishDocument(document);
  ASSERT_THAT(Refresh(), IsOk());
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "KEY_UNKNOWN");
  clock_.Advance(absl::Hours(72));
  EXPECT_EQ(Reason(Verify(Assertion(Second(), "b", jose::Algorithm::kEd25519))), "");

  v1::PinDocumentRequest pin;
  pin.set_name(name_ + "/documents/1");
  ASSERT_THAT(server_.Call(server_.metadata(), &v1::MetadataService::Stub::PinDocument, pin), IsOk());
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "");
  EXPECT_EQ(key_requests(), 0);
}

TEST_F(ClientKeysTest, APinnedClientsKeysAreRefreshed) {
  PublishKeys({Jwk(First(), "a")});
  ASSERT_THAT(Register(), IsOk());
  v1::PinDocumentRequest pin;
  pin.set_name(name_ + "/documents/1");
  ASSERT_THAT(server_.Call(server_.metadata(), &v1::MetadataService::Stub::PinDocument, pin), IsOk());
  PublishKeys({Jwk(RsaSigner(), "b")});
  ASSERT_THAT(RefreshKeys(), IsOk());
  EXPECT_THAT(KidsOf(Keys()->keys()), ElementsAre("b"));
}

TEST_F(ClientKeysTest, AClientThatGivesUpKeysHasNoneAndOneThatIsDeletedLeavesNone) {
  PublishKeys({Jwk(First(), "a")});
  ASSERT_THAT(Register(), IsOk());
  PublishDocument(nlohmann::ordered_json::parse(testing::GoodDocument(url())));
  ASSERT_THAT(Refresh(), IsOk());
  EXPECT_THAT(Keys()->keys(), IsEmpty());
  EXPECT_THAT(KidsOf(Keys()->withdrawn_keys()), ElementsAre("a"));
  EXPECT_THAT(RefreshKeys(), Fails(StatusCode::kFailedPrecondition, "CLIENT_HAS_NO_KEYS"));
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "METHOD_NOT_REGISTERED");
  v1::DeleteClientRequest remove;
  remove.set_name(name_);
  ASSERT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::DeleteClient, remove), IsOk());
  EXPECT_THAT(Keys(), Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND"));
  EXPECT_EQ(Reason(Verify(Assertion(First(), "a"))), "CLIENT_UNKNOWN");
}

TEST_F(ClientKeysTest, AnotherOriginsKeysAreRefusedUnread) {
  auto document = Document();
  document["jwks_uri"] = "https://other.example.net/jwks.json";
  PublishDocument(document);
  EXPECT_THAT(testing::ViolationsOf(Register()), ElementsAre("document.jwks_uri JWKS_URI_OTHER_ORIGIN"));
  EXPECT_EQ(key_requests(), 0);
}

}  // namespace
}  // namespace cimd
