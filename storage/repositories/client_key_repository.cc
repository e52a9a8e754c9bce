#include "storage/repositories/client_key_repository.h"

#include <memory>
#include <optional>
#include <utility>

#include "storage/run_in_transaction.h"

namespace cimd::storage {

void PutClientKeys(Transaction& transaction, std::string_view tenant, std::string_view client,
                   const ClientKeysRecord* before, const ClientKeysRecord& record) {
  if (before != nullptr && before->has_refresh_time()) {
    transaction.Delete(keys::KeyRefresh(before->refresh_time().seconds(), tenant, client));
  }
  if (record.has_refresh_time()) {
    KeyRefreshRecord due;
    due.set_tenant(std::string(tenant));
    due.set_client(std::string(client));
    PutRecord(transaction, keys::KeyRefresh(record.refresh_time().seconds(), tenant, client), due);
  }
  PutRecord(transaction, keys::ClientKeys(tenant, client), record);
}

absl::StatusOr<std::vector<DueKeyRefresh>> FindDueKeyRefreshes(const Store& store, absl::Time now, int limit) {
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store.TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  std::vector<DueKeyRefresh> due;
  // The key contains the same information as the record. Reading only keys, the scan does not fail on a damaged record.
  absl::Status scanned = (*snapshot)->Scan(
      keys::KeyRefreshesUntil(absl::ToUnixSeconds(now)), limit, [&](std::string_view key, std::string_view, Revision) {
        std::optional<keys::Parts> parts = keys::Parse(key);
        if (!parts.has_value() || parts->strings.size() != 2) return true;
        due.push_back({std::string(key), std::move(parts->strings[0]), std::move(parts->strings[1])});
        return true;
      });
  if (!scanned.ok()) return scanned;
  return due;
}

absl::Status RemoveKeyRefresh(Store& store, const DueKeyRefresh& due) {
  return RunInTransaction(store,
                          [&](Transaction& transaction) {
                            transaction.Delete(due.key);
                            return absl::OkStatus();
                          })
      .status();
}

}  // namespace cimd::storage
