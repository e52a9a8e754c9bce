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

// Connections, which of them are at domain level, and for which clients they are enabled one by one. As in
// client_repository.h.
namespace cimd::storage {

// Most connections that a tenant may have at domain level: they are read together, at every decision.
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

// Writes a connection, its name, and its place among those at domain level. kResourceExhausted when there would be
// more than kMaxDomainConnections.
absl::Status PutConnection(Transaction& transaction, std::string_view tenant, const ConnectionRecord& record);

// Removes a connection. For which clients it was enabled is removed by a purge that the same transaction records.
absl::Status DeleteConnection(Transaction& transaction, std::string_view tenant, const ConnectionRecord& record);

// Enables or disables a connection for a client.
void SetConnectionClient(Transaction& transaction, std::string_view tenant, std::string_view connection,
                         std::string_view client, bool enabled);

// As callers see it, with its etag. Moves the record's content out.
v1::Connection ServedConnection(Stored<ConnectionRecord>&& stored);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CONNECTION_REPOSITORY_H_
