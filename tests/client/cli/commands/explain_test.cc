// cimdctl explain: the request to the server, and the exit status.

#include <string>

#include "cimd/v1/grants_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ExplainTest : public CimdctlTest {
 protected:
  ExplainTest() {
    server_.On([this](const v1::AuthorizeRequestRequest&) -> absl::StatusOr<v1::AuthorizeRequestResponse> {
      v1::AuthorizeRequestResponse response;
      response.set_allowed(allowed_);
      response.mutable_basis()->set_revision(7);
      response.mutable_basis()->set_client(kClientName);
      response.set_error_may_redirect(true);
      return response;
    });
    server_.On([this](const v1::AuthorizeTokenRequestRequest&) -> absl::StatusOr<v1::AuthorizeTokenRequestResponse> {
      v1::AuthorizeTokenRequestResponse response;
      response.set_allowed(allowed_);
      return response;
    });
  }
  v1::AuthorizeRequestRequest Asked() { return server_.Received<v1::AuthorizeRequestRequest>().back(); }

  bool allowed_ = true;
};

TEST_F(ExplainTest, WhatIsNotGivenIsAssumedAndSaid) {
  const CimdctlResult result = Run({"explain", "--client_id", kUrl});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, HasSubstr("assumed: response_type=code\nassumed: a valid code_challenge\n"
                                    "assumed: code_challenge_method=S256\n"));
  const v1::AuthorizeRequestRequest request = Asked();
  EXPECT_EQ(request.parent(), "tenants/default");
  EXPECT_EQ(request.response_type(), "code");
  EXPECT_EQ(request.code_challenge().size(), 43);
  EXPECT_EQ(request.code_challenge_method(), "S256");
}

TEST_F(ExplainTest, WhatIsGivenIsSentAsItIs) {
  const CimdctlResult result = Run({"explain",
                                    "--client_id",
                                    kUrl,
                                    "--redirect_uri",
                                    "https://c.example/cb",
                                    "--response_type",
                                    "token",
                                    "--audience",
                                    "a",
                                    "--resource",
                                    "r1",
                                    "--resource",
                                    "r2",
                                    "--scope",
                                    "a b",
                                    "--connection",
                                    "users",
                                    "--param",
                                    "request",
                                    "--param",
                                    "x",
                                    "--repeated",
                                    "state",
                                    "--code_challenge",
                                    "challenge"});
  EXPECT_THAT(result.out, Not(HasSubstr("assumed")));
  const v1::AuthorizeRequestRequest request = Asked();
  EXPECT_EQ(request.client_id(), kUrl);
  EXPECT_EQ(request.redirect_uri(), "https://c.example/cb");
  EXPECT_EQ(request.response_type(), "token");
  EXPECT_EQ(request.audience(), "a");
  EXPECT_THAT(request.resources(), ElementsAre("r1", "r2"));
  EXPECT_EQ(request.scope(), "a b");
  EXPECT_EQ(request.connection(), "users");
  EXPECT_THAT(request.other_parameters(), ElementsAre("request", "x"));
  EXPECT_THAT(request.repeated_parameters(), ElementsAre("state"));
  EXPECT_EQ(request.code_challenge(), "challenge");
  // Without the method, the request has a plain challenge.
  EXPECT_EQ(request.code_challenge_method(), "");
}

TEST_F(ExplainTest, ARequestWithoutPkceCanBeExplained) {
  EXPECT_THAT(Run({"explain", "--no_pkce", "--response_type", ""}).out, Not(HasSubstr("assumed")));
  EXPECT_EQ(Asked().code_challenge(), "");
  EXPECT_EQ(Asked().code_challenge_method(), "");
  EXPECT_EQ(Asked().response_type(), "");
}

TEST_F(ExplainTest, ADenialHasAnExitStatusOfItsOwn) {
  allowed_ = false;
  EXPECT_EQ(Run({"explain", "--client_id", kUrl}).status, 3);
  EXPECT_EQ(Run({"explain", "--client_id", kUrl, "-o", "json"}).status, 3);
  EXPECT_EQ(Run({"explain", "--token", "--grant_type", "client_credentials"}).status, 3);
}

TEST_F(ExplainTest, ATokenRequestTakesTheBasisOfAnAnswer) {
  const CimdctlResult authorization = Run({"explain", "--client_id", kUrl, "-o", "json"});
  const std::string answer = File("answer.json", authorization.out);
  const CimdctlResult token =
      Run({"explain", "--token", "--client_id", kUrl, "--grant_type", "authorization_code", "--authentication_method",
           "none", "--redirect_uri", "https://c.example/cb", "--scope", "read", "--basis", answer});
  EXPECT_EQ(token.status, 0) << token.err;
  const auto request = server_.Received<v1::AuthorizeTokenRequestRequest>().back();
  EXPECT_EQ(request.grant_type(), "authorization_code");
  EXPECT_EQ(request.authentication_method(), "none");
  EXPECT_EQ(request.redirect_uri(), "https://c.example/cb");
  EXPECT_EQ(request.basis().client(), kClientName);
  EXPECT_EQ(request.basis().revision(), 7);
}

TEST_F(ExplainTest, ABasisThatCannotBeReadIsRefused) {
  const CimdctlResult result =
      Run({"explain", "--token", "--grant_type", "refresh_token", "--basis", File("b.json", "{\"basis\": 1}")});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("b.json is no answer"));
  EXPECT_TRUE(server_.authorizations().empty());
}

TEST_F(ExplainTest, AFailedCallIsNoDenial) {
  server_.On([](const v1::AuthorizeRequestRequest&) -> absl::StatusOr<v1::AuthorizeRequestResponse> {
    return absl::PermissionDeniedError("no");
  });
  EXPECT_EQ(Run({"explain", "--client_id", kUrl}).status, 1);
}

}  // namespace
}  // namespace cimd::testing
