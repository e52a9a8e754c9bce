#ifndef CIMD_SERVER_UPKEEP_AUDIT_KEEPER_H_
#define CIMD_SERVER_UPKEEP_AUDIT_KEEPER_H_

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/clock.h"
#include "server/rpc/dispatch_options.h"
#include "server/telemetry/metrics.h"
#include "server/upkeep/denied_calls.h"
#include "storage/store.h"

namespace cimd {

struct AuditKeeperOptions {
  // How long events are kept; zero: forever.
  absl::Duration retention = absl::Hours(24) * 400;
  // Called after a purge of expired events was scheduled.
  absl::AnyInvocable<void() const> purge_scheduled;
};

// The background work on the audit logs, on its own thread. It links new events within a second of their commit
// (storage/audit/audit_chain.h), writes samples of denied calls, and removes expired events. No call waits for it.
// Failures are logged and retried. Thread-safe.
class AuditKeeper {
 public:
  // All references must outlive this object. Events that an earlier process did not link are linked at once.
  AuditKeeper(storage::Store& store, const rpc::Clock& clock, telemetry::Metrics& metrics, AuditKeeperOptions options);

  // Writes the remaining samples and links the remaining events.
  ~AuditKeeper();

  // Reports a commit that may contain audit events. `tenant` is the id of the tenant that owns the log; empty or
  // keys::kPlatform for the platform's log. Events of a log that is not reported are linked within an hour.
  void EventsCommitted(std::string_view tenant);

  // How long the oldest commit with possibly unlinked events has waited; zero if there is none.
  absl::Duration Backlog();

  void CallDenied(const rpc::DeniedCall& call) { denied_.Add(call, clock_.Now(), store_.CurrentRevision()); }

 private:
  // A monotonic clock: it is never set.
  using Steady = std::chrono::steady_clock;

  void Run();
  void WriteDenials(bool all);
  // False if a log could not be linked. It is retried later.
  bool LinkEvents();
  void FindLogs();
  void ExpireEvents();
  bool stopping();

  storage::Store& store_;
  const rpc::Clock& clock_;
  telemetry::Metrics& metrics_;
  const AuditKeeperOptions options_;
  DeniedCalls denied_;
  absl::Mutex mutex_;
  // Logs that may have unlinked events, with the time of their first such commit; and logs that are being linked now.
  std::map<std::string, Steady::time_point> unlinked_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Steady::time_point> linking_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_AUDIT_KEEPER_H_
