#include "tests/bench/rocksdb_baseline.h"

#include <filesystem>
#include <memory>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"

namespace cimd::bench {

absl::StatusOr<double> SyncedWritesPerSecond(const std::string& directory, int keys, int bytes_per_key,
                                             absl::Duration duration) {
  std::filesystem::remove_all(directory);
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (rocksdb::Status status = rocksdb::DB::Open(options, directory, &opened); !status.ok()) {
    return absl::UnavailableError(status.ToString());
  }
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const std::string value(static_cast<size_t>(bytes_per_key), 'v');
  int64_t writes = 0;
  const absl::Time start = absl::Now();
  for (; absl::Now() - start < duration; ++writes) {
    rocksdb::WriteBatch batch;
    for (int i = 0; i < keys; ++i) {
      if (!batch.Put(fmt::format("key-{:016x}-{:04x}", writes, i), value).ok()) return absl::InternalError("no batch");
    }
    if (rocksdb::Status status = db->Write(synced, &batch); !status.ok()) {
      return absl::UnavailableError(status.ToString());
    }
  }
  return static_cast<double>(writes) / absl::ToDoubleSeconds(absl::Now() - start);
}

}  // namespace cimd::bench
