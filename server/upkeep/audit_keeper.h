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

// The background work of the audit logs, on one thread: links are laid over new events within a second of their commit,
// samples of denied calls are written, and events expire. It never stands in the way of a call. Failures are logged and
// tried again. Thread-safe.
class AuditKeeper {
 public:
  // All of them outlive this. What an earlier run of the program left without a link is linked at once.
  AuditKeeper(storage::Store& store, const rpc::Clock& clock, telemetry::Metrics& metrics, AuditKeeperOptions options);

  // Writes and links what is left.
  ~AuditKeeper();

  // Something may have been committed to the log of a tenant (an id; empty or keys::kPlatform: the platform's). What
  // nobody tells of is found within the hour.
  void EventsCommitted(std::string_view tenant);

  // How long the oldest commit that may have events without a link has waited; zero when there is none.
  absl::Duration Backlog();

  void CallDenied(const rpc::DeniedCall& call) { denied_.Add(call, clock_.Now()); }

 private:
  // Not the time of day, which may be set back.
  using Steady = std::chrono::steady_clock;

  void Run();
  void WriteDenials(bool all);
  // False when some log could not be linked; it stays noted.
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
  // Logs that may have events without a link, by tenant, each since when; and those that are being linked.
  std::map<std::string, Steady::time_point> unlinked_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Steady::time_point> linking_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_AUDIT_KEEPER_H_
