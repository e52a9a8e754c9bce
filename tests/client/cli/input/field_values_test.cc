#include "client/cli/input/field_values.h"

#include <string>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::cli {
namespace {

using cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(SetFieldTest, SetsFieldsOfEveryType) {
  v1::Client client;
  CIMD_ASSERT_OK(SetField(client, "metadata.description", "a=b \"quoted\""));
  CIMD_ASSERT_OK(SetField(client, "metadata.app_type", "spa"));
  CIMD_ASSERT_OK(SetField(client, "settings.refresh_token.leeway_seconds", "30"));
  CIMD_ASSERT_OK(SetField(client, "settings.require_proof_of_possession", "on"));
  CIMD_ASSERT_OK(SetField(client, "settings.redirection_policy", "ALLOW_ALWAYS"));
  CIMD_ASSERT_OK(SetField(client, "settings.web_origins", "https://a.example"));
  CIMD_ASSERT_OK(SetField(client, "settings.web_origins", "https://b.example"));
  CIMD_ASSERT_OK(SetField(client, "settings.client_metadata", R"({"team": "a", "tier": "1"})"));
  CIMD_ASSERT_OK(SetField(client, "settings.jwt_configuration", R"({"alg": "PS256"})"));
  CIMD_ASSERT_OK(SetField(client, "settings.skip_non_verifiable_callback_uri_confirmation_prompt", "false"));
  CIMD_ASSERT_OK(SetField(client, "settings.token_quota", R"({"client_credentials": {"per_day": 1}})"));
  EXPECT_EQ(client.metadata().description(), "a=b \"quoted\"");
  EXPECT_EQ(client.metadata().app_type(), v1::APP_TYPE_SPA);
  EXPECT_EQ(client.settings().refresh_token().leeway_seconds(), 30);
  EXPECT_TRUE(client.settings().require_proof_of_possession());
  EXPECT_EQ(client.settings().redirection_policy(), v1::REDIRECTION_POLICY_ALLOW_ALWAYS);
  EXPECT_THAT(client.settings().web_origins(), ElementsAre("https://a.example", "https://b.example"));
  EXPECT_THAT(client.settings().client_metadata(), UnorderedElementsAre(Pair("team", "a"), Pair("tier", "1")));
  EXPECT_EQ(client.settings().jwt_configuration().alg(), "PS256");
  EXPECT_TRUE(client.settings().has_skip_non_verifiable_callback_uri_confirmation_prompt());
  EXPECT_EQ(client.settings().token_quota(), R"({"client_credentials": {"per_day": 1}})");
}

TEST(SetFieldTest, LeavesTheFieldUnsetForAnEmptyValue) {
  v1::Client client;
  for (const char* path : {"metadata.description", "metadata.app_type", "settings.refresh_token.leeway_seconds",
                           "settings.require_proof_of_possession", "settings.web_origins", "settings.client_metadata",
                           "settings.skip_non_verifiable_callback_uri_confirmation_prompt"}) {
    CIMD_EXPECT_OK(SetField(client, path, "")) << path;
  }
  EXPECT_EQ(client.settings().web_origins_size(), 0);
  EXPECT_FALSE(client.settings().has_skip_non_verifiable_callback_uri_confirmation_prompt());
}

TEST(SetFieldTest, SaysWhatIsWrong) {
  struct Case {
    const char* path;
    const char* value;
    const char* message;
  };
  const Case kCases[] = {
      {"nothing", "x", "there is no field 'nothing'"},
      {"", "x", "there is no field ''"},
      {".", "x", "there is no field '.'"},
      {"settings.", "x", "there is no field 'settings.'"},
      {"metadata.description.x", "x", "there is no field 'metadata.description.x'"},
      {"settings.client_metadata.team", "x", "there is no field 'settings.client_metadata.team'"},
      {"warnings.path", "x", "there is no field 'warnings.path'"},
      {"metadata.app_type", "web", "app_type: must be one of: native, regular_web, spa"},
      {"metadata.app_type", "APP_TYPE_SPA", "must be one of"},
      {"pinned", "yes", "pinned: must be on or off"},
      {"settings.refresh_token.leeway_seconds", "1.5", "leeway_seconds: must be a whole number"},
      {"settings.refresh_token.leeway_seconds", "99999999999", "must be a whole number"},
      {"settings.client_metadata", "team=a", "client_metadata: must be a JSON object"},
      {"settings.jwt_configuration", "{\"no_such\": 1}", "jwt_configuration: must be a JSON object"},
      {"document_version", "1", "document_version cannot be set"},
  };
  for (const Case& test : kCases) {
    v1::Client client;
    EXPECT_THAT(SetField(client, test.path, test.value),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.message)))
        << test.path;
  }
}

}  // namespace
}  // namespace cimd::cli
