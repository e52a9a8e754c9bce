#ifndef CIMD_SERVER_RESOURCES_TENANT_SETTINGS_H_
#define CIMD_SERVER_RESOURCES_TENANT_SETTINGS_H_

#include <string_view>

#include "absl/types/span.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/rpc/request_validator.h"

// Tenant settings that an admin controls: defaults, limits, and the fields that an update may change.
namespace cimd::services {

// Paths of Tenant that UpdateTenant may change.
absl::Span<const std::string_view> EditableTenantFields();

// Sets unset fields to their defaults.
void FillTenantDefaults(v1::Tenant& tenant);

// Adds every violation in the settings of `tenant`. Violations name the fields as in UpdateTenantRequest.
void ValidateTenantSettings(const v1::Tenant& tenant, RequestValidator& validator);

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_TENANT_SETTINGS_H_
