#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_TIMING_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_TIMING_H_

#include <chrono>

#include "absl/time/time.h"
#include "storage/rocksdb/rocksdb_store.h"

// Timers that report the time from their construction to their destruction to RocksDbOptions::on_operation. If that is
// null, they do not read the clock. Each belongs to one thread.
namespace cimd::storage {

class OperationTimer {
 public:
  // `options` outlives this.
  OperationTimer(const RocksDbOptions& options, StoreOperation operation, int stands_for = 1)
      : options_(options), operation_(operation), stands_for_(options.on_operation ? stands_for : 0) {
    if (stands_for_ > 0) start_ = std::chrono::steady_clock::now();
  }
  ~OperationTimer() {
    if (stands_for_ == 0) return;
    options_.on_operation({.operation = operation_,
                           .duration = absl::FromChrono(std::chrono::steady_clock::now() - start_),
                           .stands_for = stands_for_});
  }

  OperationTimer(const OperationTimer&) = delete;
  OperationTimer& operator=(const OperationTimer&) = delete;

 private:
  const RocksDbOptions& options_;
  const StoreOperation operation_;
  // 0: not timed.
  const int stands_for_;
  std::chrono::steady_clock::time_point start_;
};

// For a read; see OperationTiming.
class ReadTimer : public OperationTimer {
 public:
  explicit ReadTimer(const RocksDbOptions& options)
      : OperationTimer(options, StoreOperation::kRead, IsTurn() ? kTimedReadInterval : 0) {}

 private:
  static bool IsTurn() {
    static thread_local unsigned int reads = 0;
    return reads++ % kTimedReadInterval == 0;
  }
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_TIMING_H_
