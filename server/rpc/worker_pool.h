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

// A fixed number of threads for work that takes its time (commits, fetches, lists), so that it does not run on those
// that receive calls. What waits belongs to somebody: owners take turns, and each one's tasks run in the order in which
// they came, so that nobody waits behind all that another has asked for. Thread-safe.
class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  // What may wait: so many tasks, half of them one owner's, and so many bytes (and one task beyond them).
  struct Room {
    size_t tasks = 0;
    size_t bytes = size_t{64} << 20;
  };

  WorkerPool(size_t threads, Room room);

  // Runs what waits, then stops. Nobody may submit any more.
  ~WorkerPool();

  // False, with the task dropped, when there is no room. `bytes` is what the task keeps in memory.
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
  // Of the owners who have any.
  absl::flat_hash_map<std::string, std::deque<Waiting>> waiting_ ABSL_GUARDED_BY(mutex_);
  // The same owners, the next one first.
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);
  size_t tasks_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_WORKER_POOL_H_
