#ifndef CIMD_SERVER_RPC_METHOD_TABLE_H_
#define CIMD_SERVER_RPC_METHOD_TABLE_H_

#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace cimd::rpc {

// Who may call which method, and where it runs. A method without a row cannot be called; a test checks that every
// method in the descriptors has one.

enum class WorkClass {
  kRead,    // answers from the store, inline on the thread that received the call
  kBulk,    // the same of many records: pages, batches; runs on a pool of its own
  kWrite,   // commits; runs on a pool of its own
  kFetch,   // reads from the network, and may commit; runs on a pool of its own
  kScan,    // walks a good part of the store; runs with the writes
  kStream,  // answers with a stream of changes that lasts until the caller or the server ends it
};

enum class Scoping {
  kTenant,    // the request names a tenant's resource; a token bound to that tenant is enough
  kPlatform,  // only tokens bound to no tenant
};

struct Method {
  // "package.Service/Method"
  std::string_view name;
  WorkClass work_class;
  Scoping scoping;
  // The caller needs one of these.
  std::array<std::string_view, 2> scopes;
};

inline constexpr Method kMethodTable[] = {
    {"cimd.v1.AdminService/CheckStore", WorkClass::kScan, Scoping::kPlatform, {"read:server_status"}},
    {"cimd.v1.AdminService/CreateAccessToken", WorkClass::kWrite, Scoping::kTenant, {"create:access_tokens"}},
    {"cimd.v1.AdminService/CreateBackup", WorkClass::kWrite, Scoping::kPlatform, {"create:backups"}},
    {"cimd.v1.AdminService/CreateTenant", WorkClass::kWrite, Scoping::kPlatform, {"create:tenants"}},
    {"cimd.v1.AdminService/DeleteTenant", WorkClass::kWrite, Scoping::kPlatform, {"delete:tenants"}},
    {"cimd.v1.AdminService/GetAccessToken", WorkClass::kRead, Scoping::kTenant, {"read:access_tokens"}},
    {"cimd.v1.AdminService/GetAuditEvent", WorkClass::kRead, Scoping::kTenant, {"read:audit_events"}},
    {"cimd.v1.AdminService/GetServerStatus", WorkClass::kScan, Scoping::kPlatform, {"read:server_status"}},
    {"cimd.v1.AdminService/GetTenant", WorkClass::kRead, Scoping::kTenant, {"read:tenant_settings"}},
    {"cimd.v1.AdminService/ListAccessTokens", WorkClass::kBulk, Scoping::kTenant, {"read:access_tokens"}},
    {"cimd.v1.AdminService/ListAuditEvents", WorkClass::kBulk, Scoping::kTenant, {"read:audit_events"}},
    {"cimd.v1.AdminService/ListTenants", WorkClass::kBulk, Scoping::kPlatform, {"read:tenants"}},
    {"cimd.v1.AdminService/LookupTenant", WorkClass::kRead, Scoping::kPlatform, {"read:tenant_settings"}},
    {"cimd.v1.AdminService/RevokeAccessToken", WorkClass::kWrite, Scoping::kTenant, {"delete:access_tokens"}},
    {"cimd.v1.AdminService/UpdateTenant", WorkClass::kWrite, Scoping::kTenant, {"update:tenant_settings"}},
    {"cimd.v1.AdminService/VerifyAuditLog", WorkClass::kScan, Scoping::kTenant, {"read:audit_events"}},
    {"cimd.v1.AdminService/WatchAuditEvents", WorkClass::kStream, Scoping::kTenant, {"read:audit_events"}},

    {"cimd.v1.ConnectionsService/CreateConnection", WorkClass::kWrite, Scoping::kTenant, {"create:connections"}},
    {"cimd.v1.ConnectionsService/DeleteConnection", WorkClass::kWrite, Scoping::kTenant, {"delete:connections"}},
    {"cimd.v1.ConnectionsService/GetConnection", WorkClass::kRead, Scoping::kTenant, {"read:connections"}},
    {"cimd.v1.ConnectionsService/ListClientConnections", WorkClass::kBulk, Scoping::kTenant, {"read:connections"}},
    {"cimd.v1.ConnectionsService/ListConnectionClients", WorkClass::kBulk, Scoping::kTenant, {"read:connections"}},
    {"cimd.v1.ConnectionsService/ListConnections", WorkClass::kBulk, Scoping::kTenant, {"read:connections"}},
    {"cimd.v1.ConnectionsService/UpdateConnection", WorkClass::kWrite, Scoping::kTenant, {"update:connections"}},
    {"cimd.v1.ConnectionsService/UpdateConnectionClients", WorkClass::kWrite, Scoping::kTenant, {"update:connections"}},
    {"cimd.v1.ConnectionsService/WatchConnections", WorkClass::kStream, Scoping::kTenant, {"read:connections"}},

    {"cimd.v1.GrantsService/AuthorizeRequest", WorkClass::kRead, Scoping::kTenant, {"check:decisions"}},
    {"cimd.v1.GrantsService/AuthorizeTokenRequest", WorkClass::kRead, Scoping::kTenant, {"check:decisions"}},
    {"cimd.v1.GrantsService/BatchAuthorize", WorkClass::kBulk, Scoping::kTenant, {"check:decisions"}},
    {"cimd.v1.GrantsService/CreateClientGrant", WorkClass::kWrite, Scoping::kTenant, {"create:client_grants"}},
    {"cimd.v1.GrantsService/CreateResourceServer", WorkClass::kWrite, Scoping::kTenant, {"create:resource_servers"}},
    {"cimd.v1.GrantsService/DeleteClientGrant", WorkClass::kWrite, Scoping::kTenant, {"delete:client_grants"}},
    {"cimd.v1.GrantsService/DeleteResourceServer", WorkClass::kWrite, Scoping::kTenant, {"delete:resource_servers"}},
    {"cimd.v1.GrantsService/GetClientGrant", WorkClass::kRead, Scoping::kTenant, {"read:client_grants"}},
    {"cimd.v1.GrantsService/GetResourceServer", WorkClass::kRead, Scoping::kTenant, {"read:resource_servers"}},
    {"cimd.v1.GrantsService/ListClientGrants", WorkClass::kBulk, Scoping::kTenant, {"read:client_grants"}},
    {"cimd.v1.GrantsService/ListResourceServers", WorkClass::kBulk, Scoping::kTenant, {"read:resource_servers"}},
    {"cimd.v1.GrantsService/LookupResourceServer", WorkClass::kRead, Scoping::kTenant, {"read:resource_servers"}},
    {"cimd.v1.GrantsService/UpdateClientGrant", WorkClass::kWrite, Scoping::kTenant, {"update:client_grants"}},
    {"cimd.v1.GrantsService/UpdateResourceServer", WorkClass::kWrite, Scoping::kTenant, {"update:resource_servers"}},
    {"cimd.v1.GrantsService/WatchClientGrants", WorkClass::kStream, Scoping::kTenant, {"read:client_grants"}},

    {"cimd.v1.MetadataService/GetClientKeys", WorkClass::kRead, Scoping::kTenant, {"read:client_keys"}},
    {"cimd.v1.MetadataService/GetDocument", WorkClass::kRead, Scoping::kTenant, {"read:client_documents"}},
    {"cimd.v1.MetadataService/GetServerMetadata", WorkClass::kRead, Scoping::kTenant, {"read:server_metadata"}},
    {"cimd.v1.MetadataService/ListDocuments", WorkClass::kBulk, Scoping::kTenant, {"read:client_documents"}},
    {"cimd.v1.MetadataService/PinDocument", WorkClass::kWrite, Scoping::kTenant, {"update:clients"}},
    {"cimd.v1.MetadataService/PreviewRefresh", WorkClass::kFetch, Scoping::kTenant, {"read:clients"}},
    {"cimd.v1.MetadataService/RefreshClient", WorkClass::kFetch, Scoping::kTenant, {"update:clients"}},
    {"cimd.v1.MetadataService/RefreshClientKeys", WorkClass::kFetch, Scoping::kTenant, {"update:client_keys"}},
    {"cimd.v1.MetadataService/UnpinDocument", WorkClass::kWrite, Scoping::kTenant, {"update:clients"}},
    {"cimd.v1.MetadataService/VerifyClientAssertion", WorkClass::kRead, Scoping::kTenant, {"check:decisions"}},

    {"cimd.v1.RegistrationService/BlockClient", WorkClass::kWrite, Scoping::kTenant, {"update:clients"}},
    {"cimd.v1.RegistrationService/DeleteClient", WorkClass::kWrite, Scoping::kTenant, {"delete:clients"}},
    {"cimd.v1.RegistrationService/GetClient", WorkClass::kRead, Scoping::kTenant, {"read:clients"}},
    {"cimd.v1.RegistrationService/ListClientBlocks", WorkClass::kBulk, Scoping::kTenant, {"read:clients"}},
    {"cimd.v1.RegistrationService/ListClients", WorkClass::kBulk, Scoping::kTenant, {"read:clients"}},
    {"cimd.v1.RegistrationService/LookupClient", WorkClass::kRead, Scoping::kTenant, {"read:clients"}},
    {"cimd.v1.RegistrationService/PreviewClient", WorkClass::kFetch, Scoping::kTenant, {"read:clients"}},
    {"cimd.v1.RegistrationService/RegisterClient",
     WorkClass::kFetch,
     Scoping::kTenant,
     {"create:clients", "update:clients"}},
    {"cimd.v1.RegistrationService/UnblockClient", WorkClass::kWrite, Scoping::kTenant, {"update:clients"}},
    {"cimd.v1.RegistrationService/UpdateClient", WorkClass::kWrite, Scoping::kTenant, {"update:clients"}},
    {"cimd.v1.RegistrationService/WatchClients", WorkClass::kStream, Scoping::kTenant, {"read:clients"}},
};

