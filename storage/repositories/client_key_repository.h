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

// The public keys of clients, and the order in which their sets are to be read again: an index over all tenants, so
// that finding what is due is one short scan however many clients there are. `tenant` and `client` are ids.
namespace cimd::storage {

template <typename Source>
MaybeStored<ClientKeysRecord> FindClientKeys(Source& source, std::string_view tenant, std::string_view client) {
  return Find<ClientKeysRecord>(source, keys::ClientKeys(tenant, client));
}

// Writes a client's keys; the index follows record.refresh_time. `before` is what was stored, null for nothing.
void PutClientKeys(Transaction& transaction, std::string_view tenant, std::string_view client,
                   const ClientKeysRecord* before, const ClientKeysRecord& record);

// An entry of the index.
struct DueKeyRefresh {
  // For RemoveKeyRefresh.
  std::string key;
  std::string tenant;
  std::string client;
};

// Up to `limit` entries whose time has come, the longest due first.
absl::StatusOr<std::vector<DueKeyRefresh>> FindDueKeyRefreshes(const Store& store, absl::Time now, int limit);

// Takes an entry out of the index for good. A record that still names the entry's time is left as it is.
absl::Status RemoveKeyRefresh(Store& store, const DueKeyRefresh& due);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CLIENT_KEY_REPOSITORY_H_
