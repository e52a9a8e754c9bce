#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_TRANSACTION_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_TRANSACTION_H_

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/rocksdb/rocksdb_conflicts.h"
#include "storage/rocksdb/rocksdb_database.h"
#include "storage/store.h"

namespace cimd::storage {

class RocksDbSnapshot final : public Snapshot {
 public:
  static absl::StatusOr<std::unique_ptr<RocksDbSnapshot>> Take(const RocksDbDatabase& database);

  RocksDbSnapshot(const RocksDbSnapshot&) = delete;
  RocksDbSnapshot& operator=(const RocksDbSnapshot&) = delete;
  ~RocksDbSnapshot() override;

  Revision revision() const override { return revision_; }
  absl::Status Read(std::string_view key, ValueVisitor visitor) const override;
  absl::Status Scan(const KeyRange& range, int limit, EntryVisitor visitor) const override;

 private:
  explicit RocksDbSnapshot(const RocksDbDatabase& database);

  const RocksDbDatabase& database_;
  const rocksdb::Snapshot* const snapshot_;
  Revision revision_ = 0;
};

// Optimistic: reads a snapshot, remembers what it read and collects what it writes, all in memory. RocksDbCommitter
// does the rest.
class RocksDbTransaction final : public Transaction {
 public:
  enum class Operation { kPut, kDelete, kAppend };
  struct Write {
    Operation operation;
    // For kAppend: the prefix.
    std::string key;
    std::string value;
  };

  static absl::StatusOr<std::unique_ptr<RocksDbTransaction>> Begin(const RocksDbDatabase& database,
                                                                   LiveTransactions& live,
                                                                   const std::atomic<Revision>& published);

  absl::StatusOr<std::optional<Entry>> Get(std::string_view key) override;
  absl::StatusOr<std::vector<Entry>> Scan(const KeyRange& range, int limit) override;
  void Put(std::string key, std::string value) override;
  void Delete(std::string key) override;
  void Append(std::string prefix, std::string value) override;

  Revision snapshot_revision() const { return snapshot_->revision(); }
  const ReadSet& reads() const { return reads_; }
  // In the order of the first write of each key; the last write of a key decides.
  std::vector<Write>& writes() { return writes_; }

 private:
  RocksDbTransaction(LiveTransactions& live, const std::atomic<Revision>& published) : live_(live.Enter(published)) {}

  void Set(Operation operation, std::string key, std::string value);

  // Entered before the snapshot is taken.
  const LiveTransactions::Entry live_;
  std::unique_ptr<RocksDbSnapshot> snapshot_;
  ReadSet reads_;
  std::vector<Write> writes_;
  // Where in writes_ the write of a key is; appends are not in it.
  std::map<std::string, size_t, std::less<>> own_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_TRANSACTION_H_
