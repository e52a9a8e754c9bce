#include "storage/repositories/grant_repository.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/repositories/purge.h"

namespace cimd::storage {
namespace {

// The last segment of a resource name; empty for an empty name.
std::string_view IdOf(std::string_view name) { return name.substr(name.rfind('/') + 1); }

absl::StatusOr<int64_t> Count(Transaction& transaction, KeyRange range) {
  constexpr int kPerScan = 1000;
  int64_t count = 0;
  while (true) {
    absl::StatusOr<std::vector<Entry>> entries = transaction.Scan(range, kPerScan);
    if (!entries.ok()) return entries.status();
    count += static_cast<int64_t>(entries->size());
    if (entries->size() < kPerScan) return count;
    // The smallest key after the last entry's key.
    range.begin = entries->back().key + '\0';
  }
}

}  // namespace

void PutResourceServer(Transaction& transaction, std::string_view tenant, const ResourceServerRecord& record) {
  const v1::ResourceServer& api = record.resource_server();
  ResourceServerIdRecord id;
  id.set_identifier(api.identifier());
  PutRecord(transaction, keys::ResourceServerById(tenant, IdOf(api.name())), id);
  PutRecord(transaction, keys::ResourceServer(tenant, api.identifier()), record);
}

void DeleteResourceServer(Transaction& transaction, std::string_view tenant, const ResourceServerRecord& record) {
  const v1::ResourceServer& api = record.resource_server();
  transaction.Delete(keys::ResourceServerById(tenant, IdOf(api.name())));
  transaction.Delete(keys::ResourceServer(tenant, api.identifier()));
  SchedulePurge(transaction, keys::AllOf(tenant, keys::Kind::kClientGrant, IdOf(api.name())));
}

void PutClientGrant(Transaction& transaction, std::string_view tenant, const ClientGrantRecord& record) {
  const v1::ClientGrant& grant = record.client_grant();
  const std::string client(IdOf(grant.client()));
  ClientGrantIdRecord id;
  id.set_resource_server(record.resource_server());
  id.set_client(client);
  id.set_subject_type(grant.subject_type());
  PutRecord(transaction, keys::ClientGrantById(tenant, IdOf(grant.name())), id);
  PutRecord(transaction, keys::ClientGrant(tenant, record.resource_server(), client, grant.subject_type()), record);
  if (!client.empty()) {
    PutRecord(transaction, keys::ClientGrantByClient(tenant, client, record.resource_server(), grant.subject_type()),
              record);
  }
}

void DeleteClientGrant(Transaction& transaction, std::string_view tenant, const ClientGrantRecord& record) {
  const v1::ClientGrant& grant = record.client_grant();
  const std::string_view client = IdOf(grant.client());
  transaction.Delete(keys::ClientGrantById(tenant, IdOf(grant.name())));
  transaction.Delete(keys::ClientGrant(tenant, record.resource_server(), client, grant.subject_type()));
  if (!client.empty()) {
    transaction.Delete(keys::ClientGrantByClient(tenant, client, record.resource_server(), grant.subject_type()));
  }
}

absl::StatusOr<int64_t> CountGrantsOfResourceServer(Transaction& transaction, std::string_view tenant,
                                                    std::string_view resource_server) {
  return Count(transaction, keys::AllOf(tenant, keys::Kind::kClientGrant, resource_server));
}

absl::StatusOr<int64_t> CountGrantsOfClient(Transaction& transaction, std::string_view tenant,
                                            std::string_view client) {
  return Count(transaction, keys::AllOf(tenant, keys::Kind::kClientGrantByClient, client));
}

v1::ResourceServer ServedResourceServer(Stored<ResourceServerRecord>&& stored) {
  v1::ResourceServer api = std::move(*stored.record.mutable_resource_server());
  api.set_etag(std::to_string(stored.revision));
  return api;
}

v1::ClientGrant ServedClientGrant(Stored<ClientGrantRecord>&& stored) {
  v1::ClientGrant grant = std::move(*stored.record.mutable_client_grant());
  grant.set_etag(std::to_string(stored.revision));
  return grant;
}

}  // namespace cimd::storage
