#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_DATABASE_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_DATABASE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "rocksdb/slice.h"
#include "rocksdb/statistics.h"
#include "rocksdb/write_batch.h"
#include "storage/rocksdb/rocksdb_acknowledged.h"
#include "storage/rocksdb/rocksdb_directory_lock.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/store.h"

namespace cimd::storage {

inline rocksdb::Slice AsSlice(std::string_view bytes) { return rocksdb::Slice(bytes.data(), bytes.size()); }

// Notes that the engine cannot write any more, after an error in a write or in the background. Thread-safe.
class EngineErrors : public rocksdb::EventListener {
 public:
  // `options` outlives this.
  explicit EngineErrors(const RocksDbOptions& options) : options_(options) {}

  bool stops_writes() const { return stops_writes_; }
  void StopWrites();

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override;
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status status, bool* automatic) override;

 private:
  const RocksDbOptions& options_;
  std::atomic<bool> stops_writes_ = false;
};

// An open RocksDB database: reads that decode rocksdb_format.h, durable writes, and the translation of RocksDB's errors
// to those of store.h. RocksDB's own messages go to RocksDbOptions::on_engine_message. Thread-safe, except for Write
// and Acknowledge.
class RocksDbDatabase {
 public:
  // As OpenRocksDbStore. `options` must outlive the result.
  static absl::StatusOr<std::unique_ptr<RocksDbDatabase>> Open(const RocksDbOptions& options);

  ~RocksDbDatabase();

  // A null `snapshot` means the newest state.
  absl::Status Read(const rocksdb::Snapshot* snapshot, std::string_view key, ValueVisitor visitor) const;
  absl::Status Scan(const rocksdb::Snapshot* snapshot, const KeyRange& range, int limit, EntryVisitor visitor) const;

  // The newest revision in the snapshot.
  absl::StatusOr<Revision> ReadRevision(const rocksdb::Snapshot* snapshot) const;

  // Makes the batch durable, then visible. One caller at a time.
  //   kResourceExhausted  too little space is left; the batch was not tried
  //   kUnknown            the engine failed in the middle of it; the batch may appear after a restart, not before
  //   kUnavailable        the engine failed earlier, or is open for reads only; the batch was not tried. Only opening
  //                       the store again helps: RocksDB 7.8 often hangs or aborts when it is told to resume
  absl::Status Write(rocksdb::WriteBatch& batch);

  // Notes that all commits up to `revision` are about to be acknowledged. One caller at a time, after Write.
  void Acknowledge(Revision revision) { acknowledged_.Write(revision); }

  // As Store::Statistics.
  StoreStatistics Statistics() const;

  // As Store::CopyTo.
  absl::StatusOr<Revision> CopyTo(const std::string& directory) const;

  // Logs RocksDB's message and returns the status of store.h. `doing` completes "cannot ...".
  absl::Status Failure(const rocksdb::Status& status, const std::string& doing) const;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* data() const { return families_[0]; }
  rocksdb::ColumnFamilyHandle* history() const { return families_[1]; }
  rocksdb::ColumnFamilyHandle* engine() const { return families_[2]; }

 private:
  RocksDbDatabase(const RocksDbOptions& options, DirectoryLock lock);

  absl::Status OpenFiles();
  absl::Status CheckSchema();
  absl::Status WriteSchema();
  absl::Status LeaveOriginal();
  // kDataLoss when the store ends before a revision that was acknowledged.
  absl::Status CheckAcknowledged();
  absl::Status Get(const rocksdb::ReadOptions& options, std::string_view key, rocksdb::PinnableSlice& bytes) const;
  // nullopt when the file system does not know.
  absl::StatusOr<std::optional<int64_t>> FreeBytes() const;
  absl::Status CheckSpace(size_t batch_bytes) const;
  // Logs when commits begin to be refused for want of space, and when they work again. Only called by Write.
  void NoteSpace(const absl::Status& space);

  const RocksDbOptions& options_;
  const DirectoryLock lock_;
  const std::shared_ptr<EngineErrors> errors_ = std::make_shared<EngineErrors>(options_);
  const std::shared_ptr<rocksdb::Statistics> counters_;
  const rocksdb::ReadOptions newest_;
  AcknowledgedRevision acknowledged_;
  // Used by Write only.
  bool space_is_short_ = false;
  std::unique_ptr<rocksdb::DB> db_;
  // data, history, engine, then any that a newer program added.
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_DATABASE_H_
