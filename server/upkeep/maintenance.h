#ifndef CIMD_SERVER_UPKEEP_MAINTENANCE_H_
#define CIMD_SERVER_UPKEEP_MAINTENANCE_H_

#include <chrono>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/rpc/clock.h"
#include "storage/used_assertions.h"
#include "storage/store.h"

namespace cimd {

// The background work of a server, on one thread: what deleted clients and tenants left behind is purged, old request
// ids are forgotten, the memory of used assertions is made durable once a second, and what a task does is done every
// minute. Failures are logged and tried again later. Thread-safe.
class Maintenance {
 public:
  using Task = absl::AnyInvocable<absl::Status()>;

  // All outlive this, and so does what `every_minute` refers to. Purges that an earlier run of the program left are
  // taken up at once.
  Maintenance(storage::Store& store, storage::UsedAssertions& used_assertions, const rpc::Clock& clock, Task every_minute);

  // Stops after the commit under way and one more run of the task.
  ~Maintenance();

  // There is something to purge.
  void Wake();

 private:
  void Run();
  void Purge();
  void ForgetRequests();
  // Between all other work: at most once a second.
  void SyncUsedAssertions();
  bool stopping();

  storage::Store& store_;
  storage::UsedAssertions& used_assertions_;
  const rpc::Clock& clock_;
  std::chrono::steady_clock::time_point next_sync_;
  Task every_minute_;
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_MAINTENANCE_H_
