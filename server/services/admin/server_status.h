#ifndef CIMD_SERVER_SERVICES_ADMIN_SERVER_STATUS_H_
#define CIMD_SERVER_SERVICES_ADMIN_SERVER_STATUS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// Fills in what only the process knows of itself: its version, start, calls, streams, fetches, health, audit backlog
// and certificate; and as concerns what an operator has weakened. From any thread.
using DescribeServer = absl::AnyInvocable<void(v1::ServerStatus& status) const>;

// What is not as it should be, worst first, in words for an operator. `store` is where the status has its numbers from.
// Pure.
std::vector<std::string> ConcernsOf(const v1::ServerStatus& status, const storage::StoreStatistics& store);

// What an operator wants to know first; the proto says what it promises. Thread-safe.
class ServerStatusHandlers {
 public:
  // `store` outlives this. `backup_dir` exists, or is empty: no backups.
  ServerStatusHandlers(const storage::Store& store, std::string backup_dir, DescribeServer describe)
      : store_(store), backup_dir_(std::move(backup_dir)), describe_(std::move(describe)) {}

  absl::StatusOr<v1::ServerStatus> GetServerStatus(rpc::RequestContext& call,
                                                   const v1::GetServerStatusRequest& request) const;

 private:
  const storage::Store& store_;
  const std::string backup_dir_;
  const DescribeServer describe_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_ADMIN_SERVER_STATUS_H_
