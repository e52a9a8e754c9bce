#ifndef CIMD_SERVER_WATCH_CHANGE_HUB_H_
#define CIMD_SERVER_WATCH_CHANGE_HUB_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/clock.h"
#include "server/rpc/stream.h"
#include "server/watch/coalescer.h"
#include "server/watch/history_reader.h"
#include "server/watch/subscriber.h"
#include "server/watch/topic.h"
#include "storage/store.h"

namespace cimd::watch {

struct ChangeHubOptions {
  // The interval of checkpoints on a stream without changes, by the injected clock.
  absl::Duration checkpoint_interval = absl::Seconds(15);
  // How long a stream that reads history may wait for its caller, by the injected clock.
  absl::Duration stall_limit = absl::Seconds(30);
  // How often the hub checks the injected clock when there are no changes, in real time.
  absl::Duration poll_interval = absl::Seconds(1);
  int history_threads = 2;
  // The longest pause between messages, in real time; see Coalescer.
  absl::Duration longest_rest = absl::Milliseconds(50);
};

// Follows the store's changes on one thread and feeds all streams. A message is serialized once for each place and
// topic with subscribers. It holds one commit, or all commits of a pause (see Coalescer). A stream whose cursor is in
// the past first gets the history (see HistoryReader), then joins without a gap or a repetition. A stream whose queue
// is full, or that waits for its caller for too long, ends with WATCH_TOO_SLOW. Neither writers nor other streams wait
// for it. When a tenant is being deleted, its streams end at that commit, with the error of check_place.
//
// Thread-safe. Streams must be closed before the hub is destroyed.
class ChangeHub {
 public:
  struct Callbacks {
    // Whether the place can have streams: TENANT_NOT_FOUND or TENANT_BEING_DELETED if not. Reads the store.
    std::function<absl::Status(std::string_view place)> check_place;
    // Must end the streams of callers whose credential was revoked. Called when access tokens have changed, at most
    // once a second, and at every checkpoint. Later changes are sent after it returns.
    std::function<void()> recheck_callers;
  };

  // `store` and `clock` must outlive the hub.
  ChangeHub(storage::Store& store, const rpc::Clock& clock, Callbacks callbacks, ChangeHubOptions options = {});
  ~ChangeHub();

  // Feeds a stream with the changes in `place` that `topic` includes: those after `cursor`, or from now on when it is
  // empty. Sends a checkpoint when the stream has reached the present. `cursor` comes from the caller. Returns
  // CURSOR_INVALID or the error of check_place; later errors, such as CURSOR_EXPIRED, end the stream.
  absl::Status Feed(std::string place, const Topic& topic, std::string_view cursor,
                    std::shared_ptr<rpc::Stream> stream);

 private:
  using Group = absl::flat_hash_set<std::shared_ptr<Subscriber>>;
  using Groups = absl::flat_hash_map<const Topic*, Group>;

  // Commits that are sent in the same round of messages.
  struct Gathered {
    std::vector<storage::ChangeBatch> commits;
    // The revision up to which all commits were sent or are in `commits`.
    storage::Revision through = 0;
    size_t bytes = 0;
    // When the server observed the first commit.
    absl::Time time;
    // Whether the last commit may end streams. Later commits go into later messages.
    bool may_end_streams = false;

    void Add(storage::ChangeBatch commit, absl::Time now);
  };

  void Run(absl::Time begin);
  storage::Watch* Follow(absl::Status ended);
  void Send(const Gathered& gathered);
  void SendToGroups(std::string_view place, const Changes& changes, absl::Time time)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendGroup(std::string_view place, const Topic& topic, const Group& group, const Changes& changes,
                 absl::Time time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends streams because of changes of the platform: tenants and access tokens.
  void ObservePlatformChanges(const Changes& changes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndStreamsOf(const std::string& place, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendCheckpoints();
  bool Join(const std::shared_ptr<Subscriber>& subscriber);
  void Remove(const std::shared_ptr<Subscriber>& subscriber);

  storage::Store& store_;
  const rpc::Clock& clock_;
  const Callbacks callbacks_;
  const ChangeHubOptions options_;

  // Held while messages are queued, which keeps those of each stream in order. Acquired before the locks of streams and
  // of the history reader.
  absl::Mutex mutex_;
  // The revision up to which everything was sent to the streams in groups_.
  storage::Revision through_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Groups, std::less<>> groups_ ABSL_GUARDED_BY(mutex_);
  bool access_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<storage::Watch> watch_ ABSL_GUARDED_BY(mutex_);

  // Used only by thread_.
  Coalescer coalescer_;
  HistoryReader history_;
  std::thread thread_;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_CHANGE_HUB_H_
