#include "storage/repositories/connection_repository.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "storage/repositories/purge.h"

namespace cimd::storage {
namespace {

std::string_view IdOf(const v1::Connection& connection) {
  return std::string_view(connection.name()).substr(connection.name().rfind('/') + 1);
}

// Adds, updates or removes a connection in the list of domain-level connections. Writes only if the list changes.
absl::Status PlaceAtDomainLevel(Transaction& transaction, std::string_view tenant, const v1::Connection& connection,
                                bool at_domain_level) {
  absl::StatusOr<DomainConnectionsRecord> stored = FindDomainConnections(transaction, tenant);
  if (!stored.ok()) return stored.status();
  auto& references = *stored->mutable_connections();
  const std::string before = stored->SerializeAsString();
  references.erase(std::remove_if(references.begin(), references.end(),
                                  [&](const auto& reference) { return reference.name() == connection.name(); }),
                   references.end());
  if (at_domain_level) {
    v1::ConnectionReference& reference = *references.Add();
    reference.set_name(connection.name());
    reference.set_connection_name(connection.connection_name());
    reference.set_strategy(connection.strategy());
    reference.set_display_name(connection.display_name());
    std::sort(references.begin(), references.end(),
              [](const auto& a, const auto& b) { return a.connection_name() < b.connection_name(); });
  }
  if (references.size() > kMaxDomainConnections) {
    return absl::ResourceExhaustedError("too many connections at domain level");
  }
  if (stored->SerializeAsString() != before) PutRecord(transaction, keys::DomainConnections(tenant), *stored);
  return absl::OkStatus();
}

}  // namespace

absl::Status PutConnection(Transaction& transaction, std::string_view tenant, const ConnectionRecord& record) {
  const v1::Connection& connection = record.connection();
  ConnectionNameRecord name;
  name.set_connection(std::string(IdOf(connection)));
  PutRecord(transaction, keys::ConnectionByName(tenant, connection.connection_name()), name);
  PutRecord(transaction, keys::Connection(tenant, IdOf(connection)), record);
  return PlaceAtDomainLevel(transaction, tenant, connection, connection.is_domain_connection());
}

absl::Status DeleteConnection(Transaction& transaction, std::string_view tenant, const ConnectionRecord& record) {
  const v1::Connection& connection = record.connection();
  transaction.Delete(keys::ConnectionByName(tenant, connection.connection_name()));
  transaction.Delete(keys::Connection(tenant, IdOf(connection)));
  SchedulePurge(transaction, keys::AllOf(tenant, keys::Kind::kConnectionClient, IdOf(connection)));
  return PlaceAtDomainLevel(transaction, tenant, connection, /*at_domain_level=*/false);
}

void SetConnectionClient(Transaction& transaction, std::string_view tenant, std::string_view connection,
                         std::string_view client, bool enabled) {
  if (!enabled) {
    transaction.Delete(keys::ConnectionClient(tenant, connection, client));
    transaction.Delete(keys::ClientConnection(tenant, client, connection));
    return;
  }
  ConnectionClientRecord record;
  record.set_connection(std::string(connection));
  record.set_client(std::string(client));
  PutRecord(transaction, keys::ConnectionClient(tenant, connection, client), record);
  PutRecord(transaction, keys::ClientConnection(tenant, client, connection), record);
}

v1::Connection ServedConnection(Stored<ConnectionRecord>&& stored) {
  v1::Connection connection = std::move(*stored.record.mutable_connection());
  connection.set_etag(std::to_string(stored.revision));
  return connection;
}

}  // namespace cimd::storage
