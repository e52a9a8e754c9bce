#ifndef CIMD_SERVER_WATCH_HISTORY_READER_H_
#define CIMD_SERVER_WATCH_HISTORY_READER_H_

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/clock.h"
#include "server/watch/subscriber.h"
#include "storage/store.h"

namespace cimd::watch {

// The error for a stream whose watch of the store ended with `status`: CURSOR_EXPIRED, SHUTTING_DOWN or STORAGE_FAILED.
absl::Status FromWatch(const absl::Status& status);

// Feeds streams whose cursor is in the past from the store's history, with many commits in a message, as fast as the
// callers read. A stream that waits for its caller holds no resources of the store. A few threads serve all streams in
// turn. A stream ends with CURSOR_EXPIRED when its history is no longer kept, and with WATCH_TOO_SLOW when its caller
// does not read. Thread-safe.
class HistoryReader {
 public:
  // Hands over a subscriber that has received everything up to its `through`. Returns false when the subscriber has to
  // read more history first.
  using Join = std::function<bool(const std::shared_ptr<Subscriber>&)>;

  // `store` and `clock` must outlive the reader. `join` is called from its threads without a lock held.
  HistoryReader(storage::Store& store, const rpc::Clock& clock, int threads, Join join);

  // Stops reading. The remaining subscribers get nothing more.
  ~HistoryReader();

  void Add(std::shared_ptr<Subscriber> subscriber);

  // Must be called when the subscriber's stream has room again or has ended. Acquires only the reader's own lock.
  void Resume(const std::shared_ptr<Subscriber>& subscriber);

  // Ends the streams that have waited for their callers for `limit` or longer. Must be called regularly.
  void EndStalled(absl::Duration limit);

 private:
  void Run();
  void TakeTurn(const std::shared_ptr<Subscriber>& subscriber);
  absl::Status SendSome(Subscriber& subscriber);
  void WaitForRoom(const std::shared_ptr<Subscriber>& subscriber);

  storage::Store& store_;
  const rpc::Clock& clock_;
  const Join join_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Subscriber>> queue_ ABSL_GUARDED_BY(mutex_);
  // Subscribers whose streams wait for their callers, with the start of the wait.
  absl::flat_hash_map<std::shared_ptr<Subscriber>, absl::Time> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_HISTORY_READER_H_
