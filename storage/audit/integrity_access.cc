#include <algorithm>
#include <optional>
#include <string>

#include "cimd/storage/records.pb.h"
#include "fmt/format.h"
#include "storage/audit/integrity_inspector.h"
#include "storage/keys.h"
#include "storage/repositories/connection_repository.h"

// The consistency rules of APIs, grants and connections.
namespace cimd::storage {
namespace {

using keys::Kind;

// Whether a record may refer to this client: the client exists, or all records of this kind that refer to it are being
// purged.
bool HasClient(Inspector& inspector, const std::string& tenant, const std::string& client, Kind by_client) {
  return inspector.Exists(keys::ClientById(tenant, client)) ||
         inspector.IsBeingPurged(keys::AllOf(tenant, by_client, client));
}

void CheckResourceServer(Inspector& inspector, const Inspected& entry) {
  std::optional<ResourceServerRecord> record = inspector.RecordOf<ResourceServerRecord>(entry);
  if (!record.has_value()) return;
  const v1::ResourceServer& api = record->resource_server();
  if (!inspector.StandsAt(entry, keys::ResourceServer(entry.parts.tenant, api.identifier()))) return;
  const std::string_view id = LastSegment(api.name());
  auto index = inspector.Find<ResourceServerIdRecord>(keys::ResourceServerById(entry.parts.tenant, id));
  if (!index.has_value() || index->identifier() != api.identifier()) {
    inspector.Disagree(entry.key, fmt::format("its id {} does not lead to it", id));
  }
}

void CheckResourceServerById(Inspector& inspector, const Inspected& entry) {
  std::optional<ResourceServerIdRecord> id = inspector.RecordOf<ResourceServerIdRecord>(entry);
  if (!id.has_value()) return;
  auto api = inspector.Find<ResourceServerRecord>(keys::ResourceServer(entry.parts.tenant, id->identifier()));
  if (!api.has_value() || LastSegment(api->resource_server().name()) != entry.parts.strings[0]) {
    inspector.Disagree(entry.key, fmt::format("no API with this id is identified by '{}'", id->identifier()));
  }
}

// Each scope that a grant names must be a scope of the grant's API.
void CheckScopes(Inspector& inspector, const Inspected& entry, const v1::ClientGrant& grant,
                 const v1::ResourceServer& api) {
  for (const std::string& scope : grant.scopes()) {
    auto has_value = [&scope](const auto& known) { return known.value() == scope; };
    if (std::none_of(api.scopes().begin(), api.scopes().end(), has_value)) {
      inspector.Disagree(entry.key, fmt::format("the API has no scope '{}'", scope));
    }
  }
}

void CheckClientGrant(Inspector& inspector, const Inspected& entry) {
  std::optional<ClientGrantRecord> record = inspector.RecordOf<ClientGrantRecord>(entry);
  if (!record.has_value()) return;
  const std::string& tenant = entry.parts.tenant;
  const v1::ClientGrant& grant = record->client_grant();
  const std::string client(LastSegment(grant.client()));
  const std::string& api_id = record->resource_server();
  if (!inspector.StandsAt(entry, keys::ClientGrant(tenant, api_id, client, grant.subject_type()))) return;
  auto index = inspector.Find<ClientGrantIdRecord>(keys::ClientGrantById(tenant, LastSegment(grant.name())));
  if (!index.has_value() || index->resource_server() != api_id || index->client() != client ||
      index->subject_type() != grant.subject_type()) {
    inspector.Disagree(entry.key, fmt::format("its id {} does not lead to it", LastSegment(grant.name())));
  }
  if (!client.empty()) {
    const std::string copy = keys::ClientGrantByClient(tenant, client, api_id, grant.subject_type());
    if (inspector.FindValue(copy) != entry.value) {
      inspector.Disagree(entry.key, "the copy of it in the client's list is not the same");
    }
    if (!HasClient(inspector, tenant, client, Kind::kClientGrantByClient)) {
      inspector.Disagree(entry.key, "its client does not exist");
    }
  }
  if (inspector.IsBeingPurged(keys::AllOf(tenant, Kind::kClientGrant, api_id))) return;
  auto api_index = inspector.Find<ResourceServerIdRecord>(keys::ResourceServerById(tenant, api_id));
  if (!api_index.has_value() || api_index->identifier() != grant.audience()) {
    inspector.Disagree(entry.key, fmt::format("there is no API {} for '{}'", api_id, grant.audience()));
    return;
  }
  auto api = inspector.Find<ResourceServerRecord>(keys::ResourceServer(tenant, grant.audience()));
  if (api.has_value()) CheckScopes(inspector, entry, grant, api->resource_server());
}

void CheckClientGrantByClient(Inspector& inspector, const Inspected& entry) {
  std::optional<ClientGrantRecord> record = inspector.RecordOf<ClientGrantRecord>(entry);
  if (!record.has_value()) return;
  const v1::ClientGrant& grant = record->client_grant();
  const std::string client(LastSegment(grant.client()));
  const std::string& tenant = entry.parts.tenant;
  const std::string& api = record->resource_server();
  if (!inspector.StandsAt(entry, keys::ClientGrantByClient(tenant, client, api, grant.subject_type()))) return;
  if (inspector.FindValue(keys::ClientGrant(tenant, api, client, grant.subject_type())) != entry.value) {
    inspector.Disagree(entry.key, "the grant that it is a copy of is not the same");
  }
}

void CheckClientGrantById(Inspector& inspector, const Inspected& entry) {
  std::optional<ClientGrantIdRecord> id = inspector.RecordOf<ClientGrantIdRecord>(entry);
  if (!id.has_value()) return;
  auto grant = inspector.Find<ClientGrantRecord>(
      keys::ClientGrant(entry.parts.tenant, id->resource_server(), id->client(), id->subject_type()));
  if (!grant.has_value() || LastSegment(grant->client_grant().name()) != entry.parts.strings[0]) {
    inspector.Disagree(entry.key, "there is no grant with this id where it leads");
  }
}

// The connection's entry in the list of domain-level connections; nullptr if it is not in the list.
const v1::ConnectionReference* FindReference(const DomainConnectionsRecord& all, std::string_view name) {
  for (const v1::ConnectionReference& reference : all.connections()) {
    if (reference.name() == name) return &reference;
  }
  return nullptr;
}

bool Agree(const v1::ConnectionReference& reference, const v1::Connection& connection) {
  return reference.connection_name() == connection.connection_name() && reference.strategy() == connection.strategy() &&
         reference.display_name() == connection.display_name();
}

void CheckConnection(Inspector& inspector, const Inspected& entry) {
  std::optional<ConnectionRecord> record = inspector.RecordOf<ConnectionRecord>(entry);
  if (!record.has_value()) return;
  const std::string& tenant = entry.parts.tenant;
  const v1::Connection& connection = record->connection();
  const std::string_view id = LastSegment(connection.name());
  if (!inspector.StandsAt(entry, keys::Connection(tenant, id))) return;
  auto index = inspector.Find<ConnectionNameRecord>(keys::ConnectionByName(tenant, connection.connection_name()));
  if (!index.has_value() || index->connection() != id) {
    inspector.Disagree(entry.key, fmt::format("its name '{}' does not lead to it", connection.connection_name()));
  }
  const auto all = inspector.Find<DomainConnectionsRecord>(keys::DomainConnections(tenant));
  const bool is_listed = all.has_value() && FindReference(*all, connection.name()) != nullptr;
  if (connection.is_domain_connection() && !is_listed) {
    inspector.Disagree(entry.key, "it is at domain level, but not in the tenant's list of those");
  }
}

void CheckConnectionByName(Inspector& inspector, const Inspected& entry) {
  std::optional<ConnectionNameRecord> name = inspector.RecordOf<ConnectionNameRecord>(entry);
  if (!name.has_value()) return;
  auto connection = inspector.Find<ConnectionRecord>(keys::Connection(entry.parts.tenant, name->connection()));
  if (!connection.has_value() || connection->connection().connection_name() != entry.parts.strings[0]) {
    inspector.Disagree(entry.key, fmt::format("the connection {} does not have this name", name->connection()));
  }
}

void CheckDomainConnections(Inspector& inspector, const Inspected& entry) {
  std::optional<DomainConnectionsRecord> all = inspector.RecordOf<DomainConnectionsRecord>(entry);
  if (!all.has_value()) return;
  if (all->connections_size() > kMaxDomainConnections) {
    inspector.Disagree(entry.key, fmt::format("there are {} connections in it", all->connections_size()));
  }
  for (const v1::ConnectionReference& reference : all->connections()) {
    auto found = inspector.Find<ConnectionRecord>(keys::Connection(entry.parts.tenant, LastSegment(reference.name())));
    if (!found.has_value() || !found->connection().is_domain_connection() || !Agree(reference, found->connection()) ||
        FindReference(*all, reference.name()) != &reference) {
      inspector.Disagree(entry.key, fmt::format("what it says of '{}' is not so", reference.name()));
    }
  }
}

void CheckConnectionClient(Inspector& inspector, const Inspected& entry) {
  std::optional<ConnectionClientRecord> record = inspector.RecordOf<ConnectionClientRecord>(entry);
  if (!record.has_value()) return;
  const std::string& tenant = entry.parts.tenant;
  const std::string by_connection = keys::ConnectionClient(tenant, record->connection(), record->client());
  const std::string by_client = keys::ClientConnection(tenant, record->client(), record->connection());
  const bool is_by_client = entry.parts.kind == Kind::kClientConnection;
  if (!inspector.StandsAt(entry, is_by_client ? by_client : by_connection)) return;
  if (!inspector.Exists(is_by_client ? by_connection : by_client)) {
    inspector.Disagree(entry.key, "the same is not recorded the other way round");
  }
  if (!HasClient(inspector, tenant, record->client(), Kind::kClientConnection)) {
    inspector.Disagree(entry.key, "the client does not exist");
  }
  if (!inspector.Exists(keys::Connection(tenant, record->connection())) &&
      !inspector.IsBeingPurged(keys::AllOf(tenant, Kind::kConnectionClient, record->connection()))) {
    inspector.Disagree(entry.key, "the connection does not exist");
  }
}

}  // namespace

void CheckAccessEntry(Inspector& inspector, const Inspected& entry) {
  if (entry.parts.kind == Kind::kResourceServer) return CheckResourceServer(inspector, entry);
  if (entry.parts.kind == Kind::kResourceServerById) return CheckResourceServerById(inspector, entry);
  if (entry.parts.kind == Kind::kClientGrant) return CheckClientGrant(inspector, entry);
  if (entry.parts.kind == Kind::kClientGrantByClient) return CheckClientGrantByClient(inspector, entry);
  if (entry.parts.kind == Kind::kClientGrantById) return CheckClientGrantById(inspector, entry);
  if (entry.parts.kind == Kind::kConnection) return CheckConnection(inspector, entry);
  if (entry.parts.kind == Kind::kConnectionByName) return CheckConnectionByName(inspector, entry);
  if (entry.parts.kind == Kind::kDomainConnections) return CheckDomainConnections(inspector, entry);
  return CheckConnectionClient(inspector, entry);
}

}  // namespace cimd::storage
