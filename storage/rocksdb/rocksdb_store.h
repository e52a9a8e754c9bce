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

// Version of what the files hold: of the engine's format and of the records in it. A store of a newer version is
// refused; one of an older version is marked with this one when it is opened, so that older programs refuse it from
// then on.
//   2  refresh failures have records of their own
inline constexpr int64_t kSchemaVersion = 2;

// The cost of a group of commits, for metrics.
struct CommitGroupStats {
  int commits = 0;
  int64_t bytes = 0;
  absl::Duration sync_duration;
};

enum class StoreOperation {
  kRead,    // of one key
  kScan,    // of a range, including the time that its visitor takes
  kCommit,  // from the call to its result, including failures
};
inline constexpr int kStoreOperations = 3;

// How long an operation took. Reads are so short that timing each would cost too much: one in kTimedReadInterval, on
// each thread, is timed and stands for all of them.
struct OperationTiming {
  StoreOperation operation;
  absl::Duration duration;
  int stands_for = 1;
};
inline constexpr int kTimedReadInterval = 16;

struct RocksDbOptions {
  // Created with mode 0700 if it does not exist; its parent must exist.
  std::string directory;
  int64_t block_cache_bytes = 64 << 20;
  // How much history is kept for watches that resume. Whole files are dropped when they are older than `history_age`,
  // or when all files together are larger than `history_bytes`. Up to 8 MiB that are not in a file yet come on top.
  absl::Duration history_age = absl::Hours(1);
  int64_t history_bytes = 256 << 20;
  // Commits get kResourceExhausted while the file system has less free space than this, and work again when it has
  // more. RocksDB needs the reserve for flushes and compactions: once it meets a full disk, it does not write before it
  // is opened again.
  int64_t reserved_disk_bytes = 64 << 20;
  // A watch with more waiting bytes than this, counting whole commits, is cut off. A single commit is always delivered.
  int64_t max_watch_backlog_bytes = 4 << 20;
  // The callbacks below may be null. They must be quick and thread-safe.
  //
  // Called after every group of commits, from the committing thread.
  absl::AnyInvocable<void(const CommitGroupStats&) const> on_commit_group;
  // Called after operations of the store, its snapshots and its transactions, from the calling thread.
  absl::AnyInvocable<void(const OperationTiming&) const> on_operation;
  // Receives warnings and errors of the engine, for the log. From any thread.
  absl::AnyInvocable<void(std::string_view) const> on_engine_message;
  // Called once, from any thread, when no writes are possible until the store is opened again: the engine failed, or it
  // could be opened for reads only.
  absl::AnyInvocable<void() const> on_writes_stopped;
};

// Opens the embedded engine. A directory belongs to one process at a time.
//   kFailedPrecondition  another process has it open, or its schema version is newer than this program's
//   kDataLoss            files are damaged or missing, or end before a revision that was acknowledged
//                        (rocksdb_acknowledged.h)
//   kResourceExhausted   there is no space to create the store, or to open a restored copy for the first time
//   kPermissionDenied, kNotFound and the like: the system refuses the use of the directory
//
// An existing store is opened for reads only when there is no space to open it for writing. Commits then get
// kUnavailable until it is opened again with free space.
//
// When the engine fails during a write (a disk error), the commits of that group get kUnknown, and all later ones
// kUnavailable until the store is opened again. Reads continue to work.
absl::StatusOr<std::unique_ptr<Store>> OpenRocksDbStore(RocksDbOptions options);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_STORE_H_
