// Key rotation while the server runs: refresh on demand, refresh in the background, and tenants that refresh manually
// only.

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/integration/confidential_client.h"
#include "tests/testing/eventually.h"

namespace cimd {
namespace {

using ::cimd::testing::Eventually;
using ::cimd::testing::IsOk;
using ::cimd::testing::KidsOf;
using ::cimd::testing::TestSigner;
using jose::Algorithm;
using jose::KeyType;
using ::testing::ElementsAre;

const TestSigner& Old() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ec(KeyType::kEcP256));
  return signer;
}
const TestSigner& New() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ec(KeyType::kEcP256));
  return signer;
}

class KeyRotationTest : public testing::ConfidentialClientTest {
 protected:
  void SetUp() override {
    ConfidentialClientTest::SetUp();
    PublishKeys({Jwk(Old(), "old")});
    ASSERT_THAT(Register(), IsOk());
  }
};

TEST_F(KeyRotationTest, AnUnknownKidHasTheSetReadOnce) {
  PublishKeys({Jwk(Old(), "old"), Jwk(New(), "new")});
  EXPECT_EQ(Reason(Verify(Assertion(New(), "new"))), "");
  EXPECT_EQ(key_requests(), 2);
  EXPECT_EQ(Reason(Verify(Assertion(Old(), "old"))), "");
  EXPECT_EQ(Reason(Verify(Assertion(New(), "new"))), "");
  EXPECT_EQ(key_requests(), 2);
}

TEST_F(KeyRotationTest, UnknownKidsAreWorthOneRequestAMinute) {
  clock_.Advance(absl::Minutes(2));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Reason(Verify(Assertion(New(), "guess" + std::to_string(i)))), "KEY_UNKNOWN");
  }
  EXPECT_EQ(key_requests(), 2);
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(Reason(Verify(Assertion(New(), "guess"))), "KEY_UNKNOWN");
  EXPECT_EQ(key_requests(), 3);
}

TEST_F(KeyRotationTest, CheapClaimsComeBeforeARequest) {
  auto claims = Claims();
  claims["aud"] = "https://evil.example/";
  EXPECT_EQ(Reason(Verify(New().Sign(Algorithm::kEs256, Header("ES256", "new"), claims.dump()))), "AUDIENCE_MISMATCH");
  EXPECT_EQ(key_requests(), 1);
}

TEST_F(KeyRotationTest, ManyAssertionsShareOneRequest) {
  auto hold = std::make_shared<absl::Notification>();
  origin_.Serve("/jwks.json", {.body = KeySet({Jwk(New(), "new")}), .hold = hold});
  std::vector<std::string> reasons(24, "?");
  std::vector<std::thread> callers;
  for (std::string& reason : reasons) {
    callers.emplace_back([&] { reason = Reason(Verify(Assertion(New(), "new"))); });
  }
  EXPECT_TRUE(Eventually([&] { return key_requests() == 2; }, "the server reads the key set"));
  // Waiting calls must not block worker threads that other calls need.
  EXPECT_EQ(Reason(Verify(Assertion(Old(), "old"))), "");
  hold->Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(reasons, ::testing::Each(""));
  EXPECT_EQ(key_requests(), 2);
}

TEST_F(KeyRotationTest, AShutdownAnswersWhoeverWaits) {
  auto hold = std::make_shared<absl::Notification>();
  origin_.Serve("/jwks.json", {.body = KeySet({Jwk(New(), "new")}), .hold = hold});
  const std::string assertion = Assertion(New(), "new");
  std::string reason = "?";
  std::thread caller([&] { reason = Reason(Verify(assertion)); });
  EXPECT_TRUE(Eventually([&] { return key_requests() == 2; }, "the server reads the key set"));
  std::thread stopper([&] { server_.Stop(); });
  caller.join();
  EXPECT_EQ(reason, "KEY_UNKNOWN");
  hold->Notify();
  stopper.join();
}

TEST_F(KeyRotationTest, WithoutAKidAFailedSignatureHasTheSetRead) {
  PublishKeys({Jwk(New(), "new")});
  EXPECT_EQ(Reason(Verify(New().Sign(Algorithm::kEs256, R"({"alg":"ES256"})", Claims().dump()))), "");
  EXPECT_EQ(key_requests(), 2);
}

TEST_F(KeyRotationTest, ATokenRequestWaitsForTheSet) {
  PublishKeys({Jwk(New(), "new")});
  v1::AuthorizeTokenRequestRequest request;
  request.set_parent("tenants/default");
  request.set_grant_type("client_credentials");
  request.set_client_assertion_type(testing::kJwtBearer);
  request.set_client_assertion(Assertion(New(), "new"));
  auto decision = server_.Call(server_.grants(), &v1::GrantsService::Stub::AuthorizeTokenRequest, request);
  ASSERT_THAT(decision, IsOk());
  EXPECT_EQ(decision->assertion_reason(), v1::ASSERTION_REASON_UNSPECIFIED);
}

TEST_F(KeyRotationTest, ABatchDoesNotWait) {
  PublishKeys({Jwk(New(), "new")});
  v1::BatchAuthorizeRequest batch;
  batch.set_parent("tenants/default");
  v1::AuthorizeTokenRequestRequest& request = *batch.add_items()->mutable_token();
  request.set_grant_type("client_credentials");
  request.set_client_assertion_type(testing::kJwtBearer);
  request.set_client_assertion(Assertion(New(), "new"));
  auto answers = server_.Call(server_.grants(), &v1::GrantsService::Stub::BatchAuthorize, batch);
  ASSERT_THAT(answers, IsOk());
  EXPECT_EQ(answers->items(0).token().assertion_reason(), v1::ASSERTION_REASON_KEY_UNKNOWN);
  EXPECT_EQ(key_requests(), 1);
}

