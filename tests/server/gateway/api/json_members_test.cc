#include "server/gateway/json/json_members.h"

#include <set>
#include <string>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/field_mask_util.h"
#include "gtest/gtest.h"
#include "server/gateway/management/client_json.h"
#include "server/gateway/management/tenant_settings_json.h"
#include "server/json/strict_json.h"

namespace cimd::gateway {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::util::FieldMaskUtil;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

json::Value Parse(const std::string& text) { return std::get<json::Value>(json::ParseStrict(text)); }

std::vector<std::string> Texts(const std::vector<ErrorDetail>& problems) {
  std::vector<std::string> texts;
  for (const ErrorDetail& problem : problems) texts.push_back(problem.field + " " + problem.reason);
  return texts;
}

// Checks a table against its message type: the path of each member must be a field with a matching type.
void CheckTable(Members members, const google::protobuf::Message& message) {
  std::set<std::string_view> properties;
  for (const Member& member : members) {
    SCOPED_TRACE(member.property);
    EXPECT_TRUE(properties.insert(member.property).second) << "twice";
    EXPECT_EQ(member.field.empty(), member.constant.index() != 0);
    if (member.field.empty()) continue;
    std::vector<const FieldDescriptor*> path;
    ASSERT_TRUE(FieldMaskUtil::GetFieldDescriptors(message.GetDescriptor(), std::string(member.field), &path));
    const FieldDescriptor& field = *path.back();
    switch (member.form) {
      case Form::kText:
      case Form::kNonEmptyText:
      case Form::kObjectText:
        EXPECT_EQ(field.type(), FieldDescriptor::TYPE_STRING);
        EXPECT_FALSE(field.is_repeated());
        break;
      case Form::kFlag:
        EXPECT_EQ(field.type(), FieldDescriptor::TYPE_BOOL);
        break;
      case Form::kNumber:
      case Form::kPositiveNumber:
        EXPECT_EQ(field.type(), FieldDescriptor::TYPE_INT32);
        break;
      case Form::kTexts:
        EXPECT_EQ(field.type(), FieldDescriptor::TYPE_STRING);
        EXPECT_TRUE(field.is_repeated());
        break;
      case Form::kName:
      case Form::kHyphenatedName:
        EXPECT_EQ(field.type(), FieldDescriptor::TYPE_ENUM);
        break;
      case Form::kTextMap:
        EXPECT_TRUE(field.is_map());
        break;
    }
  }
}

TEST(TablesTest, NameFieldsThatExist) {
  CheckTable(ClientMembers(), v1::Client());
  CheckTable(TenantSettingsMembers(), v1::Tenant());
}

TEST(TablesTest, HaveEverySettingOfAClient) {
  // A setting that is added to the server's API must be added here too.
  v1::Client client;
  std::set<std::string> mapped;
  for (const Member& member : ClientMembers()) mapped.insert(std::string(member.field));
  const auto check = [&](const google::protobuf::Descriptor* message, const std::string& prefix, auto& self) -> void {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      const std::string path = prefix + field->name();
      if (field->type() == FieldDescriptor::TYPE_MESSAGE && !field->is_map()) {
        self(field->message_type(), path + ".", self);
      } else {
        EXPECT_TRUE(mapped.contains(path)) << path;
      }
    }
  };
  check(v1::ClientSettings::descriptor(), "settings.", check);
}

TEST(ReadPatchTest, ReadsEveryForm) {
  v1::Client client;
  const ParsedPatch parsed = ReadPatch(Parse(R"({
    "description": "", "jwt_configuration": {"alg": "PS256", "lifetime_in_seconds": 60},
    "refresh_token": {"rotation_type": "non-rotating", "leeway": 0, "infinite_token_lifetime": true},
    "web_origins": ["https://a.example", "https://b.example"], "app_type": "regular_web",
    "default_organization": {"organization_id": "org_1"},
    "token_quota": {"client_credentials": {"per_day": 5}},
    "skip_non_verifiable_callback_uri_confirmation_prompt": false})"),
                                       ClientMembers(), client);
  EXPECT_THAT(parsed.problems, IsEmpty());
  EXPECT_THAT(
      parsed.mask.paths(),
      UnorderedElementsAre("metadata.description", "settings.jwt_configuration.alg",
                           "settings.jwt_configuration.lifetime_seconds", "settings.refresh_token.rotation_type",
                           "settings.refresh_token.leeway_seconds", "settings.refresh_token.infinite_token_lifetime",
                           "settings.web_origins", "metadata.app_type", "settings.default_organization",
                           "settings.token_quota", "settings.skip_non_verifiable_callback_uri_confirmation_prompt"));
  const v1::ClientSettings& settings = client.settings();
  EXPECT_EQ(settings.jwt_configuration().alg(), "PS256");
  EXPECT_EQ(settings.jwt_configuration().lifetime_seconds(), 60);
  EXPECT_EQ(settings.refresh_token().rotation_type(), v1::REFRESH_TOKEN_ROTATION_NON_ROTATING);
  EXPECT_TRUE(settings.refresh_token().infinite_token_lifetime());
  EXPECT_THAT(settings.web_origins(), ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(client.metadata().app_type(), v1::APP_TYPE_REGULAR_WEB);
  EXPECT_EQ(settings.default_organization(), "org_1");
  EXPECT_EQ(settings.token_quota(), R"({"client_credentials":{"per_day":5}})");
  EXPECT_TRUE(settings.has_skip_non_verifiable_callback_uri_confirmation_prompt());
  EXPECT_TRUE(FieldMaskUtil::IsValidFieldMask<v1::Client>(parsed.mask));
}

