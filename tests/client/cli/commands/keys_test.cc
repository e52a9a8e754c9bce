#include <string>

#include "cimd/v1/metadata_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using cimd::testing::kClientName;
using ::testing::HasSubstr;

class KeysTest : public CimdctlTest {
 protected:
  static v1::ClientKey SomeKey(const std::string& kid, int64_t seen) {
    v1::ClientKey key;
    key.set_kid(kid);
    key.set_thumbprint_sha256("thumb-" + kid);
    key.set_kty("EC");
    key.set_crv("P-256");
    key.set_alg("ES256");
    key.mutable_first_seen_time()->set_seconds(seen);
    key.mutable_last_seen_time()->set_seconds(seen + 60);
    return key;
  }
};

TEST_F(KeysTest, ShowTellsTheKeysAndHowTheyCameHere) {
  server_.On([](const v1::GetClientKeysRequest&) -> absl::StatusOr<v1::ClientKeys> {
    v1::ClientKeys keys;
    keys.set_jwks_uri("https://client.example.net/jwks.json");
    keys.mutable_fetch_time()->set_seconds(1780000000);
    keys.set_unknown_kid("next\x1b[2J");
    keys.mutable_unknown_kid_time()->set_seconds(1780000200);
    *keys.add_keys() = SomeKey("b", 1780000000);
    *keys.add_withdrawn_keys() = SomeKey("a", 1779990000);
    return keys;
  });
  EXPECT_EQ(Run({"keys", "show", kClientName}).out,
            "published at  https://client.example.net/jwks.json\n"
            "last read     2026-05-28T20:26:40Z\n"
            "unknown kid   next\\x1b[2J (named by an assertion at 2026-05-28T20:30:00Z)\n"
            "\n"
            "KID  KIND   ALG    STATE      FIRST SEEN            LAST SEEN             THUMBPRINT\n"
            "b    P-256  ES256  in force   2026-05-28T20:26:40Z  2026-05-28T20:27:40Z  thumb-b\n"
            "a    P-256  ES256  withdrawn  2026-05-28T17:40:00Z  2026-05-28T17:41:00Z  thumb-a\n");
  EXPECT_EQ(server_.Received<v1::GetClientKeysRequest>().at(0).name(), kClientName);
  EXPECT_THAT(Run({"keys", "show", kClientName, "-o", "json"}).out, HasSubstr("\"withdrawn_keys\": ["));
}

TEST_F(KeysTest, ShowSaysThatAPublicClientHasNone) {
  server_.On([](const v1::GetClientKeysRequest&) -> absl::StatusOr<v1::ClientKeys> { return v1::ClientKeys(); });
  EXPECT_EQ(Run({"keys", "show", kClientName}).out,
            "the client publishes no keys: it does not authenticate with any\n");
}

TEST_F(KeysTest, RefreshSaysWhatCameOfIt) {
  v1::RefreshClientKeysResponse response;
  server_.On(
      [&](const v1::RefreshClientKeysRequest&) -> absl::StatusOr<v1::RefreshClientKeysResponse> { return response; });
  CimdctlResult result = Run({"keys", "refresh", kClientName});
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_THAT(result.out, HasSubstr("the keys are the same\n"));
  response.set_changed(true);
  EXPECT_THAT(Run({"keys", "refresh", kClientName}).out, HasSubstr("the keys have changed\n"));

  v1::Finding& finding = *response.mutable_client_keys()->mutable_validation()->add_violations();
  finding.set_reason(v1::FINDING_REASON_KEY_SET_PRIVATE_KEY);
  finding.set_path("$.keys[0].d");
  finding.set_message("private key material");
  result = Run({"keys", "refresh", kClientName});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("$.keys[0].d"));

  response.Clear();
  response.mutable_client_keys()->mutable_refresh_failure()->set_reason(v1::FETCH_FAILURE_REASON_TIMEOUT);
  result = Run({"keys", "refresh", kClientName});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("TIMEOUT"));
  EXPECT_THAT(result.out, ::testing::Not(HasSubstr("the keys are the same")));
}

TEST_F(KeysTest, RefreshTellsEachChange) {
  server_.On([](const v1::RefreshClientKeysRequest&) -> absl::StatusOr<v1::RefreshClientKeysResponse> {
    v1::RefreshClientKeysResponse response;
    response.set_changed(true);
    response.add_changes()->set_new_value("b");
    response.add_changes()->set_old_value("a");
    v1::FieldChange& replaced = *response.add_changes();
    replaced.set_old_value("c (old)");
    replaced.set_new_value("c (new)");
    *response.mutable_client_keys()->add_refused_keys() = SomeKey("d", 1780000000);
    v1::ClientKey kept = SomeKey("d", 1779990000);
    kept.mutable_verify_until_time()->set_seconds(1780000000);
    *response.mutable_client_keys()->add_keys() = kept;
    return response;
  });
  const std::string out = Run({"keys", "refresh", kClientName}).out;
  EXPECT_THAT(out, HasSubstr("  new: b\n  withdrawn: a\n  replaced: c (old) by c (new)\n"));
  EXPECT_THAT(out, HasSubstr("refused "));
  EXPECT_THAT(out, HasSubstr("until 2026-05-28T20:26:40Z"));
  EXPECT_THAT(out, HasSubstr("cimdctl keys accept"));
  server_.On([](const v1::RefreshClientKeysRequest&) -> absl::StatusOr<v1::RefreshClientKeysResponse> {
    v1::RefreshClientKeysResponse response;
    response.set_superseded(true);
    return response;
  });
  EXPECT_THAT(Run({"keys", "refresh", kClientName}).out, HasSubstr("a newer read of the key set was stored already"));
}

