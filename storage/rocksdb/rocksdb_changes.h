#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_CHANGES_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_CHANGES_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/rocksdb/rocksdb_database.h"
#include "storage/store.h"

namespace cimd::storage {

// Delivers committed changes to watches. A watch first reads the history family. When it has reached the newest commit
// it goes live: the committing thread fills the watch's own queue from then on, and never waits for its reader. The
// switch is made under the lock that Publish takes, so no commit is lost or delivered twice. Thread-safe.
class ChangeFeed : public std::enable_shared_from_this<ChangeFeed> {
 public:
  // `newest` is the revision that the database recovered to.
  ChangeFeed(const RocksDbDatabase& database, int64_t max_backlog_bytes, Revision newest)
      : database_(database), max_backlog_bytes_(max_backlog_bytes), published_(newest) {}

  // As Store::WatchChanges.
  absl::StatusOr<std::unique_ptr<Watch>> Open(std::string prefix, Revision after);

  // The commits of one group, in order, after they are durable. Called by one thread at a time.
  void Publish(std::vector<ChangeBatch> commits);

  // Ends all watches with kCancelled. They do not use the database afterwards.
  void Close();

 private:
  friend class RocksDbWatch;

  // A commit and its size in bytes: of the whole commit, also for a watch that wants only a part of it.
  struct Commit {
    ChangeBatch batch;
    int64_t bytes = 0;
  };

  // What the committing thread and the owner of a watch share.
  struct Subscriber {
    explicit Subscriber(std::string prefix) : prefix(std::move(prefix)) {}

    const std::string prefix;
    std::mutex mutex;
    std::condition_variable wake;
    // All guarded by `mutex`.
    bool live = false;
    bool cancelled = false;
    bool cut_off = false;
    // The newest commit that was offered to this subscriber; initially the one at which it went live.
    Revision through = 0;
    std::deque<std::shared_ptr<const Commit>> queue;
    int64_t queued_bytes = 0;
  };

  // The result of one bounded read of the history.
  struct HistoryStep {
    std::deque<ChangeBatch> batches;
    // Everything up to this revision was read.
    Revision through = 0;
  };

  // Reads the next part of the history after `after`. kOutOfRange when the commit that follows `after` was dropped.
  absl::StatusOr<HistoryStep> ReadHistory(const std::string& prefix, Revision after) const;

  // Makes the subscriber live, and returns true, if there is no commit after `through`.
  bool GoLive(Subscriber& subscriber, Revision through);
  Revision Published() const;
  void Offer(const std::shared_ptr<const Commit>& commit, Subscriber& subscriber) const;
  void Leave(const std::shared_ptr<Subscriber>& subscriber);

  const RocksDbDatabase& database_;
  const int64_t max_backlog_bytes_;
  // Taken before a subscriber's mutex.
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Revision published_;
  std::set<std::shared_ptr<Subscriber>> subscribers_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_CHANGES_H_
