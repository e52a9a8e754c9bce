#ifndef CIMD_SERVER_UPKEEP_MAINTENANCE_H_
#define CIMD_SERVER_UPKEEP_MAINTENANCE_H_

#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "server/rpc/clock.h"
#include "server/telemetry/metrics.h"
#include "server/upkeep/periodic_task.h"
#include "storage/store.h"
#include "storage/used_assertions.h"

namespace cimd {

// The background work of a server. Each task has its own thread and schedule, so that none delays another:
//
//   purges               at the start, on Wake, and once an hour: removes the records of deleted clients and tenants
//   idempotency records  at the start and once an hour: removes those older than storage::kRequestMemory
//   used assertions      once a second: synchronizes the recorded assertions to disk
//   every_minute         once a minute, and once more on destruction: the owner's task
//
// Failures are logged and retried at the task's next run. A record that cannot be read is skipped, logged and counted.
// Thread-safe.
class Maintenance {
 public:
  using Task = absl::AnyInvocable<absl::Status()>;

  // All references must outlive this object, and so must everything that `every_minute` refers to.
  Maintenance(storage::Store& store, storage::UsedAssertions& used_assertions, const rpc::Clock& clock,
              telemetry::Metrics& metrics, Task every_minute);

  // Stops after the commits in progress.
  ~Maintenance();

  // Starts a purge as soon as possible.
  void Wake() { purge_->Wake(); }

 private:
  void Purge(absl::FunctionRef<bool()> stopping);
  void ForgetRequests(absl::FunctionRef<bool()> stopping);

  storage::Store& store_;
  storage::UsedAssertions& used_assertions_;
  const rpc::Clock& clock_;
  telemetry::Metrics& metrics_;
  Task every_minute_;
  std::optional<PeriodicTask> sync_;
  std::optional<PeriodicTask> forget_;
  std::optional<PeriodicTask> purge_;
  std::optional<PeriodicTask> minute_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_MAINTENANCE_H_
