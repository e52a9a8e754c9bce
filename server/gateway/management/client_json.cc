#include "server/gateway/management/client_json.h"

#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "server/gateway/json/time_text.h"
#include "server/gateway/management/client_key_json.h"

namespace cimd::gateway {
namespace {

constexpr Member kClientMembers[] = {
    {"name", "metadata.client_name"},
    {"app_type", "metadata.app_type", Form::kName},
    {"description", "metadata.description"},
    {"logo_uri", "metadata.logo_uri"},
    {"client_uri", "metadata.client_uri"},
    {"callbacks", "metadata.callbacks", Form::kTexts},
    {"grant_types", "metadata.grant_types", Form::kTexts},
    {"token_endpoint_auth_method", "metadata.token_endpoint_auth_method"},
    {"jwks_uri", "metadata.jwks_uri"},
    {"is_first_party", "is_first_party", Form::kFlag},
    {"third_party_security_mode", "third_party_security_mode", Form::kName},
    {"oidc_conformant", "", Form::kFlag, true},
    {"is_token_endpoint_ip_header_trusted", "", Form::kFlag, false},
    {"sso_disabled", "", Form::kFlag, false},
    {"custom_login_page_on", "", Form::kFlag, true},
    {"jwt_configuration.alg", "settings.jwt_configuration.alg", Form::kNonEmptyText},
    {"jwt_configuration.lifetime_in_seconds", "settings.jwt_configuration.lifetime_seconds", Form::kPositiveNumber},
    {"jwt_configuration.secret_encoded", "", Form::kFlag, false},
    {"refresh_token.rotation_type", "settings.refresh_token.rotation_type", Form::kHyphenatedName},
    {"refresh_token.expiration_type", "", Form::kText, "expiring"},
    {"refresh_token.leeway", "settings.refresh_token.leeway_seconds", Form::kNumber},
    {"refresh_token.token_lifetime", "settings.refresh_token.token_lifetime_seconds", Form::kPositiveNumber},
    {"refresh_token.infinite_token_lifetime", "settings.refresh_token.infinite_token_lifetime", Form::kFlag},
    {"refresh_token.idle_token_lifetime", "settings.refresh_token.idle_token_lifetime_seconds", Form::kPositiveNumber},
    {"refresh_token.infinite_idle_token_lifetime", "", Form::kFlag, false},
    {"allowed_origins", "settings.allowed_origins", Form::kTexts},
    {"web_origins", "settings.web_origins", Form::kTexts},
    {"organization_usage", "settings.organization_usage", Form::kName},
    {"organization_require_behavior", "settings.organization_require_behavior", Form::kName},
    {"organization_discovery_methods", "settings.organization_discovery_methods", Form::kTexts},
    {"default_organization.organization_id", "settings.default_organization"},
    {"client_metadata", "settings.client_metadata", Form::kTextMap},
    {"require_proof_of_possession", "settings.require_proof_of_possession", Form::kFlag},
    {"skip_non_verifiable_callback_uri_confirmation_prompt",
     "settings.skip_non_verifiable_callback_uri_confirmation_prompt", Form::kFlag},
    {"redirection_policy", "settings.redirection_policy", Form::kName},
    {"token_quota", "settings.token_quota", Form::kObjectText},
};

// Fields of ClientMetadata in mapped_fields.
constexpr Member kMappedFields[] = {
    {"external_client_id", "external_client_id"},
    {"name", "client_name"},
    {"callbacks", "callbacks", Form::kTexts},
    {"logo_uri", "logo_uri"},
    {"client_uri", "client_uri"},
    {"description", "description"},
    {"grant_types", "grant_types", Form::kTexts},
    {"app_type", "app_type", Form::kName},
    {"token_endpoint_auth_method", "token_endpoint_auth_method"},
    {"jwks_uri", "jwks_uri"},
};

// Fields of ClientMetadata, with the names of RFC 7591 section 2.
constexpr Member kClientInformation[] = {
    {"client_id", "external_client_id"},
    {"client_name", "client_name"},
    {"redirect_uris", "callbacks", Form::kTexts},
    {"grant_types", "grant_types", Form::kTexts},
    {"token_endpoint_auth_method", "token_endpoint_auth_method"},
    {"token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg"},
    {"logo_uri", "logo_uri"},
    {"client_uri", "client_uri"},
    {"jwks_uri", "jwks_uri"},
};

json::Value FetchFailureJson(const v1::FetchFailure& failure) {
  json::Value object;
  object["kind"] = ShortName(failure.kind());
  object["reason"] = ShortName(failure.reason());
  object["message"] = failure.message();
  if (failure.http_status() != 0) object["http_status"] = failure.http_status();
  if (failure.has_fail_time()) object["failed_at"] = TimeText(failure.fail_time());
  return object;
}

json::Value FindingJson(const v1::Finding& finding, std::string_view severity) {
  json::Value object;
  object["reason"] = ShortName(finding.reason());
  object["path"] = finding.path();
  object["message"] = finding.message();
  object["severity"] = severity;
  return object;
}

json::Value DiffJson(const v1::MetadataDiff& diff) {
  json::Value changes = json::Value::array();
  for (const v1::FieldChange& change : diff.changes()) {
    json::Value object;
    object["field"] = change.field();
    if (change.has_old_value()) object["old"] = change.old_value();
    if (change.has_new_value()) object["new"] = change.new_value();
    object["impact"] = ShortName(change.impact());
    object["security_relevant"] = change.security_relevant();
    changes.push_back(std::move(object));
  }
  return changes;
}

// The form of a JSONPath in messages: "redirect_uris[1]" for "$.redirect_uris[1]", "client_name#fr" for
// "$['client_name#fr']".
std::string ShownPath(std::string_view path) {
  if (path.starts_with("$['") && path.ends_with("']")) {
    path.remove_prefix(3);
    path.remove_suffix(2);
  } else if (path.starts_with("$.")) {
    path.remove_prefix(2);
  }
  return std::string(path);
}

std::string FindingText(const v1::Finding& finding) {
  const std::string path = ShownPath(finding.path());
  if (finding.message().starts_with(path)) return finding.message();
  return fmt::format("{}: {}", path, finding.message());
}

// Findings as sentences, the form of the Management API. All ignored members are listed in one sentence.
json::Value ValidationJson(const v1::Validation& validation) {
  json::Value violations = json::Value::array();
  for (const v1::Finding& violation : validation.violations()) violations.push_back(FindingText(violation));
  json::Value warnings = json::Value::array();
  std::vector<std::string> ignored;
  for (const v1::Finding& warning : validation.warnings()) {
    if (warning.reason() == v1::FINDING_REASON_MEMBER_IGNORED) {
      ignored.push_back(ShownPath(warning.path()));
    } else {
      warnings.push_back(FindingText(warning));
    }
  }
  if (!ignored.empty()) {
    warnings.push_back(
        fmt::format("Ignoring unsupported properties: {}. They are neither validated nor made part of the client.",
                    fmt::join(ignored, ", ")));
  }
  return {{"valid", validation.valid()}, {"violations", std::move(violations)}, {"warnings", std::move(warnings)}};
}

json::Value FindingsJson(const v1::Validation& validation) {
  json::Value findings = json::Value::array();
  for (const v1::Finding& finding : validation.violations()) findings.push_back(FindingJson(finding, "violation"));
  for (const v1::Finding& finding : validation.warnings()) findings.push_back(FindingJson(finding, "warning"));
  return findings;
}

json::Value MappedFieldsJson(const v1::ClientMetadata& metadata,
                             const google::protobuf::RepeatedPtrField<v1::ClientKey>& keys) {
  json::Value object = json::Value::object();
  AddMembers(metadata, kMappedFields, object);
  if (!keys.empty()) object["client_authentication_methods"] = AuthenticationMethodsJson(keys);
  return object;
}

// The member "cimd": facts about a client that the Management API does not have.
json::Value CimdJson(const v1::Client& client) {
  json::Value object;
  object["state"] = ShortName(client.state());
  if (!client.block_reason().empty()) object["block_reason"] = client.block_reason();
  object["pkce_required"] = client.pkce_required();
  object["document_version"] = client.document_version();
  object["document_sha256"] = client.document_sha256();
  object["document_provenance"] = ShortName(client.document_provenance());
  if (client.has_document_time()) object["document_time"] = TimeText(client.document_time());
  object["pinned"] = client.pinned();
  if (client.has_refresh_failure()) object["refresh_failure"] = FetchFailureJson(client.refresh_failure());
  object["warnings"] = json::Value::array();
  for (const v1::Finding& warning : client.warnings()) object["warnings"].push_back(FindingJson(warning, "warning"));
  object["etag"] = client.etag();
  return object;
}

}  // namespace

Members ClientMembers() { return kClientMembers; }

json::Value ClientJson(const v1::Client& client, bool with_external) {
  json::Value object;
  object["client_id"] = LastSegment(client.name());
  AddMembers(client, kClientMembers, object);
  if (with_external) {
    object["external_client_id"] = client.metadata().external_client_id();
    object["external_metadata_type"] = "cimd";
    object["external_metadata_created_by"] = "admin";
    object["external_metadata_status"] = "available";
  }
  object["created_at"] = TimeText(client.create_time());
  object["updated_at"] = TimeText(client.update_time());
  object["cimd"] = CimdJson(client);
  return object;
}

std::string ClientProperty(std::string_view field) { return PropertyOf(field, "client.", kClientMembers); }

json::Value PreviewJson(const v1::PreviewClientResponse& response) {
  json::Value object = json::Value::object();
  if (response.has_metadata()) object["mapped_fields"] = MappedFieldsJson(response.metadata(), response.keys());
  if (response.has_validation()) object["validation"] = ValidationJson(response.validation());
  if (response.has_fetch_failure()) {
    object["errors"].push_back(response.fetch_failure().message());
    object["fetch_failure"] = FetchFailureJson(response.fetch_failure());
  }
  if (response.has_key_fetch_failure()) object["key_fetch_failure"] = FetchFailureJson(response.key_fetch_failure());
  if (!response.client().empty()) {
    object["client_id"] = LastSegment(response.client());
    object["external_metadata_created_by"] = "admin";
  }
  if (!response.document_sha256().empty()) object["document_sha256"] = response.document_sha256();
  if (response.has_validation()) object["findings"] = FindingsJson(response.validation());
  if (response.has_diff()) object["diff"] = DiffJson(response.diff());
  if (response.blocked()) object["blocked"] = true;
  return object;
}

json::Value RegisterJson(const v1::RegisterClientResponse& response) {
  json::Value object;
  object["client_id"] = LastSegment(response.client().name());
  object["mapped_fields"] = MappedFieldsJson(response.client().metadata(), response.keys());
  object["validation"] = ValidationJson(response.validation());
  object["document_sha256"] = response.client().document_sha256();
  object["findings"] = FindingsJson(response.validation());
  if (response.has_diff()) object["diff"] = DiffJson(response.diff());
  return object;
}

json::Value ClientInformationJson(const v1::Client& client) {
  json::Value object = json::Value::object();
  AddMembers(client.metadata(), kClientInformation, object);
  object["application_type"] = client.metadata().app_type() == v1::APP_TYPE_NATIVE ? "native" : "web";
  object["response_types"].push_back("code");
  object["client_id_issued_at"] = client.create_time().seconds();
  return object;
}

}  // namespace cimd::gateway
