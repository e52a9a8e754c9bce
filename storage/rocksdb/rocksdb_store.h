#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_STORE_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace cimd::storage {

// Version of what the files hold. A store of a newer one is refused.
inline constexpr int64_t kSchemaVersion = 1;

// What a commit group cost; for metrics.
struct CommitGroupStats {
  int commits = 0;
  int64_t bytes = 0;
  absl::Duration sync_duration;
};

enum class StoreOperation {
  kRead,    // of one key
  kScan,    // of a range, with what its reader does meanwhile
  kCommit,  // from the call to its answer, whatever that is
};
inline constexpr int kStoreOperations = 3;

// How long an operation took. Of reads, which are more frequent than looking at a clock is cheap, one of
// kTimedReadInterval on each thread is timed and stands for all of them.
struct OperationTiming {
  StoreOperation operation;
  absl::Duration duration;
  int stands_for = 1;
};
inline constexpr int kTimedReadInterval = 16;

struct RocksDbOptions {
  // Created if absent, with mode 0700; its parent must exist. One that exists keeps its mode.
  std::string directory;
  int64_t block_cache_bytes = 64 << 20;
  // How long, and how much of, the history is kept for watches that resume: whole files of it are dropped when they
  // are older, or when all of it is larger. What is not in a file yet, up to 8 MiB, is kept besides.
  absl::Duration history_age = absl::Hours(1);
  int64_t history_bytes = 256 << 20;
  // Commits are refused with kResourceExhausted while the file system has less than this left, and work again when it
  // has more. The engine needs it to finish what it has begun: it does not get over a disk that is really full before a
  // restart.
  int64_t reserved_disk_bytes = 64 << 20;
  // A watch with more than this waiting, counting whole commits, is cut off; a single commit is always told.
  int64_t max_watch_backlog_bytes = 4 << 20;
  // Called after every group of commits, from the committing thread; must be quick and thread-safe. May be null.
  absl::AnyInvocable<void(const CommitGroupStats&) const> on_commit_group;
  // Called after operations of the store, its snapshots and its transactions, from the thread that asked for them; must
  // be quick and thread-safe. May be null.
  absl::AnyInvocable<void(const OperationTiming&) const> on_operation;
  // Told the engine's own warnings and errors, from any thread; for the log. Must be thread-safe. May be null.
  absl::AnyInvocable<void(std::string_view) const> on_engine_message;
  // Called once, from any thread, when the engine has failed and takes no writes before the process is started again.
  // Must be quick and thread-safe. May be null.
  absl::AnyInvocable<void() const> on_writes_stopped;
};

// Opens the embedded engine: one directory, one process. kFailedPrecondition when another process has it open, or when
// its schema version is newer than this program's (the message says which); kDataLoss when its files do not check out;
// kPermissionDenied, kNotFound and the like when the system does not let it use the directory.
//
// When no space is left to open an existing store for writing, it is opened for reads only: on_writes_stopped is called,
// and commits get kUnavailable until the store is opened again with free space.
//
// kDataLoss also when the files end before a revision that was acknowledged (rocksdb_acknowledged.h).
//
// Beyond the contract of Store: when the engine fails in the middle of a write (a disk error), that group of commits
// gets kUnknown and all later ones kUnavailable until the process is started again; reads go on.
absl::StatusOr<std::unique_ptr<Store>> OpenRocksDbStore(RocksDbOptions options);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_STORE_H_
