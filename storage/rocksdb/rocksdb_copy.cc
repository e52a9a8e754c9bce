#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "rocksdb/db.h"
#include "rocksdb/utilities/checkpoint.h"
#include "storage/rocksdb/rocksdb_database.h"
#include "storage/rocksdb/rocksdb_format.h"

// Copies an open store, and opens a copy for the first time.
namespace cimd::storage {
namespace {

// Exceeds the number of commits that a store makes while copies of it exist.
constexpr Revision kRevisionsOfOriginal = Revision{1} << 32;

// Opens the copy, which proves that it is readable, and marks it as a copy. Returns its revision.
absl::StatusOr<Revision> OpenAndMark(const RocksDbOptions& options) {
  absl::StatusOr<std::unique_ptr<RocksDbDatabase>> copy = RocksDbDatabase::Open(options);
  if (!copy.ok()) return copy.status();
  absl::StatusOr<Revision> revision = (*copy)->ReadRevision(nullptr);
  if (!revision.ok()) return revision.status();
  rocksdb::WriteBatch batch;
  batch.Put((*copy)->engine(), AsSlice(kCopyKey), rocksdb::Slice());
  if (absl::Status status = (*copy)->Write(batch); !status.ok()) return status;
  return revision;
}

}  // namespace

absl::StatusOr<Revision> RocksDbDatabase::CopyTo(const std::string& directory) const {
  std::error_code error;
  if (std::filesystem::exists(directory, error)) return absl::AlreadyExistsError(absl::StrCat(directory, " exists"));
  if (errors_->stops_writes()) return absl::UnavailableError("the storage engine failed and makes no copy");
  // A checkpoint first flushes memory to tables. A full disk during that flush would stop the engine.
  uint64_t memory_bytes = 0;
  db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kSizeAllMemTables, &memory_bytes);
  if (absl::Status status = CheckSpace(memory_bytes); !status.ok()) return status;

  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory);
  if (!status.ok()) return Failure(status, absl::StrCat("copy the store to ", directory));

  RocksDbOptions options;
  options.directory = directory;
  options.history_age = options_.history_age;
  options.history_bytes = options_.history_bytes;
  options.reserved_disk_bytes = options_.reserved_disk_bytes;
  options.on_engine_message = [this](std::string_view message) {
    if (options_.on_engine_message) options_.on_engine_message(message);
  };
  absl::StatusOr<Revision> revision = OpenAndMark(options);
  if (!revision.ok()) std::filesystem::remove_all(directory, error);
  return revision;
}

// A copy must not assign revisions that its original or another opened copy also assigns. The time in microseconds
// exceeds every count of commits, and differs between copies that are opened at different times.
absl::Status RocksDbDatabase::LeaveOriginal() {
  std::string mark;
  const rocksdb::Status status = db_->Get(newest_, engine(), AsSlice(kCopyKey), &mark);
  if (status.IsNotFound()) return absl::OkStatus();
  if (!status.ok()) return Failure(status, "read whether the store is a copy");
  if (errors_->stops_writes()) {
    return absl::ResourceExhaustedError("a restored store needs free space when it is opened for the first time");
  }
  absl::StatusOr<Revision> revision = ReadRevision(nullptr);
  if (!revision.ok()) return revision.status();
  const Revision next = std::max(*revision + kRevisionsOfOriginal, absl::ToUnixMicros(absl::Now()));
  rocksdb::WriteBatch batch;
  batch.Put(engine(), AsSlice(kRevisionKey), EncodeInt64(next));
  batch.Delete(engine(), AsSlice(kCopyKey));
  return Write(batch);
}

}  // namespace cimd::storage
