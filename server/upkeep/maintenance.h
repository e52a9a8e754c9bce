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

// The background work of a server. Each kind has a thread and a schedule of its own, so that none waits for another:
//
//   purges               at the start, when woken, and once an hour: the records of deleted clients and tenants
//   idempotency records  at the start and once an hour: those older than storage::kRequestMemory are removed
//   used assertions      once a second: what was noted is synchronised to disk
//   the owner's task     once a minute, and once more on destruction
//
// Failures are logged and tried again at the next turn. A record that cannot be read is passed over: it is logged and
// counted. Thread-safe.
class Maintenance {
 public:
  using Task = absl::AnyInvocable<absl::Status()>;

  // All outlive this, and so does what `every_minute` refers to.
  Maintenance(storage::Store& store, storage::UsedAssertions& used_assertions, const rpc::Clock& clock,
              telemetry::Metrics& metrics, Task every_minute);

  // Stops after the commits under way.
  ~Maintenance();

  // There is something to purge.
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
