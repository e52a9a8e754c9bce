#include "storage/rocksdb/rocksdb_transaction.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cimd::storage {

absl::StatusOr<std::unique_ptr<RocksDbSnapshot>> RocksDbSnapshot::Take(const RocksDbDatabase& database) {
  std::unique_ptr<RocksDbSnapshot> snapshot(new RocksDbSnapshot(database));
  absl::StatusOr<Revision> revision = database.ReadRevision(snapshot->snapshot_);
  if (!revision.ok()) return revision.status();
  snapshot->revision_ = *revision;
  return snapshot;
}

RocksDbSnapshot::RocksDbSnapshot(const RocksDbDatabase& database)
    : database_(database), snapshot_(database.db().GetSnapshot()) {}

RocksDbSnapshot::~RocksDbSnapshot() { database_.db().ReleaseSnapshot(snapshot_); }

absl::Status RocksDbSnapshot::Read(std::string_view key, ValueVisitor visitor) const {
  return database_.Read(snapshot_, key, visitor);
}

absl::Status RocksDbSnapshot::Scan(const KeyRange& range, int limit, EntryVisitor visitor) const {
  return database_.Scan(snapshot_, range, limit, visitor);
}

absl::StatusOr<std::unique_ptr<RocksDbTransaction>> RocksDbTransaction::Begin(const RocksDbDatabase& database,
                                                                              LiveTransactions& live,
                                                                              const std::atomic<Revision>& published) {
  std::unique_ptr<RocksDbTransaction> transaction(new RocksDbTransaction(live, published));
  absl::StatusOr<std::unique_ptr<RocksDbSnapshot>> snapshot = RocksDbSnapshot::Take(database);
  if (!snapshot.ok()) return snapshot.status();
  transaction->snapshot_ = *std::move(snapshot);
  return transaction;
}

absl::StatusOr<std::optional<Entry>> RocksDbTransaction::Get(std::string_view key) {
  if (auto own = own_.find(key); own != own_.end()) {
    const Write& write = writes_[own->second];
    if (write.operation == Operation::kDelete) return std::nullopt;
    return Entry{write.key, write.value, 0};
  }
  reads_.keys.emplace_back(key);
  std::optional<Entry> entry;
  absl::Status status = snapshot_->Read(key, [&](std::string_view value, Revision revision) {
    entry = Entry{std::string(key), std::string(value), revision};
    return absl::OkStatus();
  });
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  return entry;
}

absl::StatusOr<std::vector<Entry>> RocksDbTransaction::Scan(const KeyRange& range, int limit) {
  std::vector<Entry> entries;
  if (limit < 0) return absl::InvalidArgumentError("the limit is negative");
  if (!range.end.empty() && range.begin >= range.end) return entries;

  auto own = own_.lower_bound(range.begin);
  const auto own_end = range.end.empty() ? own_.end() : own_.lower_bound(range.end);
  auto is_full = [&] { return limit > 0 && entries.size() == static_cast<size_t>(limit); };
  auto take_own = [&] {
    const Write& write = writes_[own->second];
    if (write.operation == Operation::kPut) entries.push_back(Entry{write.key, write.value, 0});
    ++own;
  };
  absl::Status status = snapshot_->Scan(range, 0, [&](std::string_view key, std::string_view value, Revision revision) {
    while (own != own_end && own->first < key && !is_full()) take_own();
    if (is_full()) return false;
    if (own != own_end && own->first == key) {
      take_own();
    } else {
      entries.push_back(Entry{std::string(key), std::string(value), revision});
    }
    return !is_full();
  });
  if (!status.ok()) return status;
  while (own != own_end && !is_full()) take_own();

  // If the limit was reached, the scan did not depend on keys after the last entry: changes there are no conflict.
  reads_.ranges.push_back(is_full() ? KeyRange{range.begin, entries.back().key + '\0'} : range);
  return entries;
}

void RocksDbTransaction::Put(std::string key, std::string value) {
  Set(Operation::kPut, std::move(key), std::move(value));
}

void RocksDbTransaction::Delete(std::string key) { Set(Operation::kDelete, std::move(key), std::string()); }

void RocksDbTransaction::Append(std::string prefix, std::string value) {
  writes_.push_back(Write{Operation::kAppend, std::move(prefix), std::move(value)});
}

void RocksDbTransaction::Set(Operation operation, std::string key, std::string value) {
  auto [own, inserted] = own_.try_emplace(key, writes_.size());
  if (inserted) writes_.emplace_back();
  writes_[own->second] = Write{operation, std::move(key), std::move(value)};
}

}  // namespace cimd::storage
