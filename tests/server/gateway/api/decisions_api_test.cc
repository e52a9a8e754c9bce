#include "server/gateway/oauth/decisions_api.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/server/gateway/api/gateway_test_base.h"

namespace cimd::gateway {
namespace {

namespace errors = rpc::errors;
using ::cimd::testing::GatewayTestBase;
using ::cimd::testing::IsError;
using ::cimd::testing::ParseJson;
using ::cimd::testing::RawResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAuthorize[] = "/decisions/authorize";
constexpr char kToken[] = "/decisions/token";

class DecisionsApiTest : public GatewayTestBase {};

TEST_F(DecisionsApiTest, PassesQuestionsOnInEitherSpelling) {
  plane_.authorize_request.Answers(v1::AuthorizeRequestResponse());
  for (const char* body : {R"({"client_id": "https://app.example/c", "resources": ["urn:a", "urn:b"]})",
                           R"({"clientId": "https://app.example/c", "resources": ["urn:a", "urn:b"]})"}) {
    EXPECT_EQ(Send("POST", kAuthorize, body).status, 200);
  }
  ASSERT_EQ(plane_.authorize_request.requests().size(), 2u);
  for (const v1::AuthorizeRequestRequest& request : plane_.authorize_request.requests()) {
    EXPECT_EQ(request.parent(), "tenants/home");
    EXPECT_EQ(request.client_id(), "https://app.example/c");
    EXPECT_THAT(request.resources(), ElementsAre("urn:a", "urn:b"));
  }
}

TEST_F(DecisionsApiTest, SaysAlsoWhatIsFalse) {
  v1::AuthorizeRequestResponse denial;
  denial.set_error("invalid_request");
  v1::FailedCheck& check = *denial.add_failed_checks();
  check.set_reason(v1::CHECK_REASON_PKCE_MISSING);
  check.set_error("invalid_request");
  plane_.authorize_request.Answers(denial);
  const RawResponse response = Send("POST", kAuthorize, "{}");
  EXPECT_EQ(response.status, 200);
  const auto body = ParseJson(response.body);
  EXPECT_EQ(body["allowed"], false);
  EXPECT_EQ(body["error_may_redirect"], false);
  EXPECT_EQ(body["failed_checks"][0]["reason"], "CHECK_REASON_PKCE_MISSING");
  EXPECT_TRUE(body["scopes"].is_array());
  EXPECT_FALSE(body.contains("client"));
}

TEST_F(DecisionsApiTest, HandsABasisBackAsItWasGivenOut) {
  v1::AuthorizeTokenRequestResponse decision;
  decision.mutable_basis()->set_revision(9007199254740993);  // more than a double can hold
  decision.mutable_basis()->set_document_version(2);
  decision.mutable_basis()->add_scopes("r");
  plane_.authorize_token_request.Answers(decision);
  const auto first = ParseJson(Send("POST", kToken, R"({"grant_type": "authorization_code"})").body);
  nlohmann::ordered_json again;
  again["grant_type"] = "refresh_token";
  again["basis"] = first["basis"];
  EXPECT_EQ(Send("POST", kToken, again.dump()).status, 200);
  ASSERT_EQ(plane_.authorize_token_request.requests().size(), 2u);
  EXPECT_EQ(plane_.authorize_token_request.requests()[1].basis().DebugString(), decision.basis().DebugString());
}

TEST_F(DecisionsApiTest, RefusesBodiesThatAreNotWhatTheyShouldBe) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "on property $"},
      {"[]", "must be an object"},
      {R"({"parent": "tenants/other"})", "on property parent"},
      {R"({"parent": ""})", "on property parent"},
      {R"({"made_up": 1})", "made_up"},
      {R"({"resources": {}})", "resources"},
      {R"({"client_id": {}})", "client_id"},
      {R"({"scope": "a", "scope": "b"})", "scope"},
  };
  for (const char* path : {kAuthorize, kToken}) {
    for (const auto& [body, text] : cases) {
      SCOPED_TRACE(body);
      const RawResponse response = Send("POST", path, body);
      EXPECT_THAT(response, IsError(400, "invalid_body"));
      EXPECT_THAT(ParseJson(response.body)["message"].get<std::string>(), HasSubstr(text));
    }
  }
  EXPECT_THAT(plane_.authorize_request.requests(), IsEmpty());
  EXPECT_THAT(plane_.authorize_token_request.requests(), IsEmpty());
}

TEST_F(DecisionsApiTest, MapsErrors) {
  const std::tuple<absl::Status, int, const char*> cases[] = {
      {errors::ScopeInsufficient("m", "check:decisions"), 403, "insufficient_scope"},
      {errors::FieldsInvalid({{.field = "scope", .reason = "TOO_LONG", .description = "d"}}), 400, "invalid_body"},
      {errors::TenantForbidden(), 403, "tenant_forbidden"},
  };
  for (const auto& [status, http_status, code] : cases) {
    plane_.authorize_request.Answers(status);
    plane_.authorize_token_request.Answers(status);
    for (const char* path : {kAuthorize, kToken}) EXPECT_THAT(Send("POST", path, "{}"), IsError(http_status, code));
  }
  EXPECT_EQ(SendRaw("POST", kAuthorize, "Host: gateway.example\r\n", "{}").status, 401);
}

TEST_F(DecisionsApiTest, VerifiesAClientAssertion) {
  v1::VerifyClientAssertionResponse refusal;
  refusal.set_error("invalid_client");
  refusal.set_reason(v1::ASSERTION_REASON_REPLAYED);
  plane_.verify_client_assertion.Answers(refusal);
  const RawResponse response = Send("POST", "/decisions/client-assertion", R"({"client_assertion": "a.b.c"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["valid"], false);
  EXPECT_EQ(ParseJson(response.body)["reason"], "ASSERTION_REASON_REPLAYED");
  const v1::VerifyClientAssertionRequest request = plane_.verify_client_assertion.requests().at(0);
  EXPECT_EQ(request.parent(), "tenants/home");
  EXPECT_EQ(request.client_assertion(), "a.b.c");
}

}  // namespace
}  // namespace cimd::gateway
