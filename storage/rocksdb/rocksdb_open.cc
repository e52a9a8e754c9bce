#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"
#include "storage/rocksdb/rocksdb_database.h"
#include "storage/rocksdb/rocksdb_format.h"

// Configuration, opening and checks of the database.
namespace cimd::storage {
namespace {

using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;

constexpr size_t kDataMemtableBytes = 16 << 20;
constexpr size_t kEngineMemtableBytes = 8 << 20;
constexpr int64_t kLargestHistoryMemtableBytes = 8 << 20;
constexpr int64_t kSmallestHistoryMemtableBytes = 64 << 10;
constexpr uint64_t kMaxLogBytes = 128 << 20;
constexpr double kBloomBitsPerKey = 10;

// Forwards RocksDB's warnings and errors. RocksDB's own log file is not used: in builds with assertions (Debian's), a
// full disk under that file aborts the process.
class EngineLog : public rocksdb::Logger {
 public:
  explicit EngineLog(const RocksDbOptions& options)
      : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), options_(options) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (!options_.on_engine_message) return;
    char line[1024];
    std::vsnprintf(line, sizeof(line), format, arguments);
    options_.on_engine_message(line);
  }

 private:
  const RocksDbOptions& options_;
};

rocksdb::DBOptions MakeDatabaseOptions(const RocksDbOptions& options, std::shared_ptr<EngineErrors> errors,
                                       std::shared_ptr<rocksdb::Statistics> counters) {
  rocksdb::DBOptions result;
  result.create_missing_column_families = true;
  result.info_log = std::make_shared<EngineLog>(options);
  result.listeners.push_back(std::move(errors));
  result.statistics = std::move(counters);
  result.max_bgerror_resume_count = 0;
  result.max_total_wal_size = kMaxLogBytes;
  result.stats_dump_period_sec = 0;
  result.stats_persist_period_sec = 0;
  // Reports damage in a log, and a log that is shorter than the engine's list of logs records. The newest log is not in
  // that list: CheckAcknowledged covers it. A record that stops at the end of the file is the normal result of a crash,
  // and is dropped. See OnlyLastWriteIsTorn for a last record with holes.
  result.track_and_verify_wals_in_manifest = true;
  result.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  return result;
}

Families MakeFamilies(const RocksDbOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(static_cast<size_t>(options.block_cache_bytes));
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  rocksdb::ColumnFamilyOptions data;
  data.write_buffer_size = kDataMemtableBytes;
  data.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  rocksdb::ColumnFamilyOptions engine = data;
  engine.write_buffer_size = kEngineMemtableBytes;

  // History is never rewritten. Whole files are dropped, oldest first, some time after they exceed the age or the total
  // size.
  rocksdb::ColumnFamilyOptions history = data;
  history.write_buffer_size = static_cast<size_t>(
      std::clamp(options.history_bytes / 8, kSmallestHistoryMemtableBytes, kLargestHistoryMemtableBytes));
  history.compaction_style = rocksdb::kCompactionStyleFIFO;
  history.compaction_options_fifo.max_table_files_size = static_cast<uint64_t>(options.history_bytes);
  history.ttl = static_cast<uint64_t>(std::max<int64_t>(1, absl::ToInt64Seconds(options.history_age)));
  history.periodic_compaction_seconds = 0;

  return {{rocksdb::kDefaultColumnFamilyName, data}, {kHistoryFamily, history}, {kEngineFamily, engine}};
}

// Whether the directory contains files of a database, but not the CURRENT file, which names the manifest. RocksDB would
// delete the files and create an empty database.
bool LostItsRoot(const std::string& directory) {
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = file.path().filename().string();
    if (name.ends_with(".sst") || name.ends_with(".log")) return true;
  }
  return false;
}

// The revision to which the engine would recover the files under `mode`. Changes nothing.
std::optional<Revision> RecoverableRevision(rocksdb::DBOptions options, const Families& families,
                                            const std::string& directory, rocksdb::WALRecoveryMode mode) {
  options.wal_recovery_mode = mode;
  options.listeners.clear();
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  if (!rocksdb::DB::OpenForReadOnly(options, directory, families, &handles, &opened).ok()) return std::nullopt;
  std::unique_ptr<rocksdb::DB> database(opened);
  std::string bytes;
  const rocksdb::Status status = database->Get(rocksdb::ReadOptions(), handles[2], AsSlice(kRevisionKey), &bytes);
  for (rocksdb::ColumnFamilyHandle* handle : handles) database->DestroyColumnFamilyHandle(handle);
  if (status.IsNotFound()) return 0;
  return status.ok() ? DecodeInt64(bytes) : std::nullopt;
}

