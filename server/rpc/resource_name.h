#ifndef CIMD_SERVER_RPC_RESOURCE_NAME_H_
#define CIMD_SERVER_RPC_RESOURCE_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

// Makes and parses resource names; no other file of the server does. Names come from callers. Each parser checks the
// form of each segment, so ids can be used in keys and messages as they are. Errors are INVALID_ARGUMENT
// RESOURCE_NAME_INVALID and name `field`, the request field with the name.
namespace cimd::rpc {

struct ClientName {
  std::string tenant;
  std::string client;
};

// tenants/{tenant}/{collection}/{id}
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

// Resources that belong to a tenant or to the platform: tenants/{tenant}/{collection}/{id} or
// platform/{collection}/{id}. The tenant is empty for the platform.
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

// The id of the tenant in a resource name that was not validated yet, for authorization. May be kCallersTenant. Empty
// for names of the platform and for malformed ones; a caller that is bound to a tenant may use neither (see Authorize).
std::string_view TenantOfName(std::string_view name);

// The id at the end of a well-formed resource name, such as one that is stored. Part of `name`.
std::string_view IdOfName(std::string_view name);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_RESOURCE_NAME_H_
