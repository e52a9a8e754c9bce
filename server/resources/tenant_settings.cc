#include "server/resources/tenant_settings.h"

#include <string>
#include <string_view>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

namespace cimd::services {
namespace {

// Clients compare the issuer with tokens and metadata byte for byte. An issuer has no query (RFC 8414 section 2).
void ValidateIssuer(const std::string& issuer, RequestValidator& validator) {
  validator.HttpsUrl("tenant.issuer", issuer);
  if (issuer.find('?') != std::string::npos) validator.Add("tenant.issuer", "FORMAT", "must not have a query");
}

void ValidateEndpoints(const v1::ServerEndpoints& endpoints, RequestValidator& validator) {
  const auto* descriptor = v1::ServerEndpoints::GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    validator.HttpsUrl(fmt::format("tenant.endpoints.{}", field->name()),
                       v1::ServerEndpoints::GetReflection()->GetString(endpoints, field));
  }
}

}  // namespace

absl::Span<const std::string_view> EditableTenantFields() {
  static constexpr std::string_view kFields[] = {"display_name",
                                                 "client_id_metadata_document_supported",
                                                 "resource_parameter_profile",
                                                 "document_profile",
                                                 "issuer",
                                                 "endpoints",
                                                 "domains",
                                                 "scopes_supported",
                                                 "authorization_response_iss_parameter_supported",
                                                 "key_refresh",
                                                 "token_endpoint_audience_accepted",
                                                 "assertion_type_required"};
  return kFields;
}

void FillTenantDefaults(v1::Tenant& tenant) {
  if (tenant.resource_parameter_profile() == v1::RESOURCE_PARAMETER_PROFILE_UNSPECIFIED) {
    tenant.set_resource_parameter_profile(v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE);
  }
  if (tenant.document_profile() == v1::DOCUMENT_PROFILE_UNSPECIFIED) {
    tenant.set_document_profile(v1::DOCUMENT_PROFILE_STANDARD);
  }
}

void ValidateTenantSettings(const v1::Tenant& tenant, RequestValidator& validator) {
  validator.MaxCharacters("tenant.display_name", tenant.display_name(), 200);
  validator.InRange("tenant.resource_parameter_profile", tenant.resource_parameter_profile(),
                    v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE, v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  validator.InRange("tenant.document_profile", tenant.document_profile(), v1::DOCUMENT_PROFILE_STANDARD,
                    v1::DOCUMENT_PROFILE_STRICT);
  validator.InRange("tenant.key_refresh", tenant.key_refresh(), v1::KEY_REFRESH_UNSPECIFIED, v1::KEY_REFRESH_MANUAL);
  ValidateIssuer(tenant.issuer(), validator);
  ValidateEndpoints(tenant.endpoints(), validator);
  validator.MaxElements("tenant.domains", tenant.domains_size(), 20);
  for (int i = 0; i < tenant.domains_size(); ++i) {
    validator.HostName(fmt::format("tenant.domains[{}]", i), tenant.domains(i));
  }
  validator.MaxElements("tenant.scopes_supported", tenant.scopes_supported_size(), 200);
  for (int i = 0; i < tenant.scopes_supported_size(); ++i) {
    const std::string field = fmt::format("tenant.scopes_supported[{}]", i);
    validator.Require(field, !tenant.scopes_supported(i).empty());
    validator.MaxBytes(field, tenant.scopes_supported(i), 280);
  }
}

}  // namespace cimd::services
