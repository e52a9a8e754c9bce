#ifndef CIMD_STORAGE_REPOSITORIES_CLIENT_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_CLIENT_REPOSITORY_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// Clients, and blocks on client identifier URLs.
//
// This holds for all repositories: they are free functions over a source of reads, which is a Store, a Snapshot or a
// Transaction. Writers keep a record and its index entries consistent, so only they may write these kinds of key.
// `tenant`, `client` and the like are ids, not resource names. The functions are as thread-safe as their source. Errors
// are those of the store, and kDataLoss for a record that does not parse.
namespace cimd::storage {

// Finds a client by its URL, compared byte for byte. One read. A URL too long for a key is not found.
template <typename Source>
MaybeStored<ClientRecord> FindClientByUrl(Source& source, std::string_view tenant,
                                          std::string_view external_client_id) {
  if (external_client_id.size() > kMaxKeyBytes / 2) return std::nullopt;
  return Find<ClientRecord>(source, keys::Client(tenant, external_client_id));
}

// Finds a client by its id. Two reads.
template <typename Source>
MaybeStored<ClientRecord> FindClientById(Source& source, std::string_view tenant, std::string_view client);

// Writes a client and its index entry.
void PutClient(Transaction& transaction, std::string_view tenant, const ClientRecord& record);

// Deletes a client, its keys, its refresh failure and its index entry. The same transaction schedules purges (purge.h)
// of its document versions, grants and enabled connections, which nothing refers to any more. A block on its URL stays.
void DeleteClient(Transaction& transaction, std::string_view tenant, const ClientRecord& record);

// The client as the API returns it, with its etag. Moves from the record.
v1::Client ServedClient(Stored<ClientRecord>&& stored);

// Why the last refresh of a client failed. It is not part of the client: its etag does not change, and watches are not
// notified.
template <typename Source>
MaybeStored<RefreshFailureRecord> FindRefreshFailure(Source& source, std::string_view tenant, std::string_view client) {
  return Find<RefreshFailureRecord>(source, keys::RefreshFailure(tenant, client));
}
void PutRefreshFailure(Transaction& transaction, std::string_view tenant, std::string_view client,
                       const v1::FetchFailure& failure);
// Deletes it, if there is one.
absl::Status ClearRefreshFailure(Transaction& transaction, std::string_view tenant, std::string_view client);

template <typename Source>
MaybeStored<ClientBlockRecord> FindClientBlock(Source& source, std::string_view tenant,
                                               std::string_view external_client_id) {
  return Find<ClientBlockRecord>(source, keys::ClientBlock(tenant, external_client_id));
}

// --- Implementation --------------------------------------------------------------------------------------------------

template <typename Source>
MaybeStored<ClientRecord> FindClientById(Source& source, std::string_view tenant, std::string_view client) {
  MaybeStored<ClientIdRecord> id = Find<ClientIdRecord>(source, keys::ClientById(tenant, client));
  if (!id.ok()) return id.status();
  if (!id->has_value()) return std::nullopt;
  MaybeStored<ClientRecord> found = FindClientByUrl(source, tenant, (*id)->record.external_client_id());
  // Between the two reads, the client can be deleted and its URL registered again under another id.
  if (found.ok() && found->has_value() && !(*found)->record.client().name().ends_with(client)) return std::nullopt;
  return found;
}

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CLIENT_REPOSITORY_H_
