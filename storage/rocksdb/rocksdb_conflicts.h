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

// What a transaction has read: all that must still be true when it commits.
struct ReadSet {
  std::vector<std::string> keys;
  std::vector<KeyRange> ranges;
};

// Which revisions are still being read by transactions, so that the conflict index knows how far back it must see.
// Thread-safe.
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

  // `published` is read under the same lock as Oldest, which makes this safe: call it before the snapshot is taken, and
  // the snapshot is of that revision or a newer one.
  Entry Enter(const std::atomic<Revision>& published);

  // The oldest revision that any transaction, also one that begins later, can have as its snapshot.
  Revision Oldest(const std::atomic<Revision>& published) const;

 private:
  mutable std::mutex mutex_;
  std::multiset<Revision> revisions_;
};

// The keys that were committed lately, deletions included, with the revision of their last commit: answers whether
// what a transaction read at its snapshot still holds. Not thread-safe: the thread that commits a group owns it.
//
// The keys of the group at hand are staged: they count as conflicts for later members of the group, and become part of
// the index (Publish) or are forgotten (Discard) with the group.
class ConflictIndex {
 public:
  // Remembers about `max_bytes` worth of keys; transactions older than what had to be forgotten conflict always.
  explicit ConflictIndex(int64_t max_bytes) : max_bytes_(max_bytes) {}

  bool Conflicts(const ReadSet& reads, Revision snapshot) const;

  void Stage(std::string_view key, Revision revision);
  void Publish();
  void Discard();

  // Forgets what only transactions with a snapshot older than `oldest` would ask for.
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
  // In the order of revisions. A key that was committed again has several; its last one takes it out of the index.
  std::deque<Commit> order_;
  int64_t bytes_ = 0;
  // Everything after this revision is remembered.
  Revision horizon_ = 0;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_CONFLICTS_H_
