#include "server/services/server_metadata.h"

#include <string>
#include <string_view>

#include "server/errors/errors.h"
#include "server/jose/jwk.h"
#include "server/metadata/key_findings.h"
#include "server/rpc/resource_name.h"

namespace cimd::services {

absl::StatusOr<v1::ServerMetadata> MakeServerMetadata(const v1::Tenant& tenant) {
  const v1::ServerEndpoints& endpoints = tenant.endpoints();
  auto incomplete = [&](std::string_view field) {
    return rpc::errors::ServerMetadataIncomplete(rpc::TenantOfName(tenant.name()), field);
  };
  if (tenant.issuer().empty()) return incomplete("issuer");
  if (endpoints.authorization_endpoint().empty()) return incomplete("endpoints.authorization_endpoint");
  if (endpoints.token_endpoint().empty()) return incomplete("endpoints.token_endpoint");

  v1::ServerMetadata metadata;
  metadata.set_issuer(tenant.issuer());
  metadata.set_authorization_endpoint(endpoints.authorization_endpoint());
  metadata.set_token_endpoint(endpoints.token_endpoint());
  metadata.set_jwks_uri(endpoints.jwks_uri());
  metadata.set_registration_endpoint(endpoints.registration_endpoint());
  metadata.set_revocation_endpoint(endpoints.revocation_endpoint());
  metadata.set_introspection_endpoint(endpoints.introspection_endpoint());
  metadata.set_pushed_authorization_request_endpoint(endpoints.pushed_authorization_request_endpoint());
  metadata.set_userinfo_endpoint(endpoints.userinfo_endpoint());
  metadata.set_service_documentation(endpoints.service_documentation());
  metadata.set_op_policy_uri(endpoints.op_policy_uri());
  metadata.set_op_tos_uri(endpoints.op_tos_uri());
  *metadata.mutable_scopes_supported() = tenant.scopes_supported();
  metadata.add_response_types_supported("code");
  metadata.add_response_modes_supported("query");
  metadata.add_grant_types_supported("authorization_code");
  metadata.add_grant_types_supported("refresh_token");
  metadata.add_code_challenge_methods_supported("S256");
  for (const char* method : {"none", "private_key_jwt"}) {
    metadata.add_token_endpoint_auth_methods_supported(method);
    if (!endpoints.revocation_endpoint().empty()) metadata.add_revocation_endpoint_auth_methods_supported(method);
  }
  // Introspection is for resource servers, but an omitted list would default to client_secret_basic.
  if (!endpoints.introspection_endpoint().empty()) {
    metadata.add_introspection_endpoint_auth_methods_supported("private_key_jwt");
  }
  for (std::string_view algorithm : jose::AllowedAlgorithmNames(metadata::KeyProfileOf(tenant.document_profile()))) {
    metadata.add_token_endpoint_auth_signing_alg_values_supported(algorithm.data(), algorithm.size());
  }
  metadata.set_authorization_response_iss_parameter_supported(tenant.authorization_response_iss_parameter_supported());
  metadata.set_client_id_metadata_document_supported(tenant.client_id_metadata_document_supported());
  if (!endpoints.jwks_uri().empty()) {
    metadata.add_subject_types_supported("public");
    metadata.add_id_token_signing_alg_values_supported("RS256");
  }
  return metadata;
}

}  // namespace cimd::services
