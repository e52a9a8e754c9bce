#ifndef CIMD_STORAGE_REPOSITORIES_CLIENT_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_CLIENT_REPOSITORY_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// Clients, and the blocks on client identifier URLs. Free functions over a source of reads (Store, Snapshot or
// Transaction); writers keep the record and its index in step, so nothing else may write these kinds of key.
// `tenant` and `client` are ids, not resource names. All of it is safe for concurrent use as far as its source is.
namespace cimd::storage {

// Finds a client by its URL, byte for byte: one read. An absurdly long URL is just not found.
template <typename Source>
MaybeStored<ClientRecord> FindClientByUrl(Source& source, std::string_view tenant, std::string_view external_client_id) {
  if (external_client_id.size() > kMaxKeyBytes / 2) return std::nullopt;
  return Find<ClientRecord>(source, keys::Client(tenant, external_client_id));
}

// Finds a client by its id: two reads.
template <typename Source>
MaybeStored<ClientRecord> FindClientById(Source& source, std::string_view tenant, std::string_view client);

// Writes a client and its index entry.
void PutClient(Transaction& transaction, std::string_view tenant, const ClientRecord& record);

// Removes a client, its keys and its index entry. Its document versions, grants and enabled connections are removed by purges (see
// purge.h) that the same transaction records; nothing finds them any more. A block on its URL stays.
void DeleteClient(Transaction& transaction, std::string_view tenant, const ClientRecord& record);

// The client as callers see it, with its etag. Moves the record's content out.
v1::Client ServedClient(Stored<ClientRecord>&& stored);

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
  // Between two reads of a store the client may have been deleted and its URL registered again under another id.
  if (found.ok() && found->has_value() && !(*found)->record.client().name().ends_with(client)) return std::nullopt;
  return found;
}

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CLIENT_REPOSITORY_H_
