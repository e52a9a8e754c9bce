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
  // How long events are kept; zero: for ever.
  absl::Duration retention = absl::Hours(24) * 400;
  // Called when expired events are to be purged.
  absl::AnyInvocable<void() const> purge_scheduled;
};

// The background work of the audit logs, on a thread of its own: it links new events within a second of their commit
// (storage/audit/audit_chain.h), writes samples of denied calls, and removes expired events. No call waits for it.
// Failures are logged and tried again. Thread-safe.
class AuditKeeper {
 public:
  // All of them outlive this. Events that an earlier process left without a link are linked at once.
  AuditKeeper(storage::Store& store, const rpc::Clock& clock, telemetry::Metrics& metrics, AuditKeeperOptions options);

  // Writes and links what is left.
  ~AuditKeeper();

  // Something may have been committed to a log: that of a tenant (an id), or the platform's (empty or keys::kPlatform).
  // Events of logs that are not notified here are linked within an hour.
  void EventsCommitted(std::string_view tenant);

  // How long the oldest commit has waited that may have events without a link; zero when there is none.
  absl::Duration Backlog();

  void CallDenied(const rpc::DeniedCall& call) { denied_.Add(call, clock_.Now(), store_.CurrentRevision()); }

 private:
  // A clock that is never set back.
  using Steady = std::chrono::steady_clock;

  void Run();
  void WriteDenials(bool all);
  // False when a log could not be linked. It is tried again.
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
  // Logs that may have events without a link, with the time since when; and those that are being linked now.
  std::map<std::string, Steady::time_point> unlinked_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Steady::time_point> linking_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_AUDIT_KEEPER_H_
