#include "server/gateway/management/tenant_settings_json.h"

namespace cimd::gateway {
namespace {

// The constants are settings of features that do not exist here, such as dynamic client registration. Requests may
// contain them with these values only.
constexpr Member kMembers[] = {
    {"friendly_name", "display_name"},
    {"client_id_metadata_document_supported", "client_id_metadata_document_supported", Form::kFlag},
    {"client_id_metadata_document_dynamic_registration_supported", "", Form::kFlag, false},
    {"dynamic_client_registration_security_mode", "", Form::kText, "strict"},
    {"flags.enable_dynamic_client_registration", "", Form::kFlag, false},
    {"resource_parameter_profile", "resource_parameter_profile", Form::kName},
    {"authorization_response_iss_parameter_supported", "authorization_response_iss_parameter_supported", Form::kFlag},
    {"document_profile", "document_profile", Form::kName},
    {"key_refresh", "key_refresh", Form::kName},
    {"token_endpoint_audience_accepted", "token_endpoint_audience_accepted", Form::kFlag},
    {"assertion_type_required", "assertion_type_required", Form::kFlag},
    {"issuer", "issuer"},
    {"domains", "domains", Form::kTexts},
    {"scopes_supported", "scopes_supported", Form::kTexts},
    {"endpoints.authorization_endpoint", "endpoints.authorization_endpoint"},
    {"endpoints.token_endpoint", "endpoints.token_endpoint"},
    {"endpoints.jwks_uri", "endpoints.jwks_uri"},
    {"endpoints.revocation_endpoint", "endpoints.revocation_endpoint"},
    {"endpoints.introspection_endpoint", "endpoints.introspection_endpoint"},
    {"endpoints.pushed_authorization_request_endpoint", "endpoints.pushed_authorization_request_endpoint"},
    {"endpoints.userinfo_endpoint", "endpoints.userinfo_endpoint"},
    {"endpoints.registration_endpoint", "endpoints.registration_endpoint"},
    {"endpoints.service_documentation", "endpoints.service_documentation"},
    {"endpoints.op_policy_uri", "endpoints.op_policy_uri"},
    {"endpoints.op_tos_uri", "endpoints.op_tos_uri"},
};

}  // namespace

Members TenantSettingsMembers() { return kMembers; }

json::Value TenantSettingsJson(const v1::Tenant& tenant) {
  json::Value object = json::Value::object();
  AddMembers(tenant, kMembers, object);
  return object;
}

std::string TenantSettingsProperty(std::string_view field) { return PropertyOf(field, "tenant.", kMembers); }

}  // namespace cimd::gateway
