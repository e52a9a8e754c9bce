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

// Fills in what only the process knows: its version, start time, calls, streams, fetches, health, audit backlog and
// certificate. Adds to `concerns` every safeguard that the operator's options have weakened. Called from any thread.
using DescribeServer = absl::AnyInvocable<void(v1::ServerStatus& status) const>;

// Problems in the status, most severe first, as sentences for an operator. `store` has the statistics behind the
// status. Pure.
std::vector<std::string> ConcernsOf(const v1::ServerStatus& status, const storage::StoreStatistics& store);

// Implements the server status method of cimd.v1.AdminService, which the proto file specifies. Thread-safe.
class ServerStatusHandlers {
 public:
  // `store` must outlive this. `backup_dir` must exist. If empty, backups are disabled.
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
