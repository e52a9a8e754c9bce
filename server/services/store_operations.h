#ifndef CIMD_SERVER_SERVICES_STORE_OPERATIONS_H_
#define CIMD_SERVER_SERVICES_STORE_OPERATIONS_H_

#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// What an operator does to the store as a whole, while it serves; the proto says what it promises. Thread-safe.
class StoreOperationHandlers {
 public:
  // `store` outlives this. `backup_dir` exists, or is empty: no backups.
  StoreOperationHandlers(storage::Store& store, std::string backup_dir)
      : store_(store), backup_dir_(std::move(backup_dir)) {}

  absl::StatusOr<v1::CheckStoreResponse> CheckStore(rpc::RequestContext& call,
                                                    const v1::CheckStoreRequest& request) const;
  absl::StatusOr<v1::Backup> CreateBackup(rpc::RequestContext& call, const v1::CreateBackupRequest& request) const;

 private:
  storage::Store& store_;
  const std::string backup_dir_;
  // One walk over everything at a time: more would only take the disk from those who serve.
  mutable std::mutex turn_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_STORE_OPERATIONS_H_
