#ifndef CIMD_SERVER_SERVICES_SERVER_METADATA_H_
#define CIMD_SERVER_SERVICES_SERVER_METADATA_H_

#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_service.pb.h"

namespace cimd::services {

// Builds the authorization server metadata (RFC 8414) from a tenant's settings. Pure. Publishes every list whose
// default would promise unsupported features (implicit, client_secret_basic). SERVER_METADATA_INCOMPLETE when the
// tenant has no issuer, authorization endpoint or token endpoint.
absl::StatusOr<v1::ServerMetadata> MakeServerMetadata(const v1::Tenant& tenant);

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_SERVER_METADATA_H_
