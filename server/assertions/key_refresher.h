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

// What became of a set that was to be read again.
enum class KeyRefreshOutcome {
  // There is no reason for it any more.
  kNeedless,
  kRead,
  kFetchFailed,
  kStoreFailed,
};

struct KeyRefresherOptions {
  int threads = 8;
  // Threads that sets which are due may take, so that slow hosts do not keep assertions waiting.
  int background_threads = 4;
  // Sets that are read again because they are due, per second; when more are due they go stale for a while.
  int background_per_second = 50;
  // The budget of refreshes that an assertion asked for, which is an attacker's to spend: for one client and in all.
  absl::Duration client_interval = absl::Minutes(1);
  double asked_per_second = 10;
  double asked_burst = 20;
  // Assertions that wait for a refresh.
  size_t max_waiting = 1024;
  // How often to look for what is due.
  absl::Duration tick = absl::Seconds(1);
  // Called with what went wrong with the store; never with a failed fetch. May be empty.
  std::function<void(const absl::Status&)> on_error = {};
  // Called once for each refresh. May be empty.
  std::function<void(KeyRefreshOutcome)> on_refresh = {};
  // Called after a commit with an audit event, with the tenant's id. May be empty.
  std::function<void(std::string_view tenant)> on_event = {};
};

// Reads the key sets of clients again: before they go stale, in the order in which they are due; at once when an
// assertion names a key that is not known, within a budget of its own, many assertions sharing one fetch. Clients of
// tenants that refresh by hand are left alone, as are blocked ones. What keeps failing is read ever less often.
//
// What is due stands in an index of the store, so a restart forgets nothing and a million clients cost no more than the
// ones that are due. Where more are due than background_per_second allows, sets that are in use go first: an assertion
// verified with a stale set asks for it.
//
// Owns its threads. Thread-safe; nothing here blocks its caller.
class KeyRefresher {
 public:
  // The references outlive this.
  KeyRefresher(storage::Store& store, const metadata::KeySetResolver& resolver, const rpc::Clock& clock,
               KeyRefresherOptions options = {});
  ~KeyRefresher();

  // Whoever waits is resumed without a refresh, and nothing new is begun. For the server's shutdown, before its calls
  // are waited for.
  void Stop();

  // Reads a client's set now and then runs `resume`, on a thread of this object; false, and `resume` is never run, when
  // the budget does not allow it. Joins a refresh of the same client that is under way.
  bool Refresh(const rpc::ClientName& name, rpc::Resume resume);

  // The same for nobody in particular.
  void RefreshUnawaited(const rpc::ClientName& name);

  // Keeps on the client that an assertion named a key that is not in force, at most once a minute for each client.
  // `kid` is attacker-controlled, of at most 256 bytes.
  void RecordUnknownKid(const rpc::ClientName& name, std::string_view kid);

 private:
  // One client's refresh or note.
  struct Task {
    rpc::ClientName name;
    // Set when the index of due sets asks for it.
    std::string due_key;
    // Whether nobody waits for it.
    bool background = false;
    // Set for a note.
    std::string unknown_kid;
  };
  // When something was last done for each client; holds what is younger than `client_interval` and a little more.
  using LastTimes = absl::flat_hash_map<std::string, absl::Time>;

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
  // By client: who waits for a refresh that is queued or under way.
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
