#include "storage/rocksdb_database.h"

#include <sys/statvfs.h>

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

std::string_view AsView(const rocksdb::Slice& slice) { return std::string_view(slice.data(), slice.size()); }

absl::Status DamagedValue() { return absl::DataLossError("a stored value does not check out"); }

}  // namespace

void EngineErrors::StopWrites() {
  if (!stops_writes_.exchange(true) && options_.on_writes_stopped) options_.on_writes_stopped();
}

void EngineErrors::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) {
  if (status->severity() > rocksdb::Status::kSoftError) StopWrites();
}

void EngineErrors::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status status, bool* automatic) {
  // A soft error, such as a compaction that found no space, needs no more than to be forgotten when there is space.
  *automatic = status.severity() <= rocksdb::Status::kSoftError;
}

RocksDbDatabase::~RocksDbDatabase() {
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

absl::Status RocksDbDatabase::Read(const rocksdb::Snapshot* snapshot, std::string_view key,
                                   ValueVisitor visitor) const {
  if (key.empty()) return absl::InvalidArgumentError("the key is empty");
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
  if (!range.end.empty() && range.begin >= range.end) return absl::OkStatus();
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const rocksdb::Slice end = AsSlice(range.end);
  if (!range.end.empty()) options.iterate_upper_bound = &end;
  std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options, data()));
  int visited = 0;
  for (iterator->Seek(AsSlice(range.begin)); iterator->Valid(); iterator->Next()) {
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
  rocksdb::Status status = db_->Get(options, engine(), AsSlice(kRevisionKey), &bytes);
  if (status.IsNotFound()) return 0;
  if (!status.ok()) return Failure(status, "read the store's revision");
  std::optional<Revision> revision = DecodeInt64(AsView(bytes));
  if (!revision.has_value()) return DamagedValue();
  return *revision;
}

absl::Status RocksDbDatabase::Write(rocksdb::WriteBatch& batch) {
  if (errors_->stops_writes()) {
    return absl::UnavailableError("the storage engine failed and takes no writes before a restart");
  }
  if (absl::Status status = CheckSpace(batch.GetDataSize()); !status.ok()) return status;
  rocksdb::WriteOptions durable;
  durable.sync = true;
  rocksdb::Status status = db_->Write(durable, &batch);
  if (status.ok()) return absl::OkStatus();
  // All of the batch may have reached the log although the engine could not confirm it.
  errors_->StopWrites();
  Failure(status, "write to the store").IgnoreError();
  return absl::UnknownError("the storage engine failed in the middle of a write; it may appear after a restart");
}

absl::Status RocksDbDatabase::CheckSpace(size_t batch_bytes) const {
  struct statvfs disk;
  if (statvfs(options_.directory.c_str(), &disk) != 0) {
    return absl::UnavailableError("the file system of the store does not answer");
  }
  // Some network file systems do not know their size.
  const bool is_known = disk.f_blocks > 0;
  const double left_bytes = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  // The batch goes to the log and then to a table.
  const double needed_bytes =
      static_cast<double>(options_.reserved_disk_bytes) + 2.0 * static_cast<double>(batch_bytes);
  if (is_known && left_bytes < needed_bytes) {
    return absl::ResourceExhaustedError("too little disk space is left for the store");
  }
  return absl::OkStatus();
}

absl::Status RocksDbDatabase::Failure(const rocksdb::Status& status, const std::string& doing) const {
  if (options_.on_engine_message) options_.on_engine_message(absl::StrCat("cannot ", doing, ": ", status.ToString()));
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat("cannot ", doing, ": stored data is damaged"));
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(absl::StrCat("cannot ", doing, ": no space is left"));
  return absl::UnavailableError(absl::StrCat("cannot ", doing, ": the storage engine failed"));
}

}  // namespace cimd::storage