TEST(ReadPatchTest, TakesNullForTheDefault) {
  v1::Client client;
  const ParsedPatch parsed = ReadPatch(
      Parse(R"({"token_quota": null, "refresh_token": null, "organization_usage": null, "default_organization": null,
                "client_metadata": null, "oidc_conformant": null})"),
      ClientMembers(), client);
  EXPECT_THAT(parsed.problems, IsEmpty());
  EXPECT_THAT(
      parsed.mask.paths(),
      UnorderedElementsAre("settings.token_quota", "settings.refresh_token.rotation_type",
                           "settings.refresh_token.leeway_seconds", "settings.refresh_token.token_lifetime_seconds",
                           "settings.refresh_token.infinite_token_lifetime",
                           "settings.refresh_token.idle_token_lifetime_seconds", "settings.organization_usage",
                           "settings.default_organization", "settings.client_metadata"));
  EXPECT_EQ(client.ByteSizeLong(), v1::Client().ByteSizeLong());
  EXPECT_THAT(parsed.map_changes, IsEmpty());
}

TEST(ReadPatchTest, CollectsChangesOfAMap) {
  v1::Client client;
  const ParsedPatch parsed =
      ReadPatch(Parse(R"({"client_metadata": {"a": "1", "b": null, "c": 3}})"), ClientMembers(), client);
  EXPECT_THAT(parsed.mask.paths(), IsEmpty());
  EXPECT_EQ(parsed.map_changes.at("a"), "1");
  EXPECT_EQ(parsed.map_changes.at("b"), std::nullopt);
  EXPECT_THAT(Texts(parsed.problems), ElementsAre("client_metadata.c TYPE"));
}

TEST(ReadPatchTest, AcceptsConstantsAsTheyAre) {
  v1::Client client;
  ParsedPatch parsed = ReadPatch(Parse(R"({"oidc_conformant": true, "refresh_token": {"expiration_type": "expiring",
                "infinite_idle_token_lifetime": false}})"),
                                 ClientMembers(), client);
  EXPECT_THAT(parsed.problems, IsEmpty());
  EXPECT_THAT(parsed.mask.paths(), IsEmpty());
  parsed = ReadPatch(Parse(R"({"oidc_conformant": false, "refresh_token": {"expiration_type": "non-expiring",
                               "infinite_idle_token_lifetime": "false"}})"),
                     ClientMembers(), client);
  EXPECT_THAT(Texts(parsed.problems), ElementsAre("oidc_conformant CONSTANT", "refresh_token.expiration_type CONSTANT",
                                                  "refresh_token.infinite_idle_token_lifetime CONSTANT"));
}

TEST(ReadPatchTest, SendsOnWhatTheServerHasToRefuse) {
  v1::Client client;
  const ParsedPatch parsed =
      ReadPatch(Parse(R"({"name": "x", "callbacks": [], "is_first_party": true})"), ClientMembers(), client);
  EXPECT_THAT(parsed.problems, IsEmpty());
  EXPECT_THAT(parsed.mask.paths(), ElementsAre("metadata.client_name", "metadata.callbacks", "is_first_party"));
}

