#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_TENANT_SETTINGS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_TENANT_SETTINGS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// GET and PATCH (a merge patch) /api/v2/tenants/settings of the Management API, on AdminService.
std::vector<Endpoint> TenantSettingsEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_TENANT_SETTINGS_API_H_