// A power failure can leave holes in the record that was being written. A checksum cannot tell such a record from a
// damaged one. But every record is synchronized before the next one is begun. So if nothing readable follows the first
// bad record, that record is the last one and may be dropped. CheckAcknowledged reports it if it was acknowledged.
bool OnlyLastWriteIsTorn(const rocksdb::DBOptions& options, const Families& families, const std::string& directory) {
  std::optional<Revision> up_to_damage =
      RecoverableRevision(options, families, directory, rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  std::optional<Revision> beyond_damage =
      RecoverableRevision(options, families, directory, rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords);
  return up_to_damage.has_value() && up_to_damage == beyond_damage;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbDatabase>> RocksDbDatabase::Open(const RocksDbOptions& options) {
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Acquire(options.directory);
  if (!lock.ok()) return lock.status();
  std::unique_ptr<RocksDbDatabase> database(new RocksDbDatabase(options, *std::move(lock)));
  if (absl::Status status = database->OpenFiles(); !status.ok()) return status;
  if (absl::Status status = database->CheckSchema(); !status.ok()) return status;
  if (absl::Status status = database->CheckAcknowledged(); !status.ok()) return status;
  if (absl::Status status = database->LeaveOriginal(); !status.ok()) return status;
  absl::StatusOr<Revision> revision = database->ReadRevision(nullptr);
  if (!revision.ok()) return revision.status();
  database->Acknowledge(*revision);
  return database;
}

absl::Status RocksDbDatabase::OpenFiles() {
  const std::string& directory = options_.directory;
  rocksdb::DBOptions options = MakeDatabaseOptions(options_, errors_, counters_);
  Families families = MakeFamilies(options_);
  std::error_code error;
  if (!std::filesystem::exists(directory + "/CURRENT", error)) {
    if (LostItsRoot(directory)) {
      return absl::DataLossError(absl::StrCat(directory, " holds parts of a store, but its CURRENT file is gone"));
    }
    options.create_if_missing = true;
  } else {
    // A newer program may have added column families. They must be opened, so that CheckSchema can report the newer
    // version.
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies(options, directory, &names).ok()) names.clear();
    for (const std::string& name : names) {
      auto has_name = [&name](const rocksdb::ColumnFamilyDescriptor& family) { return family.name == name; };
      if (std::none_of(families.begin(), families.end(), has_name)) families.emplace_back(name, families[0].options);
    }
  }

  auto open = [&](bool read_only) {
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status = read_only
                                       ? rocksdb::DB::OpenForReadOnly(options, directory, families, &families_, &opened)
                                       : rocksdb::DB::Open(options, directory, families, &families_, &opened);
    db_.reset(opened);
    return status;
  };
  auto open_to_last_whole_record = [&](bool read_only) {
    rocksdb::Status status = open(read_only);
    if (status.IsCorruption() && OnlyLastWriteIsTorn(options, families, directory)) {
      options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
      status = open(read_only);
    }
    return status;
  };
  rocksdb::Status status = open_to_last_whole_record(/*read_only=*/false);
  if (status.IsNoSpace() && !options.create_if_missing) {
    Failure(status, "open the store for writing").IgnoreError();
    status = open_to_last_whole_record(/*read_only=*/true);
    if (status.ok()) {
      if (options_.on_engine_message) {
        options_.on_engine_message("the store is open for reads only; free some space and start again");
      }
      errors_->StopWrites();
    }
  }
  if (status.ok()) return absl::OkStatus();
  families_.clear();
  if (status.IsInvalidArgument() || status.IsNotSupported()) {
    Failure(status, "open the store").IgnoreError();
    return absl::FailedPreconditionError(absl::StrCat(directory, " holds a store of another program or version"));
  }
  // A file that the manifest names is missing.
  if (status.IsPathNotFound()) status = rocksdb::Status::Corruption(status.ToString());
  return Failure(status, absl::StrCat("open the store in ", directory));
}

absl::Status RocksDbDatabase::CheckAcknowledged() {
  absl::StatusOr<Revision> revision = ReadRevision(nullptr);
  if (!revision.ok()) return revision.status();
  const Revision acknowledged = acknowledged_.Read();
  if (*revision >= acknowledged) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the log in ", options_.directory, " ends with revision ", *revision,
                                          ", but revision ", acknowledged,
                                          " was acknowledged: the changes in between are lost"));
}

absl::Status RocksDbDatabase::CheckSchema() {
  std::string bytes;
  rocksdb::Status status = db_->Get(newest_, engine(), AsSlice(kSchemaKey), &bytes);
  if (status.ok()) {
    std::optional<int64_t> version = DecodeInt64(bytes);
    if (!version.has_value()) return absl::DataLossError("the store's schema version is damaged");
    // A store that accepts no writes cannot be upgraded, and gets no records of the new version either.
    if (*version == kSchemaVersion || (*version < kSchemaVersion && errors_->stops_writes())) return absl::OkStatus();
    if (*version < kSchemaVersion) return WriteSchema();
    return absl::FailedPreconditionError(absl::StrCat(options_.directory, " has schema version ", *version,
                                                      "; this program knows versions up to ", kSchemaVersion));
  }
  if (!status.IsNotFound()) return Failure(status, "read the store's schema version");
  std::unique_ptr<rocksdb::Iterator> any(db_->NewIterator(newest_, data()));
  any->SeekToFirst();
  if (any->Valid()) {
    return absl::FailedPreconditionError(absl::StrCat(options_.directory, " holds a database of another program"));
  }
  if (!any->status().ok()) return Failure(any->status(), "read the store");
  return WriteSchema();
}

absl::Status RocksDbDatabase::WriteSchema() {
  rocksdb::WriteBatch batch;
  batch.Put(engine(), AsSlice(kSchemaKey), EncodeInt64(kSchemaVersion));
  // Not Write, which keeps some space in reserve: a store on a nearly full disk must still open.
  rocksdb::WriteOptions durable;
  durable.sync = true;
  const rocksdb::Status status = db_->Write(durable, &batch);
  return status.ok() ? absl::OkStatus() : Failure(status, "write the store's schema version");
}

}  // namespace cimd::storage
