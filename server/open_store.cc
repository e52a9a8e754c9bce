#include "server/open_store.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/telemetry/json_log.h"
#include "storage/rocksdb/rocksdb_store.h"

namespace cimd {

using telemetry::Severity;

absl::StatusOr<std::unique_ptr<storage::Store>> OpenStore(const ServerOptions& options, telemetry::Metrics& metrics,
                                                          const std::vector<HealthService*>& health) {
  if (mkdir(options.data_dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::UnavailableError(
        absl::StrCat("--data_dir: cannot make ", options.data_dir, ": ", std::strerror(errno)));
  }
  storage::RocksDbOptions rocksdb;
  rocksdb.directory = options.data_dir + "/db";
  rocksdb.block_cache_bytes = options.block_cache_mb << 20;
  rocksdb.on_commit_group = [&metrics](const storage::CommitGroupStats& group) {
    metrics.CountCommitGroup(group.commits, group.sync_duration);
  };
  // In the order of storage::StoreOperation.
  static_assert(storage::kStoreOperations == 3);
  const std::array<telemetry::DurationHistogram*, storage::kStoreOperations> seconds = {
      &metrics.StoreSeconds("read"), &metrics.StoreSeconds("scan"), &metrics.StoreSeconds("commit")};
  rocksdb.on_operation = [seconds](const storage::OperationTiming& timing) {
    seconds[static_cast<size_t>(timing.operation)]->Observe(timing.duration, timing.stands_for);
  };
  rocksdb.on_engine_message = [](std::string_view message) {
    telemetry::Log(Severity::kWarning, "storage_engine", {{"message", message}});
  };
  rocksdb.on_writes_stopped = [health] {
    telemetry::Log(Severity::kError, "writes_stopped",
                   {{"message", "the storage engine failed; reads go on, changes need a restart of the server"}});
    for (HealthService* each : health) each->StopServing(HealthService::kWrites);
  };
  absl::StatusOr<std::unique_ptr<storage::Store>> store = storage::OpenRocksDbStore(std::move(rocksdb));
  if (!absl::IsDataLoss(store.status())) return store;
  return absl::DataLossError(
      absl::StrCat(std::string(store.status().message()),
                   "; the log says what the engine found. Keep the directory, and put a backup in its place with "
                   "`cimdctl admin restore`"));
}

}  // namespace cimd
