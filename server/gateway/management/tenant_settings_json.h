#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_TENANT_SETTINGS_JSON_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_TENANT_SETTINGS_JSON_H_

#include <string>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"
#include "server/gateway/json/json_members.h"
#include "server/json/strict_json.h"

// A tenant's settings in the Management API's JSON. Pure. Additions to that API: document_profile, issuer, domains,
// scopes_supported and endpoints.
namespace cimd::gateway {

Members TenantSettingsMembers();

json::Value TenantSettingsJson(const v1::Tenant& tenant);

// The property for a field of a request of AdminService.
std::string TenantSettingsProperty(std::string_view field);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_TENANT_SETTINGS_JSON_H_
