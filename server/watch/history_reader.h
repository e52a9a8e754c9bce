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

// What ends a stream whose store watch ended: CURSOR_EXPIRED, SHUTTING_DOWN or STORAGE_FAILED.
absl::Status FromWatch(const absl::Status& status);

// Tells streams that begin in the past what has changed since, from the store's history, many commits in a message,
// each at the pace at which its caller reads; a stream that waits for its caller keeps nothing of the store. A few
// threads serve all streams by turns. A stream whose history is gone ends with CURSOR_EXPIRED, one whose caller does
// not read with WATCH_TOO_SLOW. Thread-safe.
class HistoryReader {
 public:
  // Takes a subscriber over who was told everything up to its `through`; false when it has to be told more first.
  using Join = std::function<bool(const std::shared_ptr<Subscriber>&)>;

  // `store` and `clock` outlive this; `join` is called from its threads, without a lock held.
  HistoryReader(storage::Store& store, const rpc::Clock& clock, int threads, Join join);

  // Stops reading; subscribers who are still here get nothing more.
  ~HistoryReader();

  void Add(std::shared_ptr<Subscriber> subscriber);

  // The subscriber's stream has room again, or has ended. Takes no lock but its own.
  void Resume(const std::shared_ptr<Subscriber>& subscriber);

  // Ends the streams that have waited for their callers for `limit` or longer. To be called from time to time.
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
  // Since when.
  absl::flat_hash_map<std::shared_ptr<Subscriber>, absl::Time> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_HISTORY_READER_H_
