#ifndef CIMD_STORAGE_REPOSITORIES_CLIENT_KEY_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_CLIENT_KEY_REPOSITORY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// The public keys of clients, and an index over all tenants of the time at which each key set must be read again.
// Finding the due sets is one short scan, however many clients there are. `tenant` and `client` are ids.
namespace cimd::storage {

template <typename Source>
MaybeStored<ClientKeysRecord> FindClientKeys(Source& source, std::string_view tenant, std::string_view client) {
  return Find<ClientKeysRecord>(source, keys::ClientKeys(tenant, client));
}

// Writes a client's keys and updates the index from record.refresh_time. `before` is the stored record; null if none.
void PutClientKeys(Transaction& transaction, std::string_view tenant, std::string_view client,
                   const ClientKeysRecord* before, const ClientKeysRecord& record);

// An entry of the index.
struct DueKeyRefresh {
  // For RemoveKeyRefresh.
  std::string key;
  std::string tenant;
  std::string client;
};

// Up to `limit` entries whose time has come, the earliest first.
absl::StatusOr<std::vector<DueKeyRefresh>> FindDueKeyRefreshes(const Store& store, absl::Time now, int limit);

// Deletes an entry of the index. The client's record is not changed.
absl::Status RemoveKeyRefresh(Store& store, const DueKeyRefresh& due);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CLIENT_KEY_REPOSITORY_H_
