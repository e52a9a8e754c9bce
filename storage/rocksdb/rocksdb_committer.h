#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_COMMITTER_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_COMMITTER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/write_batch.h"
#include "storage/rocksdb/rocksdb_changes.h"
#include "storage/rocksdb/rocksdb_conflicts.h"
#include "storage/rocksdb/rocksdb_database.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/rocksdb/rocksdb_transaction.h"

namespace cimd::storage {

// Commits transactions in groups. The first waiting thread leads: it takes all waiting transactions, checks each for
// conflicts with earlier commits and with the others of the group, writes those that pass with one synchronised write,
// publishes them to the change feed, and wakes the other threads. Meanwhile the next group gathers. Thread-safe.
class RocksDbCommitter {
 public:
  // `published` is the newest visible revision; only this class advances it. All arguments must outlive this.
  RocksDbCommitter(RocksDbDatabase& database, LiveTransactions& live, ChangeFeed& feed,
                   std::atomic<Revision>& published, const RocksDbOptions& options);

  // As Store::Commit. The transaction's writes are consumed.
  absl::StatusOr<Revision> Commit(RocksDbTransaction& transaction);

 private:
  enum class Turn { kWaits, kLeads, kDone };

  // A commit whose thread waits to lead a group, or for a leader to finish it. Each has its own lock, so that threads
  // that are woken together do not contend for one.
  class Waiting {
   public:
    explicit Waiting(RocksDbTransaction& transaction) : transaction(transaction) {}

    // Waits for Notify, and returns its argument. After Notify(kDone) the object may be destroyed.
    Turn Await();
    void Notify(Turn turn);

    RocksDbTransaction& transaction;
    absl::StatusOr<Revision> result = absl::UnknownError("not committed yet");

   private:
    std::mutex mutex_;
    std::condition_variable told_;
    // Guarded by mutex_.
    Turn turn_ = Turn::kWaits;
  };
  using Group = std::vector<Waiting*>;

  Group TakeGroup();
  CommitGroupStats CommitGroup(const Group& group);
  ChangeBatch AddToBatch(RocksDbTransaction& transaction, Revision revision, Revision previous,
                         rocksdb::WriteBatch& batch);
  void Release(const Group& group);

  RocksDbDatabase& database_;
  LiveTransactions& live_;
  ChangeFeed& feed_;
  std::atomic<Revision>& published_;
  const RocksDbOptions& options_;

  // Used only by the leading thread.
  ConflictIndex conflicts_;
  // The last revision that was assigned, also to a commit that failed.
  Revision last_assigned_;

  std::mutex mutex_;
  // Guarded by mutex_. A group stays at the head until it is done.
  std::deque<Waiting*> queue_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_COMMITTER_H_
