#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using TokensTest = CimdctlTest;

TEST_F(TokensTest, CreateShowsTheTokenOnce) {
  v1::CreateAccessTokenRequest seen;
  server_.On([&](const v1::CreateAccessTokenRequest& request) -> absl::StatusOr<v1::CreateAccessTokenResponse> {
    seen = request;
    v1::CreateAccessTokenResponse response;
    *response.mutable_access_token() = request.access_token();
    response.mutable_access_token()->set_name(request.parent() + "/accessTokens/tok_1");
    response.set_token("cimd_secret");
    return response;
  });
  const CimdctlResult result =
      Run({"tokens", "create", "the AS", "--scope", "check:decisions", "--scope", "read:clients", "--lifetime", "90d"});
  EXPECT_EQ(result.status, kExitOk) << result.err;
  EXPECT_EQ(seen.parent(), "tenants/default");
  EXPECT_EQ(seen.access_token().display_name(), "the AS");
  EXPECT_THAT(seen.access_token().scopes(), ElementsAre("check:decisions", "read:clients"));
  const int64_t lifetime = seen.access_token().expire_time().seconds() - absl::ToUnixSeconds(absl::Now());
  EXPECT_NEAR(static_cast<double>(lifetime), 90 * 86400, 60);
  EXPECT_THAT(result.out, HasSubstr("tenants/default/accessTokens/tok_1"));
  EXPECT_THAT(result.out, HasSubstr("shown this once:\n\ncimd_secret\n"));
  EXPECT_EQ(Run({"tokens", "create", "x", "--scope", "*", "--platform"}).status, kExitOk);
  EXPECT_EQ(seen.parent(), "platform");
  EXPECT_FALSE(seen.access_token().has_expire_time());
}

TEST_F(TokensTest, CreateSaysThatATokenIsLostWhenItCannotBeWritten) {
  server_.On([&](const v1::CreateAccessTokenRequest&) -> absl::StatusOr<v1::CreateAccessTokenResponse> {
    v1::CreateAccessTokenResponse response;
    response.mutable_access_token()->set_name("tenants/default/accessTokens/tok_1");
    response.set_token("cimd_secret");
    return response;
  });
  for (const char* output : {"table", "json"}) {
    std::ofstream full("/dev/full");
    const CimdctlResult result = RunInto(full, {"tokens", "create", "x", "--scope", "*", "--output", output});
    EXPECT_EQ(result.status, kExitFailed) << output;
    EXPECT_THAT(result.err, HasSubstr("cimdctl tokens revoke tenants/default/accessTokens/tok_1")) << output;
  }
}

TEST_F(TokensTest, AScopeTakesOneWord) {
  server_.On([&](const v1::CreateAccessTokenRequest&) -> absl::StatusOr<v1::CreateAccessTokenResponse> {
    return v1::CreateAccessTokenResponse();
  });
  EXPECT_EQ(Run({"tokens", "create", "--scope", "read:clients", "the AS"}).status, kExitOk);
  const auto request = server_.Received<v1::CreateAccessTokenRequest>().at(0);
  EXPECT_EQ(request.access_token().display_name(), "the AS");
  EXPECT_THAT(request.access_token().scopes(), ElementsAre("read:clients"));
}

TEST_F(TokensTest, ScopesAreListedWithWhatTheyAllow) {
  const CimdctlResult result = Run({"tokens", "scopes"});
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_THAT(result.out, HasSubstr("check:decisions"));
  EXPECT_THAT(result.out, ::testing::ContainsRegex("create:backups +CreateBackup\n"));
  EXPECT_THAT(Run({"tokens", "scopes", "-o", "json"}).out, HasSubstr("\"scope\": \"read:clients\""));
  EXPECT_THAT(server_.authorizations(), ::testing::IsEmpty());
}

