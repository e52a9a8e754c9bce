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

// The outcome of one scheduled or requested read of a key set.
enum class KeyRefreshOutcome {
  // The client does not need it any more, or the server stops. Nothing was stored.
  kNeedless,
  kRead,
  kFetchFailed,
  kStoreFailed,
};

struct KeyRefresherOptions {
  int threads = 8;
  // Threads that due sets may use, so that slow hosts do not keep assertions waiting.
  int background_threads = 4;
  // Most due sets to read per second. When more are due, some become stale for a while.
  int background_per_second = 50;
  // The budget of refreshes that assertions cause, for one client and in all. Attackers can use it up.
  absl::Duration client_interval = absl::Minutes(1);
  double asked_per_second = 10;
  double asked_burst = 20;
  // Assertions that wait for a refresh.
  size_t max_waiting = 1024;
  // How often to look for due sets.
  absl::Duration tick = absl::Seconds(1);
  // Called with errors of the store, never with a failed fetch. May be empty.
  std::function<void(const absl::Status&)> on_error = {};
  // Called once for each refresh. May be empty.
  std::function<void(KeyRefreshOutcome)> on_refresh = {};
  // Called after a commit with an audit event, with the tenant's id. May be empty.
  std::function<void(std::string_view tenant)> on_event = {};
};

// Reads the key sets of clients again: before they become stale, in the order in which they are due; and at once,
// within a budget, when an assertion names an unknown key. Assertions of one client share a fetch. Skips blocked
// clients and tenants that refresh by hand. After failures it waits longer each time.
//
// Due sets are in an index of the store: a restart forgets none, and clients that are not due cost nothing. When more
// are due than background_per_second allows, sets that are in use go first, because an assertion that is verified with
// a stale set requests a refresh.
//
// Owns its threads. Thread-safe; only the destructor blocks.
class KeyRefresher {
 public:
  // The references outlive this.
  KeyRefresher(storage::Store& store, const metadata::KeySetResolver& resolver, const rpc::Clock& clock,
               KeyRefresherOptions options = {});
  ~KeyRefresher();

  // Resumes the callers that wait, without a refresh; cancels the fetches under way and begins none. Call it at the
  // server's shutdown, before waiting for its calls.
  void Stop();

  // Reads a client's set and then runs `resume` on a thread of this object. False, and `resume` is never run, when the
  // budget is used up. Joins a refresh of the same client that is under way.
  bool Refresh(const rpc::ClientName& name, rpc::Resume resume);

  // Reads a client's set, within the same budget. Nobody waits for it.
  void RefreshUnawaited(const rpc::ClientName& name);

  // Records on the client that an assertion named a key that is not in force; at most once a minute for each client.
  // `kid` is attacker-controlled, at most 256 bytes.
  void RecordUnknownKid(const rpc::ClientName& name, std::string_view kid);

 private:
  // A refresh of one client's keys, or a note about an unknown kid.
  struct Task {
    rpc::ClientName name;
    // The entry of the index of due sets that it comes from; empty for a requested refresh.
    std::string due_key;
    // Whether it counts against background_threads.
    bool background = false;
    // Set for a note only.
    std::string unknown_kid;
  };
  // When the budget of each client was last used. Entries older than client_interval are dropped from time to time.
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
  // By client: the callers that wait for a refresh that is queued or under way.
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
