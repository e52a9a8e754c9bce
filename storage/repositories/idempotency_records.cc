#include "storage/repositories/idempotency_records.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/run_in_transaction.h"

namespace cimd::storage {
namespace {

constexpr size_t kKeysPerCommit = 100;

// The records are written once and never changed, so they are deleted without being read again.
absl::Status DeleteKeys(Store& store, const std::vector<std::string>& keys) {
  return RunInTransaction(store,
                          [&](Transaction& transaction) {
                            for (const std::string& key : keys) transaction.Delete(key);
                            return absl::OkStatus();
                          })
      .status();
}

}  // namespace

absl::Status ForgetOldRequests(Store& store, std::string_view owner, absl::Time now,
                               UnreadableRecordVisitor unreadable) {
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store.TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  std::vector<std::string> old;
  absl::Status failure;
  absl::Status scanned = (*snapshot)->Scan(
      keys::All(owner, keys::Kind::kRequest), /*limit=*/0, [&](std::string_view key, std::string_view value, Revision) {
        RequestRecord record;
        if (!ParseRecord(value, record).ok()) {
          unreadable(key);
          return true;
        }
        if (absl::FromUnixSeconds(record.create_time().seconds()) + kRequestMemory < now) old.emplace_back(key);
        if (old.size() == kKeysPerCommit) {
          failure = DeleteKeys(store, old);
          old.clear();
        }
        return failure.ok();
      });
  if (!failure.ok()) return failure;
  if (!scanned.ok()) return scanned;
  return old.empty() ? absl::OkStatus() : DeleteKeys(store, old);
}

}  // namespace cimd::storage
