#ifndef CIMD_STORAGE_REPOSITORIES_GRANT_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_GRANT_REPOSITORY_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// APIs (resource servers) and client grants. See client_repository.h for what holds for all repositories.
namespace cimd::storage {

template <typename Source>
MaybeStored<ResourceServerRecord> FindResourceServer(Source& source, std::string_view tenant,
                                                     std::string_view identifier) {
  if (identifier.size() > kMaxKeyBytes / 2) return std::nullopt;
  return Find<ResourceServerRecord>(source, keys::ResourceServer(tenant, identifier));
}

template <typename Source>
MaybeStored<ResourceServerRecord> FindResourceServerById(Source& source, std::string_view tenant,
                                                         std::string_view resource_server) {
  auto id = Find<ResourceServerIdRecord>(source, keys::ResourceServerById(tenant, resource_server));
  if (!id.ok()) return id.status();
  if (!id->has_value()) return std::nullopt;
  auto found = FindResourceServer(source, tenant, (*id)->record.identifier());
  // Between the two reads, the API can be deleted and its identifier given to another one.
  if (found.ok() && found->has_value() &&
      !(*found)->record.resource_server().name().ends_with("/" + std::string(resource_server))) {
    return std::nullopt;
  }
  return found;
}

void PutResourceServer(Transaction& transaction, std::string_view tenant, const ResourceServerRecord& record);

// Deletes an API. The same transaction schedules the purge of its grants, which nothing refers to any more.
void DeleteResourceServer(Transaction& transaction, std::string_view tenant, const ResourceServerRecord& record);

// The grant for an API, client (empty: the default grant) and subject type.
template <typename Source>
MaybeStored<ClientGrantRecord> FindClientGrant(Source& source, std::string_view tenant,
                                               std::string_view resource_server, std::string_view client,
                                               v1::SubjectType subject_type) {
  return Find<ClientGrantRecord>(source, keys::ClientGrant(tenant, resource_server, client, subject_type));
}

template <typename Source>
MaybeStored<ClientGrantRecord> FindClientGrantById(Source& source, std::string_view tenant,
                                                   std::string_view client_grant) {
  auto id = Find<ClientGrantIdRecord>(source, keys::ClientGrantById(tenant, client_grant));
  if (!id.ok()) return id.status();
  if (!id->has_value()) return std::nullopt;
  auto found = Find<ClientGrantRecord>(source, keys::ClientGrant(tenant, (*id)->record.resource_server(),
                                                                 (*id)->record.client(), (*id)->record.subject_type()));
  if (found.ok() && found->has_value() &&
      !(*found)->record.client_grant().name().ends_with("/" + std::string(client_grant))) {
    return std::nullopt;
  }
  return found;
}

void PutClientGrant(Transaction& transaction, std::string_view tenant, const ClientGrantRecord& record);
void DeleteClientGrant(Transaction& transaction, std::string_view tenant, const ClientGrantRecord& record);

// The number of grants for an API, or of a client, counted inside of a transaction.
absl::StatusOr<int64_t> CountGrantsOfResourceServer(Transaction& transaction, std::string_view tenant,
                                                    std::string_view resource_server);
absl::StatusOr<int64_t> CountGrantsOfClient(Transaction& transaction, std::string_view tenant, std::string_view client);

// As the API returns them, with their etags. They move from the record.
v1::ResourceServer ServedResourceServer(Stored<ResourceServerRecord>&& stored);
v1::ClientGrant ServedClientGrant(Stored<ClientGrantRecord>&& stored);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_GRANT_REPOSITORY_H_
