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
#include "server/watch/history_reader.h"
#include "server/watch/coalescer.h"
#include "server/watch/subscriber.h"
#include "server/watch/topic.h"
#include "storage/store.h"

namespace cimd::watch {

struct ChangeHubOptions {
  // On the injected clock: how often a stream that is told nothing else is told how far it has come.
  absl::Duration checkpoint_interval = absl::Seconds(15);
  // Likewise: how long a stream that is told the history may wait for its caller to read.
  absl::Duration stall_limit = absl::Seconds(30);
  // In real time: how often the hub looks at the clock although nothing changes.
  absl::Duration poll_interval = absl::Seconds(1);
  int history_threads = 2;
  // See Coalescer.
  absl::Duration longest_rest = absl::Milliseconds(50);
};

// Follows the store's changes once, on one thread, and feeds all streams from there: each message is made once for each
// place and topic that has subscribers, whatever their number. It tells a commit, or all that came while the streams
// rested (see Coalescer). A stream that begins in the past is told the history first (see HistoryReader) and joins without a
// gap or a repetition. A stream whose queue is full is ended with WATCH_TOO_SLOW, as is one that waits for its caller
// for too long; neither writers nor the other streams wait for it.
// Streams of a tenant that is being deleted end at the commit that says so, with what the tenant's check answers.
//
// Thread-safe. Streams must be closed before this goes away.
class ChangeHub {
 public:
  struct Callbacks {
    // Whether streams of this place may be: TENANT_NOT_FOUND, TENANT_BEING_DELETED. Reads the store.
    std::function<absl::Status(std::string_view place)> check_place;
    // Called when access tokens have changed, and at every checkpoint: end the streams of callers who may not call any
    // more. What changes later is told afterwards; under a flood of token changes, within a second.
    std::function<void()> recheck_callers;
  };

  // `store` and `clock` outlive this.
  ChangeHub(storage::Store& store, const rpc::Clock& clock, Callbacks callbacks, ChangeHubOptions options = {});
  ~ChangeHub();

  // Feeds a stream with what `topic` tells of `place`: all that changes after `cursor`, or from now on when it is
  // empty, and a checkpoint as soon as it has come up to the present. CURSOR_INVALID, or what check_place says, when it
  // cannot begin; everything else, CURSOR_EXPIRED for one, ends the stream later. `cursor` comes from the caller.
  absl::Status Feed(std::string place, const Topic& topic, std::string_view cursor,
                    std::shared_ptr<rpc::Stream> stream);

 private:
  using Group = absl::flat_hash_set<std::shared_ptr<Subscriber>>;
  using Groups = absl::flat_hash_map<const Topic*, Group>;

  // Commits that are told at once.
  struct Gathered {
    std::vector<storage::ChangeBatch> commits;
    // There is no other commit up to here that was not told.
    storage::Revision through = 0;
    size_t bytes = 0;
    // When the first of them was learnt of.
    absl::Time time;
    // Whether the last of them may end streams: what comes after it is told after that.
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
  // Looks at what the platform's own changes mean for streams.
  void ObservePlatformChanges(const Changes& changes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndStreamsOf(const std::string& place, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendCheckpoints();
  bool Join(const std::shared_ptr<Subscriber>& subscriber);
  void Remove(const std::shared_ptr<Subscriber>& subscriber);

  storage::Store& store_;
  const rpc::Clock& clock_;
  const Callbacks callbacks_;
  const ChangeHubOptions options_;

  // Held while messages are queued, so that each stream's are in order. Taken before the locks of streams and readers.
  absl::Mutex mutex_;
  // Everything up to here was told to all in groups_.
  storage::Revision through_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Groups, std::less<>> groups_ ABSL_GUARDED_BY(mutex_);
  bool access_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<storage::Watch> watch_ ABSL_GUARDED_BY(mutex_);

  // Belongs to the thread.
  Coalescer coalescer_;
  HistoryReader history_;
  std::thread thread_;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_CHANGE_HUB_H_
