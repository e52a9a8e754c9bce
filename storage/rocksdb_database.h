#ifndef CIMD_STORAGE_ROCKSDB_DATABASE_H_
#define CIMD_STORAGE_ROCKSDB_DATABASE_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_batch.h"
#include "storage/rocksdb_store.h"
#include "storage/store.h"

namespace cimd::storage {

// Holds a directory for this process: a lock that ends with the process, however it ends.
class DirectoryLock {
 public:
  // Creates the directory if absent. kFailedPrecondition when somebody else holds it.
  static absl::StatusOr<DirectoryLock> Acquire(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// What happens in the engine's background. The engine must not recover from errors on its own: Write decides when.
// Thread-safe.
class EngineEvents : public rocksdb::EventListener {
 public:
  // Whether there was an error since the last Reset.
  bool failed() const;
  void Reset();

  // Waits until the engine has begun to flush every memtable that is full; not for the flush itself.
  void AwaitFlushes();

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override;
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override;
  void OnMemTableSealed(const rocksdb::MemTableInfo& info) override;
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo& info) override;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool failed_ = false;
  // Families with a full memtable that nobody has begun to flush.
  std::set<std::string> sealed_;
};

// The engine's files, opened: reads with the encoding of rocksdb_format.h taken off, durable writes, and the engine's
// errors turned into those of store.h with the engine's own words sent to the log. Thread-safe but for Write.
class RocksDbDatabase {
 public:
  // As OpenRocksDbStore. `options` must outlive the result.
  static absl::StatusOr<std::unique_ptr<RocksDbDatabase>> Open(const RocksDbOptions& options);

  ~RocksDbDatabase();

  // `snapshot` may be null: the newest state.
  absl::Status Read(const rocksdb::Snapshot* snapshot, std::string_view key, ValueVisitor visitor) const;
  absl::Status Scan(const rocksdb::Snapshot* snapshot, const KeyRange& range, int limit, EntryVisitor visitor) const;

  // The newest revision that the snapshot (null: the newest state) shows.
  absl::StatusOr<Revision> ReadRevision(const rocksdb::Snapshot* snapshot) const;

  // Makes the batch durable, then visible. kUnknown when the engine failed in the middle of the write and could not be
  // brought back at once: then the batch may appear after a restart. All other errors mean that it never will. After
  // an error the next calls try to bring the engine back, at most once a second, and fail at once in between.
  // One caller at a time.
  absl::Status Write(rocksdb::WriteBatch& batch);

  // Logs the engine's words and returns the status of store.h; `doing` completes "cannot ...".
  absl::Status Failure(const rocksdb::Status& status, const std::string& doing) const;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* data() const { return families_[0]; }
  rocksdb::ColumnFamilyHandle* history() const { return families_[1]; }

 private:
  RocksDbDatabase(const RocksDbOptions& options, DirectoryLock lock) : options_(options), lock_(std::move(lock)) {}

  absl::Status OpenFiles();
  absl::Status CheckSchema();
  absl::Status DropTornHistory();
  absl::Status Resume();

  const RocksDbOptions& options_;
  const DirectoryLock lock_;
  const std::shared_ptr<EngineEvents> events_ = std::make_shared<EngineEvents>();
  const rocksdb::ReadOptions newest_;
  std::unique_ptr<rocksdb::DB> db_;
  // data, history, then any that a newer program added.
  std::vector<rocksdb::ColumnFamilyHandle*> families_;

  // Of the last attempt to bring the engine back.
  std::chrono::steady_clock::time_point resume_time_;
  absl::Status resume_status_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_DATABASE_H_