TEST_F(KeyRotationTest, TheBackgroundReadsASetBeforeItGoesStale) {
  PublishKeys({Jwk(Old(), "old"), Jwk(New(), "new")});
  clock_.Advance(absl::Seconds(400));
  EXPECT_EQ(key_requests(), 1);
  clock_.Advance(absl::Seconds(199));
  EXPECT_TRUE(Eventually([&] { return Keys()->keys_size() == 2; }, "the server applies the new key set"));
  EXPECT_EQ(key_requests(), 2);
  PublishKeys({Jwk(New(), "new")}, "max-age=600", "\"2\"");
  clock_.Advance(absl::Seconds(599));
  EXPECT_TRUE(Eventually([&] { return Keys()->keys_size() == 1; }, "the server applies the new key set"));
  EXPECT_THAT(KidsOf(Keys()->withdrawn_keys()), ElementsAre("old"));
  // The unchanged set is confirmed with a 304.
  const auto before = Keys();
  clock_.Advance(absl::Seconds(599));
  EXPECT_TRUE(Eventually([&] { return Keys()->fetch_time().seconds() > before->fetch_time().seconds(); },
                         "the server applies the new key set"));
  EXPECT_EQ(origin_.requests("/jwks.json").back().Header("If-None-Match"), "\"2\"");
  const auto after = Keys();
  EXPECT_EQ(after->etag(), before->etag());
  EXPECT_GT(after->keys(0).last_seen_time().seconds(), before->keys(0).last_seen_time().seconds());
  EXPECT_EQ(after->keys(0).first_seen_time().seconds(), before->keys(0).first_seen_time().seconds());
}

TEST_F(KeyRotationTest, LifetimesStayWithinOurBounds) {
  struct Case {
    std::string cache_control;
    int64_t seconds;
  };
  for (const Case& c :
       std::vector<Case>{{"no-store", 60}, {"max-age=3", 60}, {"max-age=9999999", 86400}, {"max-age=700", 700}}) {
    PublishKeys({Jwk(Old(), "old")}, c.cache_control);
    auto refreshed = RefreshKeys();
    ASSERT_THAT(refreshed, IsOk());
    const v1::ClientKeys& keys = refreshed->client_keys();
    EXPECT_EQ(keys.fresh_until_time().seconds() - keys.fetch_time().seconds(), c.seconds) << c.cache_control;
  }
}

TEST_F(KeyRotationTest, StaleKeysServeForADayWhileTheHostIsDown) {
  origin_.Serve("/jwks.json", {.status = 503});
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(Eventually([&] { return Keys()->has_refresh_failure(); }, "the failed read is recorded"));
  EXPECT_EQ(Reason(Verify(Assertion(Old(), "old"))), "");
  clock_.Advance(absl::Hours(22));
  EXPECT_EQ(Reason(Verify(Assertion(Old(), "old"))), "");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Reason(Verify(Assertion(Old(), "old"))), "KEYS_UNAVAILABLE");
  PublishKeys({Jwk(Old(), "old")});
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(Eventually([&] { return Reason(Verify(Assertion(Old(), "old"))).empty(); },
                         "the server applies the new key set"));
}

TEST_F(KeyRotationTest, WhatIsDueSurvivesARestart) {
  PublishKeys({Jwk(New(), "new")});
  server_.Stop();
  clock_.Advance(absl::Hours(1));
  server_.Restart();
  EXPECT_TRUE(Eventually([&] { return KidsOf(Keys()->keys()) == std::vector<std::string>{"new"}; },
                         "the server applies the new key set"));
}

TEST_F(KeyRotationTest, ManualTenantsAreLeftAloneAndShownTheKid) {
  SetKeyRefresh(v1::KEY_REFRESH_MANUAL);
  PublishKeys({Jwk(New(), "new")});
  EXPECT_EQ(Reason(Verify(Assertion(New(), "new"))), "KEY_UNKNOWN");
  EXPECT_TRUE(Eventually([&] { return Keys()->unknown_kid() == "new"; }, "the unknown kid is recorded"));
  // At most one refresh a minute.
  EXPECT_EQ(Reason(Verify(Assertion(New(), "newer"))), "KEY_UNKNOWN");
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(Reason(Verify(Assertion(Old(), "old"))), "");
  EXPECT_EQ(Keys()->unknown_kid(), "new");
  EXPECT_EQ(key_requests(), 1);
  auto refreshed = RefreshKeys();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(refreshed->client_keys().unknown_kid(), "");
  EXPECT_EQ(Reason(Verify(Assertion(New(), "new"))), "");
  EXPECT_EQ(key_requests(), 2);
}

TEST_F(KeyRotationTest, TheStrictProfileIsManualUnlessTheTenantSaysOtherwise) {
  v1::Tenant tenant;
  tenant.set_document_profile(v1::DOCUMENT_PROFILE_STRICT);
  server_.UpdateTenant(tenant, {"document_profile"});
  EXPECT_EQ(Reason(Verify(Assertion(New(), "new"))), "KEY_UNKNOWN");
  EXPECT_EQ(key_requests(), 1);
  SetKeyRefresh(v1::KEY_REFRESH_AUTOMATIC);
  EXPECT_EQ(Reason(Verify(Assertion(New(), "new"))), "KEY_UNKNOWN");
  EXPECT_EQ(key_requests(), 2);
}

}  // namespace
}  // namespace cimd
