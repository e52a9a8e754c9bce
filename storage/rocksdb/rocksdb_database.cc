#include "storage/rocksdb/rocksdb_database.h"

#include <sys/statvfs.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/iterator.h"
#include "storage/rocksdb/rocksdb_format.h"
#include "storage/rocksdb/rocksdb_timing.h"

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
  // RocksDB recovers from a soft error by itself, such as a compaction without space once there is space again.
  *automatic = status.severity() <= rocksdb::Status::kSoftError;
}

RocksDbDatabase::RocksDbDatabase(const RocksDbOptions& options, DirectoryLock lock)
    : options_(options),
      lock_(std::move(lock)),
      counters_(rocksdb::CreateDBStatistics()),
      acknowledged_(options.directory) {
  // Counters only: they are per core and read no clock.
  counters_->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
}

RocksDbDatabase::~RocksDbDatabase() {
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

absl::Status RocksDbDatabase::Read(const rocksdb::Snapshot* snapshot, std::string_view key,
                                   ValueVisitor visitor) const {
  if (key.empty()) return absl::InvalidArgumentError("the key is empty");
  rocksdb::PinnableSlice bytes;
  absl::Status status;
  if (snapshot == nullptr) {
    status = Get(newest_, key, bytes);
  } else {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    status = Get(options, key, bytes);
  }
  if (!status.ok()) return status;
  std::optional<StoredValue> stored = DecodeValue(AsView(bytes));
  if (!stored.has_value()) return DamagedValue();
  return visitor(stored->value, stored->revision);
}

absl::Status RocksDbDatabase::Get(const rocksdb::ReadOptions& options, std::string_view key,
                                  rocksdb::PinnableSlice& bytes) const {
  const ReadTimer timer(options_);
  const rocksdb::Status status = db_->Get(options, data(), AsSlice(key), &bytes);
  if (status.IsNotFound()) return absl::NotFoundError("there is no such key");
  return status.ok() ? absl::OkStatus() : Failure(status, "read a key");
}

absl::Status RocksDbDatabase::Scan(const rocksdb::Snapshot* snapshot, const KeyRange& range, int limit,
                                   EntryVisitor visitor) const {
  if (limit < 0) return absl::InvalidArgumentError("the limit is negative");
  if (!range.end.empty() && range.begin >= range.end) return absl::OkStatus();
  const OperationTimer timer(options_, StoreOperation::kScan);
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
    return absl::UnavailableError("the storage engine takes no writes before a restart");
  }
  absl::Status space = CheckSpace(batch.GetDataSize());
  NoteSpace(space);
  if (!space.ok()) return space;
  rocksdb::WriteOptions durable;
  durable.sync = true;
  rocksdb::Status status = db_->Write(durable, &batch);
  if (status.ok()) return absl::OkStatus();
  // The batch may be in the log although RocksDB reported a failure.
  errors_->StopWrites();
  Failure(status, "write to the store").IgnoreError();
  return absl::UnknownError("the storage engine failed in the middle of a write; it may appear after a restart");
}

absl::StatusOr<std::optional<int64_t>> RocksDbDatabase::FreeBytes() const {
  struct statvfs disk;
  if (statvfs(options_.directory.c_str(), &disk) != 0) {
    return absl::UnavailableError("the file system of the store does not answer");
  }
  // Some network file systems report a size of zero.
  if (disk.f_blocks == 0) return std::nullopt;
  const double bytes = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  constexpr int64_t kMost = int64_t{1} << 62;
  return bytes < static_cast<double>(kMost) ? static_cast<int64_t>(bytes) : kMost;
}

absl::Status RocksDbDatabase::CheckSpace(size_t batch_bytes) const {
  absl::StatusOr<std::optional<int64_t>> free_bytes = FreeBytes();
  if (!free_bytes.ok()) return free_bytes.status();
  // The batch is written twice: to the log, and later to a table.
  const int64_t needed_bytes = options_.reserved_disk_bytes + 2 * static_cast<int64_t>(batch_bytes);
  if (free_bytes->has_value() && **free_bytes < needed_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("too little disk space is left for the store: ", **free_bytes,
                                                     " bytes are free, and ", needed_bytes, " are needed"));
  }
  return absl::OkStatus();
}

void RocksDbDatabase::NoteSpace(const absl::Status& space) {
  const bool is_short = !space.ok();
  if (is_short == space_is_short_) return;
  space_is_short_ = is_short;
  if (!options_.on_engine_message) return;
  options_.on_engine_message(is_short ? absl::StrCat("commits are refused: ", space.message())
                                      : std::string("commits work again: there is space"));
}

StoreStatistics RocksDbDatabase::Statistics() const {
  StoreStatistics statistics;
  statistics.failed = errors_->stops_writes();
  statistics.writable = !statistics.failed && CheckSpace(0).ok();
  if (absl::StatusOr<std::optional<int64_t>> free_bytes = FreeBytes(); free_bytes.ok()) {
    statistics.free_bytes = *free_bytes;
  }
  std::error_code error;
  // Files may be created and deleted during the iteration.
  for (std::filesystem::directory_iterator file(options_.directory, error), end; !error && file != end;
       file.increment(error)) {
    std::error_code gone;
    const std::uintmax_t bytes = file->file_size(gone);
    if (!gone) statistics.used_bytes += static_cast<int64_t>(bytes);
  }
  statistics.cache_hits = static_cast<int64_t>(counters_->getTickerCount(rocksdb::BLOCK_CACHE_HIT));
  statistics.cache_misses = static_cast<int64_t>(counters_->getTickerCount(rocksdb::BLOCK_CACHE_MISS));
  return statistics;
}

absl::Status RocksDbDatabase::Failure(const rocksdb::Status& status, const std::string& doing) const {
  if (options_.on_engine_message) options_.on_engine_message(absl::StrCat("cannot ", doing, ": ", status.ToString()));
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat("cannot ", doing, ": stored data is damaged"));
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(absl::StrCat("cannot ", doing, ": no space is left"));
  return absl::UnavailableError(absl::StrCat("cannot ", doing, ": the storage engine failed"));
}

}  // namespace cimd::storage
