#ifndef CIMD_SERVER_SERVICES_ADMIN_STORE_OPERATIONS_H_
#define CIMD_SERVER_SERVICES_ADMIN_STORE_OPERATIONS_H_

#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/mutations/mutations.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// Where backups go, and for how long: the operator's decisions.
struct BackupOptions {
  // Exists, or is empty: no backups.
  std::string directory;
  // How old backups may become: each new one has older ones removed. Zero: they stay.
  absl::Duration retention = absl::ZeroDuration();
  // Told of each older backup what became of its removal; `name` is empty when they could not be listed.
  std::function<void(const std::string& name, const absl::Status& removal)> on_removal;
};

// What an operator does to the store as a whole, while it serves; the proto says what it promises. Thread-safe.
class StoreOperationHandlers {
 public:
  // `store` outlives this.
  StoreOperationHandlers(storage::Store& store, BackupOptions backups)
      : store_(store), mutations_(store), backups_(std::move(backups)) {}

  absl::StatusOr<v1::CheckStoreResponse> CheckStore(rpc::RequestContext& call,
                                                    const v1::CheckStoreRequest& request) const;
  absl::StatusOr<v1::Backup> CreateBackup(rpc::RequestContext& call, const v1::CreateBackupRequest& request) const;

 private:
  void RemoveOldBackups(absl::Time now) const;

  storage::Store& store_;
  const Mutations mutations_;
  const BackupOptions backups_;
  // One walk over everything at a time: more would only take the disk from those who serve.
  mutable std::mutex turn_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_ADMIN_STORE_OPERATIONS_H_