// Whether calls of the method can change what is stored.
constexpr bool MayCommit(const Method& method) {
  return method.work_class == WorkClass::kWrite || method.work_class == WorkClass::kFetch;
}

// Scopes that no row names. create:unbounded_access_tokens lets a platform caller make tokens that outlive its own
// credential; "*" does not stand for it. read:connections_options shows the secrets in
// a connection's options.
inline constexpr std::string_view kUnboundedAccessTokensScope = "create:unbounded_access_tokens";
inline constexpr std::string_view kFurtherScopes[] = {kUnboundedAccessTokensScope, "read:connections_options"};

// Whether the scope exists; "*" does, too.
constexpr bool IsScope(std::string_view scope) {
  if (scope == "*") return true;
  for (std::string_view further : kFurtherScopes) {
    if (further == scope) return true;
  }
  for (const Method& method : kMethodTable) {
    if (!scope.empty() && (method.scopes[0] == scope || method.scopes[1] == scope)) return true;
  }
  return false;
}

// The index of a method's row, or the table's size. An index, because with sanitizers compilers do not compare pointers
// at compile time.
constexpr size_t IndexOf(std::string_view name) {
  size_t place = 0;
  while (place < std::size(kMethodTable) && kMethodTable[place].name != name) ++place;
  return place;
}

// The row of a method; null when there is none.
constexpr const Method* FindMethod(std::string_view name) {
  const size_t place = IndexOf(name);
  return place < std::size(kMethodTable) ? &kMethodTable[place] : nullptr;
}

// The row of a method at compile time; does not compile when there is none.
consteval const Method& RowOf(std::string_view name) {
  const size_t place = IndexOf(name);
  if (place == std::size(kMethodTable)) throw "no row in server/rpc/method_table.h";
  return kMethodTable[place];
}

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_METHOD_TABLE_H_
