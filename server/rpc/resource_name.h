#ifndef CIMD_SERVER_RPC_RESOURCE_NAME_H_
#define CIMD_SERVER_RPC_RESOURCE_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

// Resource names, the only place that makes or takes apart one. Names come from callers: every parser checks the form
// of each segment, so that ids can be used in keys and messages as they are. Errors are INVALID_ARGUMENT
// RESOURCE_NAME_INVALID and name `field`, the request field that held the name.
namespace cimd::rpc {

struct ClientName {
  std::string tenant;
  std::string client;
};

// A resource right under a tenant: tenants/{tenant}/{collection}/{id}
struct ChildName {
  std::string tenant;
  std::string id;
};

struct DocumentName {
  std::string tenant;
  std::string client;
  int64_t version = 0;
};

std::string MakeTenantName(std::string_view tenant);
std::string MakeClientName(std::string_view tenant, std::string_view client);
std::string MakeDocumentName(std::string_view tenant, std::string_view client, int64_t version);

inline constexpr std::string_view kResourceServers = "resourceServers";
inline constexpr std::string_view kClientGrants = "clientGrants";
inline constexpr std::string_view kConnections = "connections";
std::string MakeChildName(std::string_view tenant, std::string_view collection, std::string_view id);

// tenants/{tenant}
absl::StatusOr<std::string> ParseTenantName(std::string_view field, std::string_view name);
// tenants/{tenant}/clients/{client}
absl::StatusOr<ClientName> ParseClientName(std::string_view field, std::string_view name);
// tenants/{tenant}/clients/{client}/documents/{version}
absl::StatusOr<DocumentName> ParseDocumentName(std::string_view field, std::string_view name);

// tenants/{tenant}/{collection}/{id}
absl::StatusOr<ChildName> ParseChildName(std::string_view field, std::string_view collection, std::string_view name);

// What stands under a tenant or under the platform: tenants/{tenant}/{collection}/{id} or platform/{collection}/{id}.
// The tenant is empty for the platform, which stands for what belongs to no tenant.
inline constexpr std::string_view kPlatformName = "platform";
inline constexpr std::string_view kAccessTokens = "accessTokens";
std::string MakeOwnedName(std::string_view tenant, std::string_view collection, std::string_view id);
// tenants/{tenant} or platform: the tenant's id, empty for the platform.
absl::StatusOr<std::string> ParseOwnerName(std::string_view field, std::string_view name);
absl::StatusOr<ChildName> ParseOwnedName(std::string_view field, std::string_view collection, std::string_view name);

// Whether `id` may be a tenant's: 1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last.
bool IsTenantId(std::string_view id);

// In place of a tenant's id, "tenants/-/clients/...": the tenant that the caller is bound to. No parser takes it,
// because the dispatcher puts the caller's tenant in before a handler runs.
inline constexpr std::string_view kCallersTenant = "-";
// Puts `tenant` in place of kCallersTenant wherever `request` holds such a name: in fields called name, parent or
// client, of nested messages as well. Other text is never changed.
void FillInCallersTenant(std::string_view tenant, google::protobuf::Message& request);

// The tenant that any resource name stands under, for authorization before validation; it may be kCallersTenant. Empty
// for the platform's names and for malformed ones, neither of which a caller that is bound to a tenant may use (see
// Authorize).
std::string_view TenantOfName(std::string_view name);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_RESOURCE_NAME_H_
