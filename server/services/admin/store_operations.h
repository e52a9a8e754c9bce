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

// Where backups are stored and for how long. The operator decides both.
struct BackupOptions {
  // Must exist. If empty, backups are disabled.
  std::string directory;
  // Maximum age of backups. Each new backup removes older ones. Zero: backups are kept.
  absl::Duration retention = absl::ZeroDuration();
  // Called with the result of removing each old backup. `name` is empty when listing the backups failed.
  std::function<void(const std::string& name, const absl::Status& removal)> on_removal;
};

// Implements the methods of cimd.v1.AdminService that check and back up the store while it serves. Thread-safe.
class StoreOperationHandlers {
 public:
  // `store` must outlive this.
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
  // Limits these operations to one at a time, because each reads the whole store.
  mutable std::mutex turn_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_ADMIN_STORE_OPERATIONS_H_
