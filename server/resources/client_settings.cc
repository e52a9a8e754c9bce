#include "server/resources/client_settings.h"

#include <string>
#include <string_view>

#include "fmt/format.h"

namespace cimd::services {
namespace {

constexpr int kMaxLifetimeSeconds = 157788000;

void ValidateOrigins(std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& origins,
                     RequestValidator& validator) {
  validator.MaxElements(field, origins.size(), 100);
  for (int i = 0; i < origins.size(); ++i) validator.WebOrigin(fmt::format("{}[{}]", field, i), origins[i]);
}

void ValidateGrantTypes(const v1::ClientMetadata& metadata, RequestValidator& validator) {
  validator.Require("client.metadata.grant_types", !metadata.grant_types().empty());
  validator.MaxElements("client.metadata.grant_types", metadata.grant_types_size(), 2);
  for (int i = 0; i < metadata.grant_types_size(); ++i) {
    validator.OneOf(fmt::format("client.metadata.grant_types[{}]", i), metadata.grant_types(i),
                    {"authorization_code", "refresh_token"});
  }
}

}  // namespace

absl::Span<const std::string_view> EditableClientFields() {
  static constexpr std::string_view kFields[] = {"settings", "metadata.app_type", "metadata.grant_types",
                                                 "metadata.description"};
  return kFields;
}

void FillClientDefaults(v1::Client& client) {
  const bool is_public = client.metadata().token_endpoint_auth_method() == "none";
  v1::ClientSettings& settings = *client.mutable_settings();
  v1::JwtSettings& jwt = *settings.mutable_jwt_configuration();
  if (jwt.alg().empty()) jwt.set_alg("RS256");
  if (jwt.lifetime_seconds() == 0) jwt.set_lifetime_seconds(3600);
  if (settings.redirection_policy() == v1::REDIRECTION_POLICY_UNSPECIFIED) {
    settings.set_redirection_policy(v1::REDIRECTION_POLICY_OPEN_REDIRECT_PROTECTION);
  }
  v1::RefreshTokenSettings& refresh = *settings.mutable_refresh_token();
  if (refresh.rotation_type() == v1::REFRESH_TOKEN_ROTATION_UNSPECIFIED) {
    refresh.set_rotation_type(is_public ? v1::REFRESH_TOKEN_ROTATION_ROTATING
                                        : v1::REFRESH_TOKEN_ROTATION_NON_ROTATING);
  }
  if (refresh.token_lifetime_seconds() == 0) {
    refresh.set_token_lifetime_seconds(is_public ? 2592000 : 31557600);
    refresh.set_infinite_token_lifetime(!is_public);
  }
  if (refresh.idle_token_lifetime_seconds() == 0)
    refresh.set_idle_token_lifetime_seconds(is_public ? 1296000 : 2592000);
}

void ValidateEditableFields(const v1::Client& client, RequestValidator& validator) {
  const v1::ClientSettings& settings = client.settings();
  ValidateGrantTypes(client.metadata(), validator);
  validator.MaxCharacters("client.metadata.description", client.metadata().description(), 140);
  validator.InRange("client.metadata.app_type", client.metadata().app_type(), v1::APP_TYPE_NATIVE, v1::APP_TYPE_SPA);
  validator.OneOf("client.settings.jwt_configuration.alg", settings.jwt_configuration().alg(),
                  {"RS256", "RS512", "PS256"});
  validator.InRange("client.settings.jwt_configuration.lifetime_seconds",
                    settings.jwt_configuration().lifetime_seconds(), 1, 2592000);
  const v1::RefreshTokenSettings& refresh = settings.refresh_token();
  validator.InRange("client.settings.refresh_token.rotation_type", refresh.rotation_type(),
                    v1::REFRESH_TOKEN_ROTATION_ROTATING, v1::REFRESH_TOKEN_ROTATION_NON_ROTATING);
  validator.InRange("client.settings.refresh_token.leeway_seconds", refresh.leeway_seconds(), 0, 60);
  validator.InRange("client.settings.refresh_token.token_lifetime_seconds", refresh.token_lifetime_seconds(), 1,
                    kMaxLifetimeSeconds);
  validator.InRange("client.settings.refresh_token.idle_token_lifetime_seconds", refresh.idle_token_lifetime_seconds(),
                    1, kMaxLifetimeSeconds);
  ValidateOrigins("client.settings.allowed_origins", settings.allowed_origins(), validator);
  ValidateOrigins("client.settings.web_origins", settings.web_origins(), validator);
  validator.InRange("client.settings.organization_usage", settings.organization_usage(), 0,
                    v1::ORGANIZATION_USAGE_REQUIRE);
  validator.InRange("client.settings.organization_require_behavior", settings.organization_require_behavior(), 0,
                    v1::ORGANIZATION_REQUIRE_BEHAVIOR_POST_LOGIN_PROMPT);
  validator.InRange("client.settings.redirection_policy", settings.redirection_policy(),
                    v1::REDIRECTION_POLICY_OPEN_REDIRECT_PROTECTION, v1::REDIRECTION_POLICY_ALLOW_ALWAYS);
  validator.MaxElements("client.settings.organization_discovery_methods",
                        settings.organization_discovery_methods_size(), 2);
  for (const std::string& method : settings.organization_discovery_methods()) {
    validator.OneOf("client.settings.organization_discovery_methods", method, {"email", "organization_name"});
  }
  validator.MaxCharacters("client.settings.default_organization", settings.default_organization(), 50);
  validator.MaxBytes("client.settings.token_quota", settings.token_quota(), 1024);
  validator.MaxElements("client.settings.client_metadata", settings.client_metadata_size(), 10);
  for (const auto& [key, value] : settings.client_metadata()) {
    validator.Require("client.settings.client_metadata key", !key.empty());
    validator.MaxCharacters("client.settings.client_metadata key", key, 255);
    validator.MaxCharacters("client.settings.client_metadata value", value, 255);
  }
}

}  // namespace cimd::services
