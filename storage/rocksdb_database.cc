#include "storage/rocksdb_database.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/iterator.h"
#include "storage/rocksdb_format.h"

namespace cimd::storage {
namespace {

constexpr std::chrono::seconds kResumeInterval(1);
// Only an engine that does not flush at all makes a writer wait that long.
constexpr std::chrono::seconds kLongestFlushDelay(10);

rocksdb::Slice AsSlice(std::string_view bytes) { return rocksdb::Slice(bytes.data(), bytes.size()); }
std::string_view AsView(const rocksdb::Slice& slice) { return std::string_view(slice.data(), slice.size()); }

absl::Status DamagedValue() { return absl::DataLossError("a stored value does not check out"); }

}  // namespace

bool EngineEvents::failed() const {
  std::lock_guard lock(mutex_);
  return failed_;
}

void EngineEvents::Reset() {
  std::lock_guard lock(mutex_);
  failed_ = false;
  sealed_.clear();
}

void EngineEvents::AwaitFlushes() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kLongestFlushDelay, [this] { return sealed_.empty() || failed_; });
}

void EngineEvents::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) {
  std::lock_guard lock(mutex_);
  failed_ = true;
  changed_.notify_all();
}

void EngineEvents::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) {
  *automatic = false;
}

void EngineEvents::OnMemTableSealed(const rocksdb::MemTableInfo& info) {
  std::lock_guard lock(mutex_);
  sealed_.insert(info.cf_name);
}

void EngineEvents::OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo& info) {
  std::lock_guard lock(mutex_);
  sealed_.erase(info.cf_name);
  changed_.notify_all();
}

RocksDbDatabase::~RocksDbDatabase() {
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

absl::Status RocksDbDatabase::Read(const rocksdb::Snapshot* snapshot, std::string_view key,
                                   ValueVisitor visitor) const {
  if (absl::Status status = CheckKey(key); !status.ok()) return status;
  rocksdb::PinnableSlice bytes;
  rocksdb::Status status;
  if (snapshot == nullptr) {
    status = db_->Get(newest_, data(), AsSlice(key), &bytes);
  } else {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    status = db_->Get(options, data(), AsSlice(key), &bytes);
  }
  if (status.IsNotFound()) return absl::NotFoundError("there is no such key");
  if (!status.ok()) return Failure(status, "read a key");
  std::optional<StoredValue> stored = DecodeValue(AsView(bytes));
  if (!stored.has_value()) return DamagedValue();
  return visitor(stored->value, stored->revision);
}

absl::Status RocksDbDatabase::Scan(const rocksdb::Snapshot* snapshot, const KeyRange& range, int limit,
                                   EntryVisitor visitor) const {
  if (limit < 0) return absl::InvalidArgumentError("the limit is negative");
  const std::string_view begin = std::max<std::string_view>(range.begin, kFirstClientKey);
  if (!range.end.empty() && begin >= range.end) return absl::OkStatus();
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const rocksdb::Slice end = AsSlice(range.end);
  if (!range.end.empty()) options.iterate_upper_bound = &end;
  std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options, data()));
  int visited = 0;
  for (iterator->Seek(AsSlice(begin)); iterator->Valid(); iterator->Next()) {
    std::optional<StoredValue> stored = DecodeValue(AsView(iterator->value()));
    if (!stored.has_value()) return DamagedValue();
    if (!visitor(AsView(iterator->key()), stored->value, stored->revision)) return absl::OkStatus();
    if (++visited == limit) return absl::OkStatus();
  }
  if (!iterator->status().ok()) return Failure(iterator->status(), "read a range of keys");
  return absl::OkStatus();
}

absl::StatusOr<Revision> RocksDbDatabase::ReadRevision(const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  rocksdb::PinnableSlice bytes;
  rocksdb::Status status = db_->Get(options, data(), AsSlice(kRevisionKey), &bytes);
  if (status.IsNotFound()) return 0;
  if (!status.ok()) return Failure(status, "read the store's revision");
  std::optional<Revision> revision = DecodeInt64(AsView(bytes));
  if (!revision.has_value()) return DamagedValue();
  return *revision;
}

absl::Status RocksDbDatabase::Write(rocksdb::WriteBatch& batch) {
  if (events_->failed()) {
    const bool too_soon = std::chrono::steady_clock::now() - resume_time_ < kResumeInterval;
    if (too_soon && !resume_status_.ok()) return resume_status_;
    if (absl::Status status = Resume(); !status.ok()) return status;
  }

  // Two things keep RocksDB 7.8 from resuming after a log write that failed. With empty memtables it goes on with the
  // failed log file, and then stops for good, or ends the process where it was built with assertions: so something
  // that is not in the log goes to the memtable first. And it forgets a flush that was scheduled but not begun when
  // the error came, and waits for it for ever: so flushes that this first write made due are let begin.
  rocksdb::WriteOptions without_log;
  without_log.disableWAL = true;
  rocksdb::Status status = db_->Put(without_log, data(), AsSlice(kMarkerKey), rocksdb::Slice());
  if (!status.ok()) return Failure(status, "write to the store");
  events_->AwaitFlushes();

  rocksdb::WriteOptions durable;
  durable.sync = true;
  status = db_->Write(durable, &batch);
  if (status.ok()) return absl::OkStatus();
  // All of the batch may have reached the log although the engine could not confirm it. Resume leaves that log file
  // behind for good, and so makes sure that the batch never happened.
  absl::Status failure = Failure(status, "write to the store");
  if (Resume().ok()) return failure;
  return absl::UnknownError("the store failed in the middle of a write; the change may appear after a restart");
}

absl::Status RocksDbDatabase::Resume() {
  events_->Reset();
  rocksdb::Status status = db_->Resume();
  resume_time_ = std::chrono::steady_clock::now();
  resume_status_ = status.ok() ? absl::OkStatus() : Failure(status, "write to the store");
  return resume_status_;
}

absl::Status RocksDbDatabase::Failure(const rocksdb::Status& status, const std::string& doing) const {
  if (options_.on_engine_message) options_.on_engine_message(absl::StrCat("cannot ", doing, ": ", status.ToString()));
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat("cannot ", doing, ": stored data is damaged"));
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(absl::StrCat("cannot ", doing, ": no space is left"));
  return absl::UnavailableError(absl::StrCat("cannot ", doing, ": the storage engine failed"));
}

}  // namespace cimd::storage