TEST_F(KeysTest, AcceptNamesTheKeysAndFailsWhenTheyAreGone) {
  v1::ClientKeys stored;
  server_.On([&](const v1::GetClientKeysRequest&) -> absl::StatusOr<v1::ClientKeys> { return stored; });
  v1::RefreshClientKeysResponse response;
  server_.On(
      [&](const v1::RefreshClientKeysRequest&) -> absl::StatusOr<v1::RefreshClientKeysResponse> { return response; });
  const auto accepted = [&] {
    const v1::RefreshClientKeysRequest request = server_.Received<v1::RefreshClientKeysRequest>().back();
    return std::vector<std::string>(request.accept_thumbprints().begin(), request.accept_thumbprints().end());
  };
  const CimdctlResult none = Run({"keys", "accept", kClientName, "--yes"});
  EXPECT_EQ(none.status, kExitOk);
  EXPECT_EQ(none.out, "no key is refused\n");
  EXPECT_TRUE(server_.Received<v1::RefreshClientKeysRequest>().empty());

  *stored.add_refused_keys() = SomeKey("a", 1780000000);
  *stored.add_refused_keys() = SomeKey("b", 1780000000);
  *response.mutable_client_keys()->add_keys() = SomeKey("a", 1780000000);
  response.set_changed(true);
  const CimdctlResult gone = Run({"keys", "accept", kClientName, "--yes"});
  EXPECT_EQ(gone.status, kExitFailed);
  EXPECT_THAT(gone.out, HasSubstr("not accepted: the key set has no key thumb-b\n"));
  EXPECT_THAT(accepted(), ::testing::ElementsAre("thumb-a", "thumb-b"));

  const CimdctlResult one = Run({"keys", "accept", kClientName, "--thumbprint", "thumb-a"});
  EXPECT_EQ(one.status, kExitOk);
  EXPECT_THAT(one.out, HasSubstr("the keys have changed\n"));
  EXPECT_THAT(accepted(), ::testing::ElementsAre("thumb-a"));
  EXPECT_EQ(Run({"keys", "accept", kClientName}).status, kExitUsage) << "nobody can be asked";
}

TEST_F(KeysTest, RefreshPassesARefusalOn) {
  server_.On([](const v1::RefreshClientKeysRequest&) -> absl::StatusOr<v1::RefreshClientKeysResponse> {
    return rpc::errors::ClientHasNoKeys(kClientName);
  });
  const CimdctlResult result = Run({"keys", "refresh", kClientName});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("CLIENT_HAS_NO_KEYS"));
}

TEST_F(KeysTest, VerifyJudgesAnAssertion) {
  v1::VerifyClientAssertionResponse response;
  server_.On([&](const v1::VerifyClientAssertionRequest&) -> absl::StatusOr<v1::VerifyClientAssertionResponse> {
    return response;
  });
  response.set_reason(v1::ASSERTION_REASON_EXPIRED);
  response.set_description("exp has passed");
  const CimdctlResult refused = Run({"keys", "verify", File("assertion", "a.b.c\n")});
  EXPECT_EQ(refused.status, kExitFailed);
  EXPECT_EQ(refused.out, "refused: EXPIRED: exp has passed\n");
  const v1::VerifyClientAssertionRequest request = server_.Received<v1::VerifyClientAssertionRequest>().at(0);
  EXPECT_EQ(request.parent(), "tenants/default");
  EXPECT_EQ(request.client_assertion(), "a.b.c");
  EXPECT_EQ(request.client_assertion_type(), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

  response.Clear();
  response.set_valid(true);
  response.set_client_id(cimd::testing::kUrl);
  response.set_kid("b");
  response.set_alg("ES256");
  const CimdctlResult valid = Run({"keys", "verify", File("assertion", "a.b.c")});
  EXPECT_EQ(valid.status, kExitOk);
  EXPECT_EQ(valid.out, "valid: https://client.example.net/app with key b (ES256)\n");

  EXPECT_EQ(Run({"keys", "verify", "/nowhere"}).status, kExitUsage);
}

}  // namespace
}  // namespace cimd::cli
