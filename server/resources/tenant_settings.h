#ifndef CIMD_SERVER_RESOURCES_TENANT_SETTINGS_H_
#define CIMD_SERVER_RESOURCES_TENANT_SETTINGS_H_

#include <string_view>

#include "absl/types/span.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/rpc/request_validator.h"

// What an admin may decide about a tenant: the defaults, the bounds, and which fields an update may name.
namespace cimd::services {

// Paths of Tenant that UpdateTenant may change.
absl::Span<const std::string_view> EditableTenantFields();

// Fills in whatever is unset.
void FillTenantDefaults(v1::Tenant& tenant);

// Adds what is wrong with the settings of `tenant`; fields are named as in UpdateTenantRequest.
void ValidateTenantSettings(const v1::Tenant& tenant, RequestValidator& validator);

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_TENANT_SETTINGS_H_
