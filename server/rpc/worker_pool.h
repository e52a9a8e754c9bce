#ifndef CIMD_SERVER_RPC_WORKER_POOL_H_
#define CIMD_SERVER_RPC_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace cimd::rpc {

// A fixed number of threads and a bounded queue: work that blocks (commits, fetches) runs here and not on the threads
// that receive calls, and more of it than fits is refused at once. Thread-safe.
class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  WorkerPool(size_t threads, size_t max_queued);

  // Runs what is queued, then stops. Nobody may submit any more.
  ~WorkerPool();

  // False, with the task dropped, when the queue is full.
  [[nodiscard]] bool Submit(Task task);

 private:
  void Run();

  const size_t max_queued_;
  absl::Mutex mutex_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_WORKER_POOL_H_