TEST(ReadPatchTest, NamesEveryProblem) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"client_secret": "x"})", "client_secret UNKNOWN"},
      {R"({"external_client_id": "x"})", "external_client_id UNKNOWN"},
      {R"({"cimd": {}})", "cimd UNKNOWN"},
      {R"({"": 1})", " UNKNOWN"},
      {R"({"refresh_token": {"x": 1}})", "refresh_token.x UNKNOWN"},
      {R"({"refresh_token.leeway": 1})", "refresh_token.leeway UNKNOWN"},
      {R"({"refresh_token": {"leeway.x": 1}})", "refresh_token.leeway.x UNKNOWN"},
      {R"({"refresh_token": 1})", "refresh_token TYPE"},
      {R"({"refresh_token": {"leeway": "1"}})", "refresh_token.leeway TYPE"},
      {R"({"refresh_token": {"leeway": 1.5}})", "refresh_token.leeway TYPE"},
      {R"({"refresh_token": {"leeway": 2147483648}})", "refresh_token.leeway OUT_OF_RANGE"},
      {R"({"refresh_token": {"leeway": 18446744073709551615}})", "refresh_token.leeway OUT_OF_RANGE"},
      {R"({"refresh_token": {"leeway": -2147483649}})", "refresh_token.leeway OUT_OF_RANGE"},
      // On the wire these values mean the default.
      {R"({"refresh_token": {"token_lifetime": 0}})", "refresh_token.token_lifetime OUT_OF_RANGE"},
      {R"({"jwt_configuration": {"alg": ""}})", "jwt_configuration.alg REQUIRED"},
      {R"({"app_type": ""})", "app_type FORMAT"},
      {R"({"app_type": "APP_TYPE_SPA"})", "app_type FORMAT"},
      {R"({"app_type": "unspecified"})", "app_type FORMAT"},
      {R"({"app_type": 3})", "app_type FORMAT"},
      {R"({"refresh_token": {"rotation_type": "non_rotating"}})", "refresh_token.rotation_type FORMAT"},
      {R"({"web_origins": "https://a.example"})", "web_origins TYPE"},
      {R"({"web_origins": ["https://a.example", 1]})", "web_origins TYPE"},
      {R"({"require_proof_of_possession": "true"})", "require_proof_of_possession TYPE"},
      {R"({"client_metadata": "x"})", "client_metadata TYPE"},
      {R"({"token_quota": "x"})", "token_quota TYPE"},
      {R"({"token_quota": {"a": 18446744073709551617}})", "token_quota.a OUT_OF_RANGE"},
      {R"({"description": ["x"]})", "description TYPE"},
      {R"({"default_organization": {"organization_id": "o", "flows": []}})", "default_organization.flows UNKNOWN"},
  };
  for (const auto& [patch, problem] : cases) {
    SCOPED_TRACE(patch);
    v1::Client client;
    EXPECT_THAT(Texts(ReadPatch(Parse(patch), ClientMembers(), client).problems), ElementsAre(problem));
  }
}

TEST(ReadPatchTest, BoundsTheNumberOfProblems) {
  json::Value patch = json::Value::object();
  for (int i = 0; i < 1000; ++i) patch["unknown" + std::to_string(i)] = i;
  v1::Client client;
  EXPECT_EQ(ReadPatch(patch, ClientMembers(), client).problems.size(), 32u);
}

TEST(AddMembersTest, LeavesOutWhatIsEmpty) {
  json::Value object = json::Value::object();
  AddMembers(v1::Client(), ClientMembers(), object);
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  EXPECT_THAT(names, UnorderedElementsAre("is_first_party", "oidc_conformant", "is_token_endpoint_ip_header_trusted",
                                          "sso_disabled", "custom_login_page_on", "jwt_configuration", "refresh_token",
                                          "require_proof_of_possession"));
}

TEST(AddMembersTest, ShowsTextThatIsNoObjectAsText) {
  v1::Client client;
  for (const char* text : {"not json", "[1]", R"({"a":1,"a":2})"}) {
    client.mutable_settings()->set_token_quota(text);
    json::Value object = json::Value::object();
    AddMembers(client, ClientMembers(), object);
    EXPECT_EQ(object["token_quota"], text);
  }
}

// Each member in the answer to GET can be sent back with PATCH.
TEST(AddMembersTest, IsTheInverseOfReading) {
  v1::Client client;
  ReadPatch(Parse(R"({"description": "d", "app_type": "spa", "grant_types": ["authorization_code"],
    "jwt_configuration": {"alg": "RS512", "lifetime_in_seconds": 7},
    "refresh_token": {"rotation_type": "non-rotating", "leeway": 4, "token_lifetime": 5, "idle_token_lifetime": 6,
                      "infinite_token_lifetime": true},
    "allowed_origins": ["https://a.example"], "web_origins": ["https://b.example"], "organization_usage": "require",
    "organization_require_behavior": "pre_login_prompt", "organization_discovery_methods": ["email"],
    "default_organization": {"organization_id": "org_1"}, "require_proof_of_possession": true,
    "skip_non_verifiable_callback_uri_confirmation_prompt": true, "redirection_policy": "allow_always",
    "token_quota": {"a": 1}})"),
            ClientMembers(), client);
  (*client.mutable_settings()->mutable_client_metadata())["k"] = "v";
  json::Value object = json::Value::object();
  AddMembers(client, ClientMembers(), object);
  v1::Client again;
  const ParsedPatch parsed = ReadPatch(object, ClientMembers(), again);
  EXPECT_THAT(parsed.problems, IsEmpty());
  EXPECT_EQ(parsed.map_changes.at("k"), "v");
  client.mutable_settings()->clear_client_metadata();
  EXPECT_EQ(again.SerializeAsString(), client.SerializeAsString());
}

TEST(ShortNameTest, IsEmptyForWhatHasNoName) {
  EXPECT_EQ(ShortName(v1::APP_TYPE_REGULAR_WEB), "REGULAR_WEB");
  EXPECT_EQ(ShortName(v1::FINDING_REASON_URL_QUERY), "URL_QUERY");
  EXPECT_EQ(ShortName(v1::APP_TYPE_UNSPECIFIED), "");
  EXPECT_EQ(ShortName(static_cast<v1::AppType>(77)), "");
}

}  // namespace
}  // namespace cimd::gateway
