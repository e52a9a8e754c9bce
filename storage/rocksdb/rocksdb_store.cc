#include "storage/rocksdb/rocksdb_store.h"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "storage/rocksdb/rocksdb_changes.h"
#include "storage/rocksdb/rocksdb_committer.h"
#include "storage/rocksdb/rocksdb_conflicts.h"
#include "storage/rocksdb/rocksdb_database.h"
#include "storage/rocksdb/rocksdb_timing.h"
#include "storage/rocksdb/rocksdb_transaction.h"

namespace cimd::storage {
namespace {

// Shares one snapshot between several owners.
class SharedSnapshot final : public Snapshot {
 public:
  explicit SharedSnapshot(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}

  Revision revision() const override { return snapshot_->revision(); }
  absl::Status Read(std::string_view key, ValueVisitor visitor) const override { return snapshot_->Read(key, visitor); }
  absl::Status Scan(const KeyRange& range, int limit, EntryVisitor visitor) const override {
    return snapshot_->Scan(range, limit, visitor);
  }

 private:
  const std::shared_ptr<const Snapshot> snapshot_;
};

class RocksDbStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<Store>> Open(RocksDbOptions options) {
    std::unique_ptr<RocksDbStore> store(new RocksDbStore(std::move(options)));
    absl::StatusOr<std::unique_ptr<RocksDbDatabase>> database = RocksDbDatabase::Open(store->options_);
    if (!database.ok()) return database.status();
    absl::StatusOr<Revision> newest = (*database)->ReadRevision(nullptr);
    if (!newest.ok()) return newest.status();
    store->published_ = *newest;
    store->database_ = *std::move(database);
    store->feed_ = std::make_shared<ChangeFeed>(*store->database_, store->options_.max_watch_backlog_bytes, *newest);
    store->committer_ = std::make_unique<RocksDbCommitter>(*store->database_, store->live_, *store->feed_,
                                                           store->published_, store->options_);
    return store;
  }

  ~RocksDbStore() override {
    if (feed_ != nullptr) feed_->Close();
  }

  absl::Status Read(std::string_view key, ValueVisitor visitor) const override {
    return database_->Read(nullptr, key, visitor);
  }

  // Callers share a snapshot until the next commit, because taking one needs a lock of the engine.
  absl::StatusOr<std::unique_ptr<Snapshot>> TakeSnapshot() const override {
    const Revision newest = published_.load();
    {
      absl::MutexLock lock(&latest_mutex_);
      if (latest_ != nullptr && latest_->revision() == newest) return std::make_unique<SharedSnapshot>(latest_);
    }
    absl::StatusOr<std::unique_ptr<RocksDbSnapshot>> taken = RocksDbSnapshot::Take(*database_);
    if (!taken.ok()) return taken.status();
    std::shared_ptr<const Snapshot> snapshot = *std::move(taken);
    {
      absl::MutexLock lock(&latest_mutex_);
      if (snapshot->revision() == published_.load()) latest_ = snapshot;
    }
    return std::make_unique<SharedSnapshot>(std::move(snapshot));
  }

  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override {
    return RocksDbTransaction::Begin(*database_, live_, published_);
  }

  absl::StatusOr<Revision> Commit(std::unique_ptr<Transaction> transaction) override {
    const OperationTimer timer(options_, StoreOperation::kCommit);
    absl::StatusOr<Revision> revision = committer_->Commit(static_cast<RocksDbTransaction&>(*transaction));
    LetGoOfOldSnapshot();
    return revision;
  }

  absl::StatusOr<std::unique_ptr<Watch>> WatchChanges(std::string prefix, Revision after) override {
    return feed_->Open(std::move(prefix), after);
  }

  Revision CurrentRevision() const override { return published_.load(); }

  StoreStatistics Statistics() const override { return database_->Statistics(); }

  absl::StatusOr<Revision> CopyTo(const std::string& directory) override { return database_->CopyTo(directory); }

 private:
  explicit RocksDbStore(RocksDbOptions options) : options_(std::move(options)) {}

  // The shared snapshot would keep the engine from reclaiming values that were overwritten since.
  void LetGoOfOldSnapshot() const {
    std::shared_ptr<const Snapshot> old;
    absl::MutexLock lock(&latest_mutex_);
    if (latest_ != nullptr && latest_->revision() < published_.load()) old = std::move(latest_);
  }

  const RocksDbOptions options_;
  std::atomic<Revision> published_ = 0;
  LiveTransactions live_;
  std::unique_ptr<RocksDbDatabase> database_;
  mutable absl::Mutex latest_mutex_;
  mutable std::shared_ptr<const Snapshot> latest_ ABSL_GUARDED_BY(latest_mutex_);
  // Shared with the watches: the feed tells them that the store is closed.
  std::shared_ptr<ChangeFeed> feed_;
  std::unique_ptr<RocksDbCommitter> committer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenRocksDbStore(RocksDbOptions options) {
  return RocksDbStore::Open(std::move(options));
}

}  // namespace cimd::storage
