#ifndef CIMD_SERVER_ASSERTIONS_KEY_REFRESHER_H_
#define CIMD_SERVER_ASSERTIONS_KEY_REFRESHER_H_

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/metadata/key_set_resolver.h"
#include "server/rpc/clock.h"
#include "server/rpc/request_context.h"
#include "server/rpc/resource_name.h"
#include "storage/repositories/client_key_repository.h"
#include "storage/store.h"

namespace cimd::services {

// The outcome of a scheduled or requested read of a key set.
enum class KeyRefreshOutcome {
  // The client does not need the keys any more, or the server is stopping. Nothing was stored.
  kNeedless,
  kRead,
  kFetchFailed,
  kStoreFailed,
};

struct KeyRefresherOptions {
  int threads = 8;
  // Threads that may read due sets. The others stay free for assertions, so that slow hosts do not delay these.
  int background_threads = 4;
  // Most due sets to read per second. If more are due, some become stale for a while.
  int background_per_second = 50;
  // The budget for refreshes caused by assertions, per client and in total. Attackers can use it up.
  absl::Duration client_interval = absl::Minutes(1);
  double asked_per_second = 10;
  double asked_burst = 20;
  // Most assertions that wait for a refresh.
  size_t max_waiting = 1024;
  // How often to look for due sets.
  absl::Duration tick = absl::Seconds(1);
  // Called with errors of the store, but not with failed fetches. May be empty.
  std::function<void(const absl::Status&)> on_error = {};
  // Called once for each refresh. May be empty.
  std::function<void(KeyRefreshOutcome)> on_refresh = {};
  // Called with the tenant's id after a commit that contains an audit event. May be empty.
  std::function<void(std::string_view tenant)> on_event = {};
};

// Keeps the key sets of clients fresh. Reads a set before it becomes stale, in the order of due times. Also reads a set
// at once, within a budget, when an assertion names an unknown key. Assertions of one client share a fetch. Skips
// blocked clients and tenants that refresh by hand. Waits longer after each failure.
//
// The store has an index of due sets: a restart loses none, and clients that are not due cost nothing. If more sets are
// due than background_per_second allows, sets in use are read first, because an assertion that is verified with a stale
// set requests a refresh.
//
// Owns its threads. Thread-safe; only the destructor blocks.
class KeyRefresher {
 public:
  // The references must outlive this object.
  KeyRefresher(storage::Store& store, const metadata::KeySetResolver& resolver, const rpc::Clock& clock,
               KeyRefresherOptions options = {});
  ~KeyRefresher();

  // Resumes all waiting callers without a refresh, cancels running fetches and begins no more. Call it at the server's
  // shutdown, before waiting for its calls.
  void Stop();

  // Reads a client's set and then calls `resume` on a thread of this object. Joins a refresh of the same client that is
  // already running. Returns false, and never calls `resume`, if the budget is used up.
  bool Refresh(const rpc::ClientName& name, rpc::Resume resume);

  // Reads a client's set within the same budget. No caller waits for the result.
  void RefreshUnawaited(const rpc::ClientName& name);

  // Records on the client that an assertion named a kid that is not in force; at most once a minute per client. `kid`
  // is attacker-controlled, at most 256 bytes.
  void RecordUnknownKid(const rpc::ClientName& name, std::string_view kid);

 private:
  // A refresh of one client's keys, or a note about an unknown kid.
  struct Task {
    rpc::ClientName name;
    // The task's key in the index of due sets; empty for a requested refresh.
    std::string due_key;
    // Whether it counts against background_threads.
    bool background = false;
    // Set only if the task records an unknown kid.
    std::string unknown_kid;
  };
  // When each client last used its budget. Entries older than client_interval are dropped occasionally.
  using LastTimes = absl::flat_hash_map<std::string, absl::Time>;

  bool IsStopping();
  void Work();
  void Tick();
  void Promote(const rpc::ClientName& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void QueueDue(std::vector<storage::DueKeyRefresh> due);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeFromBudget(const std::string& key, LastTimes& last_times, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Do(const Task& task);
  absl::StatusOr<KeyRefreshOutcome> RefreshNow(const Task& task);
  absl::Status WriteUnknownKid(const Task& task);

  storage::Store& store_;
  const metadata::KeySetResolver& resolver_;
  const rpc::Clock& clock_;
  const KeyRefresherOptions options_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Task> asked_ ABSL_GUARDED_BY(mutex_);
  std::deque<Task> due_ ABSL_GUARDED_BY(mutex_);
  int background_running_ ABSL_GUARDED_BY(mutex_) = 0;
  // By client: the callers that wait for a queued or running refresh.
  absl::flat_hash_map<std::string, std::vector<rpc::Resume>> flights_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  double tokens_ ABSL_GUARDED_BY(mutex_);
  absl::Time tokens_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  LastTimes last_refreshes_ ABSL_GUARDED_BY(mutex_);
  LastTimes last_notes_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_ASSERTIONS_KEY_REFRESHER_H_
