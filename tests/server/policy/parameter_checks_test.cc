#include "server/policy/parameter_checks.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::policy {
namespace {

using std::string_view;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using std::string_literals::operator""s;

using Failed = google::protobuf::RepeatedPtrField<v1::FailedCheck>;

std::vector<v1::CheckReason> Reasons(const Failed& failed) {
  std::vector<v1::CheckReason> reasons;
  for (const v1::FailedCheck& check : failed) reasons.push_back(check.reason());
  return reasons;
}

TEST(AllowedParameterTest, TheAllowList) {
  // In the order of the reference product's documentation.
  for (string_view name : {"acr_values", "audience",       "authorization_details",
                           "client_id",  "code_challenge", "code_challenge_method",
                           "connection", "correlation_id", "display",
                           "dpop_jkt",   "login_hint",     "max_age",
                           "nonce",      "prompt",         "redirect_uri",
                           "resource",   "response_mode",  "response_type",
                           "scope",      "state",          "ui_locales",
                           "ext-a",      "ext-",           "ext-x-y",
                           "ext--"}) {
    EXPECT_EQ(IsAllowedParameter(name), name != "ext-") << name;
  }
}

TEST(AllowedParameterTest, EverythingElseIsRefused) {
  for (const std::string& name :
       {// Parameters in the reference.
        "claims"s, "id_token_hint"s, "invitation"s, "login_ticket"s, "request"s, "request_uri"s, "screen_hint"s,
        // Parameters that the reference does not have.
        "organization"s, "access_token"s, "client_secret"s, "code_verifier"s, "x"s, ""s,
        // Almost correct parameter names.
        "State"s, "STATE"s, " state"s, "state "s, "state\0"s, "state[]"s, "ext_a"s, "Ext-a"s, "xext-a"s, "stat"s,
        "statee"s, "scop\xc3\xa9"s}) {
    EXPECT_FALSE(IsAllowedParameter(name)) << name;
  }
}

TEST(OtherParametersTest, OneFailureForEachForbiddenName) {
  ParameterNames names;
  for (const char* name : {"state", "request", "ext-a", "foo\"bar"}) *names.Add() = name;
  Failed failed;
  Checks checks(FlowStage::kAuthorization, failed);
  CheckOtherParameters(names, checks);
  ASSERT_THAT(Reasons(failed), ElementsAre(v1::CHECK_REASON_PARAMETER_FORBIDDEN, v1::CHECK_REASON_PARAMETER_FORBIDDEN));
  EXPECT_EQ(failed[0].parameter(), "request");
  EXPECT_EQ(failed[1].parameter(), "foo\"bar");
  EXPECT_THAT(failed[1].description(), ::testing::HasSubstr("'foo?bar'"));
}

TEST(RepeatedParametersTest, AllButResource) {
  ParameterNames names;
  for (const char* name : {"resource", "scope", "ext-a"}) *names.Add() = name;
  Failed failed;
  Checks checks(FlowStage::kAuthorization, failed);
  CheckRepeatedParameters(names, checks);
  ASSERT_EQ(failed.size(), 2);
  EXPECT_EQ(failed[0].parameter(), "scope");
  EXPECT_EQ(failed[1].parameter(), "ext-a");
}

TEST(ResponseTypeTest, OnlyCode) {
  struct Row {
    string_view response_type;
    std::vector<v1::CheckReason> reasons;
  };
  for (const Row& row : {Row{"code", {}},
                         {"", {v1::CHECK_REASON_RESPONSE_TYPE_MISSING}},
                         {"token", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED}},
                         {"id_token", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED}},
                         {"none", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED}},
                         {"code token", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED}},
                         {"code ", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED}},
                         {"CODE", {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED}}}) {
    Failed failed;
    Checks checks(FlowStage::kAuthorization, failed);
    CheckResponseType(row.response_type, checks);
    EXPECT_THAT(Reasons(failed), ElementsAreArray(row.reasons)) << row.response_type;
  }
}

TEST(PkceTest, OnlyAnS256Challenge) {
  const std::string good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  const std::string almost = good.substr(0, 42);
  constexpr auto kMissing = v1::CHECK_REASON_PKCE_MISSING;
  constexpr auto kMethod = v1::CHECK_REASON_PKCE_METHOD;
  constexpr auto kMalformed = v1::CHECK_REASON_PKCE_MALFORMED;
  struct Row {
    std::string challenge;
    std::string method;
    std::vector<v1::CheckReason> reasons;
  };
  for (const Row& row : {Row{good, "S256", {}},
                         {almost + "_", "S256", {}},
                         {"", "", {kMissing}},
                         {"", "S256", {kMissing}},
                         {"", "plain", {kMissing, kMethod}},
                         {good, "", {kMethod}},
                         {good, "plain", {kMethod}},
                         {good, "s256", {kMethod}},
                         {good, "S256 ", {kMethod}},
                         {good, "S512", {kMethod}},
                         {almost, "S256", {kMalformed}},
                         {good + "x", "S256", {kMalformed}},
                         {almost + "=", "S256", {kMalformed}},
                         {almost + "+", "S256", {kMalformed}},
                         // Valid in a code verifier but not in base64url.
                         {almost + "~", "S256", {kMalformed}},
                         {almost + ".", "S256", {kMalformed}},
                         {almost + "\0"s, "S256", {kMalformed}},
                         {almost + "\n", "S256", {kMalformed}},
                         {almost + ".", "plain", {kMethod}},
                         {std::string(128, 'a'), "plain", {kMethod}},
                         {std::string(129, 'a'), "plain", {kMethod, kMalformed}},
                         {almost, "plain", {kMethod, kMalformed}},
                         {almost + "!", "plain", {kMethod, kMalformed}}}) {
    Failed failed;
    Checks checks(FlowStage::kAuthorization, failed);
    CheckPkce(row.challenge, row.method, checks);
    EXPECT_THAT(Reasons(failed), ElementsAreArray(row.reasons)) << row.challenge << " " << row.method;
  }
}

}  // namespace
}  // namespace cimd::policy
