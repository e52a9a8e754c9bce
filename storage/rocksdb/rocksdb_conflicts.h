#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_CONFLICTS_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_CONFLICTS_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

namespace cimd::storage {

// What a transaction has read, and must still be so when it commits.
struct ReadSet {
  std::vector<std::string> keys;
  std::vector<KeyRange> ranges;
};

// The snapshots of running transactions. They determine how far back the conflict index must reach. Thread-safe.
class LiveTransactions {
 public:
  // Keeps its revision alive until it is destroyed. Must not outlive the LiveTransactions it came from.
  class Entry {
   public:
    Entry(LiveTransactions& owner, std::multiset<Revision>::iterator position) : owner_(owner), position_(position) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();

   private:
    LiveTransactions& owner_;
    const std::multiset<Revision>::iterator position_;
  };

  // Call it before the snapshot is taken: the snapshot then has the registered revision or a newer one. `published` is
  // read under the lock that Oldest takes.
  Entry Enter(const std::atomic<Revision>& published);

  // The oldest revision that the snapshot of a present or future transaction can have.
  Revision Oldest(const std::atomic<Revision>& published) const;

 private:
  mutable std::mutex mutex_;
  std::multiset<Revision> revisions_;
};

// The keys of recent commits, deletions included, with the revision of their last commit. Decides whether a
// transaction's reads still hold. Not thread-safe: only the thread that commits a group uses it.
//
// The keys of the present group are staged: they conflict with later members of the group. Publish adds them to the
// index, Discard drops them.
class ConflictIndex {
 public:
  // Keeps keys of about `max_bytes`. A transaction whose snapshot is older than a dropped key always conflicts.
  explicit ConflictIndex(int64_t max_bytes) : max_bytes_(max_bytes) {}

  bool Conflicts(const ReadSet& reads, Revision snapshot) const;

  void Stage(std::string_view key, Revision revision);
  void Publish();
  void Discard();

  // Drops keys that matter only to snapshots older than `oldest`.
  void Prune(Revision oldest);

 private:
  using Revisions = std::map<std::string, Revision, std::less<>>;

  static bool ReadsAny(const Revisions& written, const ReadSet& reads, Revision snapshot);
  void ForgetOldest();

  const int64_t max_bytes_;
  Revisions staged_;
  Revisions committed_;
  struct Commit {
    Revision revision;
    Revisions::iterator position;
  };
  // In the order of revisions. A key that was committed several times has several entries; only the last one counts.
  std::deque<Commit> order_;
  int64_t bytes_ = 0;
  // All keys that were committed after this revision are known.
  Revision horizon_ = 0;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_CONFLICTS_H_
