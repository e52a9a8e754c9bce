#include "server/policy/checks.h"

#include <set>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace cimd::policy {
namespace {

using std::string_view;
using std::string_literals::operator""s;

TEST(OAuthErrorTest, EveryReasonHasARegisteredErrorAtEveryLeg) {
  const std::set<string_view> kRegistered = {
      "invalid_request",           "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
      "unsupported_response_type", "invalid_scope",  "invalid_target"};
  for (int i = 0; i < v1::CheckReason_descriptor()->value_count(); ++i) {
    const auto reason = static_cast<v1::CheckReason>(v1::CheckReason_descriptor()->value(i)->number());
    if (reason == v1::CHECK_REASON_UNSPECIFIED) continue;
    for (const FlowStage stage : {FlowStage::kAuthorization, FlowStage::kRedemption, FlowStage::kClientCredentials}) {
      EXPECT_EQ(kRegistered.count(OAuthError(reason, stage, "")), 1u) << v1::CheckReason_Name(reason);
    }
  }
}

TEST(OAuthErrorTest, WhatWasWithdrawnIsInvalidGrantForACodeOrRefreshToken) {
  struct Row {
    v1::CheckReason reason;
    string_view authorization;
    string_view redemption;
    string_view client_credentials;
  };
  for (const Row& row : {
           Row{v1::CHECK_REASON_CLIENT_UNKNOWN, "invalid_request", "invalid_client", "invalid_client"},
           Row{v1::CHECK_REASON_AUDIENCE_UNKNOWN, "invalid_target", "invalid_grant", "invalid_target"},
           Row{v1::CHECK_REASON_ACCESS_DENIED_BY_API, "unauthorized_client", "invalid_grant", "unauthorized_client"},
           Row{v1::CHECK_REASON_GRANT_MISSING, "unauthorized_client", "invalid_grant", "unauthorized_client"},
           Row{v1::CHECK_REASON_SCOPES_NOT_GRANTED, "invalid_scope", "invalid_grant", "invalid_scope"},
       }) {
    SCOPED_TRACE(v1::CheckReason_Name(row.reason));
    EXPECT_EQ(OAuthError(row.reason, FlowStage::kAuthorization, ""), row.authorization);
    EXPECT_EQ(OAuthError(row.reason, FlowStage::kRedemption, ""), row.redemption);
    EXPECT_EQ(OAuthError(row.reason, FlowStage::kClientCredentials, ""), row.client_credentials);
  }
}

// Otherwise anyone who can register a client could guess connection names.
TEST(OAuthErrorTest, ConnectionsThatAreNotForThirdPartiesLookLikeUnknownOnes) {
  EXPECT_EQ(OAuthError(v1::CHECK_REASON_CONNECTION_UNKNOWN, FlowStage::kAuthorization, "connection"),
            OAuthError(v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL, FlowStage::kAuthorization, "connection"));
}

TEST(QuotedTest, OnlyCharactersThatAnErrorDescriptionMayHave) {
  EXPECT_EQ(Quoted("https://a.com/cb?x=1&y=[2]"), "'https://a.com/cb?x=1&y=[2]'");
  EXPECT_EQ(Quoted(""), "''");
  EXPECT_EQ(Quoted("a\"b\\c\nd\te\x7f"
                   "f\xc3\xa9\0g"s),
            "'a?b?c?d?e?f???g'");
  EXPECT_EQ(Quoted(std::string(80, 'x')), "'" + std::string(80, 'x') + "'");
  EXPECT_EQ(Quoted(std::string(81, 'x')), "'" + std::string(80, 'x') + "...'");
}

TEST(ChecksTest, EachFailureIsKeptInOrder) {
  google::protobuf::RepeatedPtrField<v1::FailedCheck> failed;
  Checks checks(FlowStage::kRedemption, failed);
  EXPECT_TRUE(checks.passed());
  checks.Fail(v1::CHECK_REASON_CLIENT_BLOCKED, "client_id", "first");
  checks.Fail(v1::CHECK_REASON_GRANT_MISSING, "", "second");
  EXPECT_FALSE(checks.passed());
  ASSERT_EQ(failed.size(), 2);
  EXPECT_EQ(failed[0].error(), "unauthorized_client");
  EXPECT_EQ(failed[0].parameter(), "client_id");
  EXPECT_EQ(failed[0].description(), "first");
  EXPECT_EQ(failed[1].error(), "invalid_grant");
  EXPECT_EQ(failed[1].parameter(), "");
}

}  // namespace
}  // namespace cimd::policy
