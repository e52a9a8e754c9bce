#ifndef CIMD_STORAGE_REPOSITORIES_CONNECTION_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_CONNECTION_REPOSITORY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// Connections, the list of those at domain level, and the clients for which a connection is enabled. See
// client_repository.h for what holds for all repositories.
namespace cimd::storage {

// How many connections a tenant can have at domain level. Every decision reads all of them.
inline constexpr int kMaxDomainConnections = 100;

template <typename Source>
MaybeStored<ConnectionRecord> FindConnection(Source& source, std::string_view tenant, std::string_view connection) {
  return Find<ConnectionRecord>(source, keys::Connection(tenant, connection));
}

// The id of the connection of this name; empty when there is none.
template <typename Source>
absl::StatusOr<std::string> FindConnectionByName(Source& source, std::string_view tenant,
                                                 std::string_view connection_name) {
  if (connection_name.size() > kMaxKeyBytes / 2) return std::string();
  auto found = Find<ConnectionNameRecord>(source, keys::ConnectionByName(tenant, connection_name));
  if (!found.ok()) return found.status();
  return found->has_value() ? (*found)->record.connection() : std::string();
}

// Every connection at domain level; an empty record when there is none.
template <typename Source>
absl::StatusOr<DomainConnectionsRecord> FindDomainConnections(Source& source, std::string_view tenant) {
  auto found = Find<DomainConnectionsRecord>(source, keys::DomainConnections(tenant));
  if (!found.ok()) return found.status();
  return found->has_value() ? std::move((*found)->record) : DomainConnectionsRecord();
}

// Writes a connection, its name, and its entry in the list of those at domain level. kResourceExhausted when the list
// would have more than kMaxDomainConnections entries.
absl::Status PutConnection(Transaction& transaction, std::string_view tenant, const ConnectionRecord& record);

// Deletes a connection. The same transaction schedules the purge of the clients for which it was enabled.
absl::Status DeleteConnection(Transaction& transaction, std::string_view tenant, const ConnectionRecord& record);

// Enables or disables a connection for a client.
void SetConnectionClient(Transaction& transaction, std::string_view tenant, std::string_view connection,
                         std::string_view client, bool enabled);

// The connection as the API returns it, with its etag. Moves from the record.
v1::Connection ServedConnection(Stored<ConnectionRecord>&& stored);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CONNECTION_REPOSITORY_H_
