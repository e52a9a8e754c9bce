#ifndef CIMD_SERVER_UPKEEP_PERIODIC_TASK_H_
#define CIMD_SERVER_UPKEEP_PERIODIC_TASK_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cimd {

// Runs a function repeatedly on its own thread until destruction. Thread-safe.
class PeriodicTask {
 public:
  // A long run must call `stopping` between its steps, and return once it is true.
  using Run = absl::AnyInvocable<void(absl::FunctionRef<bool()> stopping)>;

  struct Options {
    // From the end of one run to the start of the next, by a monotonic clock.
    absl::Duration interval;
    bool run_at_start = true;
    // Whether to run once more on destruction.
    bool run_at_stop = false;
  };

  PeriodicTask(Options options, Run run);

  // Waits for the current run.
  ~PeriodicTask();

  // Runs as soon as possible: at once, or again after the current run.
  void Wake();

 private:
  void Loop();
  bool stopping();

  const Options options_;
  Run run_;
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_PERIODIC_TASK_H_
