#ifndef CIMD_SERVER_RPC_WORKER_POOL_H_
#define CIMD_SERVER_RPC_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace cimd::rpc {

// A fixed number of threads for work that must not run on the threads that receive calls: commits, fetches, lists. Each
// task has an owner. Owners take turns, and the tasks of one owner run in the order of Submit, so one owner's backlog
// does not delay the others. Thread-safe.
class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  // Limits of what waits. One owner can have half of `tasks`. The last task may go beyond `bytes`.
  struct Room {
    size_t tasks = 0;
    size_t bytes = size_t{64} << 20;
  };

  WorkerPool(size_t threads, Room room);

  // Runs the waiting tasks, then stops. Submit must not be called any more.
  ~WorkerPool();

  // Returns false and drops the task when there is no room. `bytes` is the memory that the task holds.
  [[nodiscard]] bool Submit(const std::string& owner, size_t bytes, Task task);

 private:
  struct Waiting {
    Task task;
    size_t bytes;
  };

  void Run();
  Task Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Room room_;
  absl::Mutex mutex_;
  // By owner; no entry is empty.
  absl::flat_hash_map<std::string, std::deque<Waiting>> waiting_ ABSL_GUARDED_BY(mutex_);
  // The keys of waiting_, in the order of their turns.
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);
  size_t tasks_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_WORKER_POOL_H_
