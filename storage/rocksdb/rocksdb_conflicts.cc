#include "storage/rocksdb/rocksdb_conflicts.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace cimd::storage {
namespace {

// Memory for one remembered commit of a key, without the key's bytes.
constexpr int64_t kEntryOverheadBytes = 128;

}  // namespace

LiveTransactions::Entry LiveTransactions::Enter(const std::atomic<Revision>& published) {
  std::lock_guard lock(mutex_);
  return Entry(*this, revisions_.insert(published.load()));
}

LiveTransactions::Entry::~Entry() {
  std::lock_guard lock(owner_.mutex_);
  owner_.revisions_.erase(position_);
}

Revision LiveTransactions::Oldest(const std::atomic<Revision>& published) const {
  std::lock_guard lock(mutex_);
  return revisions_.empty() ? published.load() : *revisions_.begin();
}

bool ConflictIndex::Conflicts(const ReadSet& reads, Revision snapshot) const {
  if (reads.keys.empty() && reads.ranges.empty()) return false;
  return snapshot < horizon_ || ReadsAny(committed_, reads, snapshot) || ReadsAny(staged_, reads, snapshot);
}

bool ConflictIndex::ReadsAny(const Revisions& written, const ReadSet& reads, Revision snapshot) {
  if (written.empty()) return false;
  for (const std::string& key : reads.keys) {
    auto found = written.find(key);
    if (found != written.end() && found->second > snapshot) return true;
  }
  for (const KeyRange& range : reads.ranges) {
    auto end = range.end.empty() ? written.end() : written.lower_bound(range.end);
    auto newer = [snapshot](const auto& entry) { return entry.second > snapshot; };
    if (std::any_of(written.lower_bound(range.begin), end, newer)) return true;
  }
  return false;
}

void ConflictIndex::Stage(std::string_view key, Revision revision) {
  staged_.insert_or_assign(std::string(key), revision);
}

void ConflictIndex::Publish() {
  while (!staged_.empty()) {
    auto staged = staged_.extract(staged_.begin());
    const Revision revision = staged.mapped();
    auto [position, inserted, rest] = committed_.insert(std::move(staged));
    if (!inserted) position->second = revision;
    order_.push_back(Commit{revision, position});
    bytes_ += static_cast<int64_t>(position->first.size()) + kEntryOverheadBytes;
  }
}

void ConflictIndex::Discard() { staged_.clear(); }

void ConflictIndex::Prune(Revision oldest) {
  while (!order_.empty() && (order_.front().revision <= oldest || bytes_ > max_bytes_)) ForgetOldest();
}

void ConflictIndex::ForgetOldest() {
  const Commit forgotten = order_.front();
  order_.pop_front();
  horizon_ = std::max(horizon_, forgotten.revision);
  bytes_ -= static_cast<int64_t>(forgotten.position->first.size()) + kEntryOverheadBytes;
  if (forgotten.position->second == forgotten.revision) committed_.erase(forgotten.position);
}

}  // namespace cimd::storage