// Three platform tokens: one with every scope, one with `other_scope_`, and a revoked one.
class RevokeTest : public CimdctlTest {
 protected:
  RevokeTest() {
    server_.On([this](const v1::ListAccessTokensRequest& request) -> absl::StatusOr<v1::ListAccessTokensResponse> {
      v1::ListAccessTokensResponse response;
      for (const char* id : {"tok_a", "tok_b", "tok_c"}) {
        v1::AccessToken& token = *response.add_access_tokens();
        token.set_name(request.parent() + "/accessTokens/" + id);
        token.add_scopes("*");
      }
      *response.mutable_access_tokens(1)->mutable_scopes(0) = other_scope_;
      response.mutable_access_tokens(2)->mutable_revoke_time()->set_seconds(1'000'000'000);
      return response;
    });
    server_.On([](const v1::RevokeAccessTokenRequest& request) -> absl::StatusOr<v1::AccessToken> {
      v1::AccessToken token;
      token.set_name(request.name());
      return token;
    });
  }
  size_t revoked() { return server_.Received<v1::RevokeAccessTokenRequest>().size(); }

  std::string other_scope_ = "read:clients";
};

TEST_F(RevokeTest, TheLastPlatformTokenIsRevokedOnlyWhenThatIsMeant) {
  const CimdctlResult refused = Run({"tokens", "revoke", "tok_a", "--platform", "--yes"});
  EXPECT_EQ(refused.status, kExitFailed);
  EXPECT_THAT(refused.err, HasSubstr("is the last platform token that can make others."));
  EXPECT_THAT(refused.err, HasSubstr("admin recover-token"));
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_THAT(RunAsked({"tokens", "revoke", "tok_a", "--platform"}, "n\n").err, HasSubstr("Revoke it? [y/N] "));
  EXPECT_EQ(revoked(), 0u);
  EXPECT_EQ(RunAsked({"tokens", "revoke", "tok_a", "--platform"}, "y\n").status, kExitOk);
  EXPECT_EQ(Run({"tokens", "revoke", "tok_a", "--platform", "--force"}).status, kExitOk);
  EXPECT_EQ(revoked(), 2u);
}

TEST_F(RevokeTest, OthersAreRevokedWithTheUsualQuestion) {
  EXPECT_EQ(Run({"tokens", "revoke", "tok_b", "--platform"}).status, kExitOk) << "it cannot make others";
  other_scope_ = "create:access_tokens";
  EXPECT_EQ(Run({"tokens", "revoke", "tok_a", "--platform"}).status, kExitOk) << "there is another";
  EXPECT_EQ(Run({"tokens", "revoke", "tok_a"}).status, kExitOk) << "a tenant's token";
  const CimdctlResult asked = RunAsked({"tokens", "revoke", "tok_a"}, "n\n");
  EXPECT_THAT(asked.err, HasSubstr("Revoke access token tenants/default/accessTokens/tok_a? [y/N] "));
  EXPECT_EQ(revoked(), 3u);
}

TEST_F(RevokeTest, ACallerWhoMayNotListTokensIsNotHeldUp) {
  server_.On([](const v1::ListAccessTokensRequest&) -> absl::StatusOr<v1::ListAccessTokensResponse> {
    return rpc::errors::ScopeInsufficient("m", "read:access_tokens");
  });
  EXPECT_EQ(Run({"tokens", "revoke", "tok_a", "--platform"}).status, kExitOk);
}

TEST_F(TokensTest, ALifetimeHasToMakeSense) {
  for (const char* lifetime : {"0d", "-1d", "d", "soon", "-5m", "1x", "0s"}) {
    const CimdctlResult result = Run({"tokens", "create", "x", "--scope", "*", std::string("--lifetime=") + lifetime});
    EXPECT_EQ(result.status, kExitUsage) << lifetime;
    EXPECT_THAT(result.err, HasSubstr("--lifetime")) << lifetime;
  }
  EXPECT_EQ(Run({"tokens", "create", "x"}).status, kExitUsage) << "a scope is needed";
}

TEST_F(TokensTest, ListShowsWhatIsNoLongerInForce) {
  server_.On([](const v1::ListAccessTokensRequest& request) -> absl::StatusOr<v1::ListAccessTokensResponse> {
    v1::ListAccessTokensResponse response;
    for (const char* id : {"tok_a", "tok_b", "tok_c"}) {
      v1::AccessToken& token = *response.add_access_tokens();
      token.set_name(request.parent() + "/accessTokens/" + id);
      token.set_display_name("d");
      token.add_scopes("read:clients");
    }
    response.mutable_access_tokens(1)->mutable_expire_time()->set_seconds(1'000'000'000);
    response.mutable_access_tokens(2)->mutable_revoke_time()->set_seconds(1'000'000'000);
    response.mutable_access_tokens(2)->mutable_last_use_time()->set_seconds(999'999'960);
    return response;
  });
  EXPECT_EQ(Run({"tokens", "list"}).out,
            "ID     STATE    LAST USE              EXPIRES               SCOPES        DISPLAY NAME\n"
            "tok_a  ACTIVE   never                 never                 read:clients  d\n"
            "tok_b  EXPIRED  never                 2001-09-09T01:46:40Z  read:clients  d\n"
            "tok_c  REVOKED  2001-09-09T01:46:00Z  never                 read:clients  d\n");
}

TEST_F(TokensTest, ShowAndRevokeTakeAnIdOrAName) {
  server_.On([](const v1::GetAccessTokenRequest& request) -> absl::StatusOr<v1::AccessToken> {
    v1::AccessToken token;
    token.set_name(request.name());
    return token;
  });
  server_.On([](const v1::RevokeAccessTokenRequest& request) -> absl::StatusOr<v1::AccessToken> {
    if (request.name().ends_with("gone")) return rpc::errors::AccessTokenNotFound(request.name());
    v1::AccessToken token;
    token.set_name(request.name());
    return token;
  });
  EXPECT_THAT(Run({"tokens", "show", "tok_1"}).out, HasSubstr("tenants/default/accessTokens/tok_1"));
  EXPECT_THAT(Run({"tokens", "show", "tok_1", "--platform"}).out, HasSubstr("platform/accessTokens/tok_1"));
  EXPECT_EQ(Run({"tokens", "revoke", "tenants/t/accessTokens/tok_1"}).out, "revoked tenants/t/accessTokens/tok_1\n");
  const CimdctlResult missing = Run({"tokens", "revoke", "gone"});
  EXPECT_EQ(missing.status, kExitFailed);
  EXPECT_THAT(missing.err, HasSubstr("ACCESS_TOKEN_NOT_FOUND"));
}

}  // namespace
}  // namespace cimd::cli
