#ifndef CIMD_SERVER_UPKEEP_PERIODIC_TASK_H_
#define CIMD_SERVER_UPKEEP_PERIODIC_TASK_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cimd {

// Runs a function again and again, on a thread of its own, until it is destroyed. Thread-safe.
class PeriodicTask {
 public:
  // Long work asks `stopping` between its steps, and returns when it answers true.
  using Run = absl::AnyInvocable<void(absl::FunctionRef<bool()> stopping)>;

  struct Options {
    // From the end of one run to the beginning of the next one, by a clock that is never set.
    absl::Duration interval;
    bool run_at_start = true;
    // Whether it runs once more on destruction.
    bool run_at_stop = false;
  };

  PeriodicTask(Options options, Run run);

  // Waits for the run under way.
  ~PeriodicTask();

  // Runs as soon as possible: at once, or again after the run under way.
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
