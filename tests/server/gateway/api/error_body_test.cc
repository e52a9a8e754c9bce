#include "server/gateway/json/error_body.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/errors/errors.h"
#include "server/gateway/management/client_json.h"

namespace cimd::gateway {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

nlohmann::json Management(const absl::Status& status, InputPart part = InputPart::kBody) {
  return nlohmann::json::parse(ManagementErrorResponse(ErrorOf(status, part, ClientProperty)).body);
}

HttpResponse OAuth(const absl::Status& status) {
  return OAuthErrorResponse(ErrorOf(status, InputPart::kBody, ClientProperty));
}

TEST(ManagementErrorTest, ListsEveryViolationUnderTheNameOfTheApi) {
  const absl::Status status = rpc::errors::FieldsInvalid(
      {{"client.settings.refresh_token.leeway_seconds", "OUT_OF_RANGE", "is 90; allowed are 0 to 60"},
       {"client.settings.web_origins[2]", "FORMAT", "must be an origin"},
       {"client.settings.client_metadata key", "TOO_LONG", "has 300 characters"},
       {"client.metadata.app_type", "OUT_OF_RANGE", "is 9"},
       {"something.else", "FORMAT", "is odd"}});
  EXPECT_EQ(Management(status), nlohmann::json::parse(R"({
    "statusCode": 400, "error": "Bad Request", "errorCode": "invalid_body",
    "message": "Payload validation error: 'is 90; allowed are 0 to 60' on property refresh_token.leeway, 'must be an origin' on property web_origins[2], 'has 300 characters' on property client_metadata key, 'is 9' on property app_type, 'is odd' on property something.else.",
    "details": [
      {"field": "refresh_token.leeway", "reason": "OUT_OF_RANGE", "message": "is 90; allowed are 0 to 60"},
      {"field": "web_origins[2]", "reason": "FORMAT", "message": "must be an origin"},
      {"field": "client_metadata key", "reason": "TOO_LONG", "message": "has 300 characters"},
      {"field": "app_type", "reason": "OUT_OF_RANGE", "message": "is 9"},
      {"field": "something.else", "reason": "FORMAT", "message": "is odd"}]})"));
}

TEST(ManagementErrorTest, TellsQueriesFromPayloads) {
  const nlohmann::json body =
      Management(rpc::errors::FieldsInvalid({{"skip", "OUT_OF_RANGE", "is 200000"}}), InputPart::kQuery);
  EXPECT_EQ(body["errorCode"], "invalid_query_string");
  EXPECT_THAT(body["message"].get<std::string>(), HasSubstr("Query validation error: 'is 200000' on property"));
  EXPECT_EQ(Management(rpc::errors::PageTokenInvalid(), InputPart::kQuery)["errorCode"], "invalid_query_string");
}

TEST(ManagementErrorTest, NamesFieldsThatCannotBeChanged) {
  const nlohmann::json body = Management(rpc::errors::FieldNotEditable("metadata.client_name"));
  EXPECT_EQ(body["errorCode"], "invalid_body");
  EXPECT_EQ(body["message"], "Payload validation error: 'cannot be changed' on property name.");
}

TEST(ManagementErrorTest, IsTheReferencesForAnInvalidToken) {
  const auto expected = nlohmann::json::parse(
      R"({"statusCode":401,"error":"Unauthorized","message":"Invalid token","attributes":{"error":"Invalid token"}})");
  EXPECT_EQ(Management(rpc::errors::AccessTokenInvalid()), expected);
  const HttpResponse response = ManagementErrorResponse(InvalidToken(/*missing=*/true));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(nlohmann::json::parse(response.body), expected);
  EXPECT_THAT(response.headers, Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST(ManagementErrorTest, NamesTheScopesThatWouldDo) {
  const nlohmann::json body =
      Management(rpc::errors::ScopeInsufficient("cimd.v1.X/Y", "create:clients, update:clients"));
  EXPECT_EQ(body["statusCode"], 403);
  EXPECT_EQ(body["message"], "Insufficient scope, expected any of: create:clients, update:clients");
}

TEST(ManagementErrorTest, TellsWhatKindOfFetchFailed) {
  v1::FetchFailure failure;
  failure.set_kind(v1::FETCH_FAILURE_KIND_CHALLENGE);
  failure.set_reason(v1::FETCH_FAILURE_REASON_HTML);
  const nlohmann::json body = Management(rpc::errors::DocumentNotFetched("https://a.example/c", failure));
  EXPECT_EQ(body["errorCode"], "client_metadata_not_retrieved");
  EXPECT_EQ(body["fetch_failure"], nlohmann::json::parse(R"({"kind":"CHALLENGE","reason":"HTML"})"));
}

TEST(ManagementErrorTest, SaysWhenToComeBack) {
  const std::pair<absl::Duration, const char*> cases[] = {{absl::Milliseconds(100), "1"},
                                                          {absl::Milliseconds(2001), "3"},
                                                          {absl::Seconds(7), "7"},
                                                          {absl::Hours(100), "3600"},
                                                          {-absl::Seconds(5), "1"}};
  for (const auto& [delay, seconds] : cases) {
    const HttpResponse response =
        ManagementErrorResponse(ErrorOf(rpc::errors::Overloaded(delay), InputPart::kBody, ClientProperty));
    EXPECT_EQ(response.status, 429);
    EXPECT_THAT(response.headers, Contains(Pair("Retry-After", seconds)));
  }
  EXPECT_THAT(ManagementErrorResponse(ErrorOf(rpc::errors::Contention(), InputPart::kBody, ClientProperty)).headers,
              Contains(Pair("Retry-After", "1")));
  EXPECT_THAT(ManagementErrorResponse(ErrorOf(rpc::errors::Internal(), InputPart::kBody, ClientProperty)).headers,
              Not(Contains(Pair("Retry-After", ::testing::_))));
}

TEST(ManagementErrorTest, KeepsQuietAboutWhatGrpcSays) {
  const nlohmann::json body =
      Management(absl::UnavailableError("failed to connect to all addresses; ipv4:10.1.2.3:8470 refused"));
  EXPECT_EQ(body["statusCode"], 503);
  EXPECT_THAT(body.dump(), Not(HasSubstr("10.1.2.3")));
}

v1::Validation Violations(std::initializer_list<v1::FindingReason> reasons) {
  v1::Validation validation;
  for (v1::FindingReason reason : reasons) {
    v1::Finding* finding = validation.add_violations();
    finding->set_reason(reason);
    finding->set_path("$.x");
    finding->set_message("is wrong");
  }
  return validation;
}

TEST(OAuthErrorTest, HasTheNamesOfRfc7591) {
  const auto error = [](const v1::Validation& validation) {
    return nlohmann::json::parse(OAuth(rpc::errors::DocumentInvalid("https://a.example/c", "00", validation)).body)
        .at("error");
  };
  EXPECT_EQ(error(Violations({v1::FINDING_REASON_REDIRECT_URI_FRAGMENT})), "invalid_redirect_uri");
  EXPECT_EQ(error(Violations({v1::FINDING_REASON_REDIRECT_URIS_MISSING})), "invalid_redirect_uri");
  EXPECT_EQ(error(Violations({v1::FINDING_REASON_REDIRECT_URI_FRAGMENT, v1::FINDING_REASON_CLIENT_NAME_MISSING})),
            "invalid_client_metadata");
  EXPECT_EQ(error(Violations({v1::FINDING_REASON_JWKS_INLINE})), "invalid_client_metadata");
  v1::Validation with_warning = Violations({v1::FINDING_REASON_REDIRECT_URIS_MISSING});
  with_warning.add_warnings()->set_reason(v1::FINDING_REASON_CLIENT_NAME_MISSING);
  EXPECT_EQ(error(with_warning), "invalid_redirect_uri");
}

TEST(OAuthErrorTest, ChallengesAsRfc6750Says) {
  HttpResponse response = OAuth(rpc::errors::AccessTokenInvalid());
  EXPECT_EQ(response.status, 401);
  EXPECT_THAT(response.headers, Contains(Pair("WWW-Authenticate", "Bearer error=\"invalid_token\"")));
  EXPECT_THAT(response.headers, Contains(Pair("Cache-Control", "no-store")));

  EXPECT_THAT(OAuthErrorResponse(InvalidToken(/*missing=*/true)).headers, Contains(Pair("WWW-Authenticate", "Bearer")));

  response = OAuth(rpc::errors::ScopeInsufficient("cimd.v1.X/Y", "create:clients, update:clients"));
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.headers,
              Contains(Pair("WWW-Authenticate",
                            "Bearer error=\"insufficient_scope\", scope=\"create:clients update:clients\"")));
  EXPECT_EQ(nlohmann::json::parse(response.body)["error"], "insufficient_scope");
}

}  // namespace
}  // namespace cimd::gateway
