#include "storage/rocksdb/rocksdb_committer.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rocksdb/slice.h"
#include "storage/rocksdb/rocksdb_format.h"

namespace cimd::storage {
namespace {

using Operation = RocksDbTransaction::Operation;

// Limits the size of a group commit, so that a small commit does not wait for many large ones.
constexpr int64_t kMaxGroupBytes = 8 << 20;
// Memory limit for the keys of recent commits.
constexpr int64_t kConflictIndexBytes = 64 << 20;
// The bytes that Transaction::Append adds to its prefix.
constexpr size_t kAppendedKeyBytes = sizeof(uint64_t) + sizeof(uint32_t);

int64_t BytesOf(const std::vector<RocksDbTransaction::Write>& writes) {
  size_t bytes = 0;
  for (const RocksDbTransaction::Write& write : writes) bytes += write.key.size() + write.value.size();
  return static_cast<int64_t>(bytes);
}

absl::Status CheckLimits(const std::vector<RocksDbTransaction::Write>& writes) {
  if (writes.size() > static_cast<size_t>(kMaxOperationsPerCommit)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the commit has ", writes.size(), " operations; the limit is ", kMaxOperationsPerCommit));
  }
  for (const RocksDbTransaction::Write& write : writes) {
    const size_t key_bytes = write.key.size() + (write.operation == Operation::kAppend ? kAppendedKeyBytes : 0);
    if (key_bytes == 0) return absl::InvalidArgumentError("the key is empty");
    if (key_bytes > kMaxKeyBytes) {
      return absl::InvalidArgumentError(absl::StrCat("a key has ", key_bytes, " bytes; the limit is ", kMaxKeyBytes));
    }
    if (write.value.size() > kMaxValueBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("a value has ", write.value.size(), " bytes; the limit is ", kMaxValueBytes));
    }
  }
  const int64_t bytes = BytesOf(writes);
  if (bytes > static_cast<int64_t>(kMaxCommitBytes)) {
    return absl::InvalidArgumentError(absl::StrCat("the commit has ", bytes, " bytes; the limit is ", kMaxCommitBytes));
  }
  return absl::OkStatus();
}

}  // namespace

RocksDbCommitter::RocksDbCommitter(RocksDbDatabase& database, LiveTransactions& live, ChangeFeed& feed,
                                   std::atomic<Revision>& published, const RocksDbOptions& options)
    : database_(database),
      live_(live),
      feed_(feed),
      published_(published),
      options_(options),
      conflicts_(kConflictIndexBytes),
      last_assigned_(published.load()) {}

absl::StatusOr<Revision> RocksDbCommitter::Commit(RocksDbTransaction& transaction) {
  if (transaction.writes().empty()) return transaction.snapshot_revision();
  if (absl::Status status = CheckLimits(transaction.writes()); !status.ok()) {
    // API callers do not see the storage engine's message. The log does.
    if (options_.on_engine_message) options_.on_engine_message(absl::StrCat("refused a commit: ", status.message()));
    return status;
  }

  Waiting self(transaction);
  bool leads = false;
  {
    std::lock_guard lock(mutex_);
    leads = queue_.empty();
    queue_.push_back(&self);
  }
  if (!leads && self.Await() == Turn::kDone) return std::move(self.result);
  const Group group = TakeGroup();
  const CommitGroupStats stats = CommitGroup(group);
  Release(group);
  if (stats.commits > 0 && options_.on_commit_group) options_.on_commit_group(stats);
  return std::move(self.result);
}

RocksDbCommitter::Turn RocksDbCommitter::Waiting::Await() {
  std::unique_lock lock(mutex_);
  told_.wait(lock, [this] { return turn_ != Turn::kWaits; });
  return turn_;
}

void RocksDbCommitter::Waiting::Notify(Turn turn) {
  // Notifies under the lock: the waiting thread may destroy this object as soon as the lock is released.
  std::lock_guard lock(mutex_);
  turn_ = turn;
  told_.notify_one();
}

RocksDbCommitter::Group RocksDbCommitter::TakeGroup() {
  std::lock_guard lock(mutex_);
  Group group;
  int64_t bytes = 0;
  for (Waiting* waiting : queue_) {
    bytes += BytesOf(waiting->transaction.writes());
    if (!group.empty() && bytes > kMaxGroupBytes) break;
    group.push_back(waiting);
  }
  return group;
}

void RocksDbCommitter::Release(const Group& group) {
  Waiting* next = nullptr;
  {
    std::lock_guard lock(mutex_);
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(group.size()));
    if (!queue_.empty()) next = queue_.front();
  }
  // The next leader writes its group while the threads of this group return.
  if (next != nullptr) next->Notify(Turn::kLeads);
  for (Waiting* waiting : group) waiting->Notify(Turn::kDone);
}

CommitGroupStats RocksDbCommitter::CommitGroup(const Group& group) {
  rocksdb::WriteBatch batch;
  std::vector<Waiting*> passed;
  std::vector<ChangeBatch> changes;
  Revision previous = published_.load();
  for (Waiting* waiting : group) {
    if (conflicts_.Conflicts(waiting->transaction.reads(), waiting->transaction.snapshot_revision())) {
      waiting->result = absl::AbortedError("another commit changed what this transaction has read");
      continue;
    }
    const Revision revision = ++last_assigned_;
    changes.push_back(AddToBatch(waiting->transaction, revision, previous, batch));
    for (const Change& change : changes.back().changes) conflicts_.Stage(change.key, revision);
    waiting->result = revision;
    passed.push_back(waiting);
    previous = revision;
  }
  CommitGroupStats stats;
  if (passed.empty()) return stats;

  batch.Put(database_.engine(), AsSlice(kRevisionKey), EncodeInt64(previous));
  stats.bytes = static_cast<int64_t>(batch.GetDataSize());
  const auto start = std::chrono::steady_clock::now();
  absl::Status status = database_.Write(batch);
  stats.sync_duration = absl::FromChrono(std::chrono::steady_clock::now() - start);
  if (!status.ok()) {
    conflicts_.Discard();
    for (Waiting* waiting : passed) waiting->result = status;
    return stats;
  }
  stats.commits = static_cast<int>(passed.size());
  conflicts_.Publish();
  database_.Acknowledge(previous);
  published_.store(previous);
  conflicts_.Prune(live_.Oldest(published_));
  feed_.Publish(std::move(changes));
  return stats;
}

ChangeBatch RocksDbCommitter::AddToBatch(RocksDbTransaction& transaction, Revision revision, Revision previous,
                                         rocksdb::WriteBatch& batch) {
  const std::string prefix = EncodeInt64(revision);
  HistoryRecord record{previous, {}};
  record.changes.reserve(transaction.writes().size());
  uint32_t appends = 0;
  for (RocksDbTransaction::Write& write : transaction.writes()) {
    if (write.operation == Operation::kAppend) write.key = AppendedKey(write.key, revision, appends++);
    if (write.operation == Operation::kDelete) {
      batch.Delete(database_.data(), write.key);
      record.changes.push_back(Change{std::move(write.key), std::nullopt});
      continue;
    }
    const rocksdb::Slice key(write.key);
    const std::array<rocksdb::Slice, 2> value = {rocksdb::Slice(prefix), rocksdb::Slice(write.value)};
    batch.Put(database_.data(), rocksdb::SliceParts(&key, 1), rocksdb::SliceParts(value.data(), value.size()));
    record.changes.push_back(Change{std::move(write.key), std::move(write.value)});
  }
  batch.Put(database_.history(), prefix, EncodeHistoryRecord(record));
  return ChangeBatch{revision, std::move(record.changes)};
}

}  // namespace cimd::storage
