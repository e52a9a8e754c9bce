#ifndef CIMD_TESTS_BENCH_ROCKSDB_BASELINE_H_
#define CIMD_TESTS_BENCH_ROCKSDB_BASELINE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd::bench {

// Synchronous writes a second that RocksDB alone reaches with one thread in a new directory, when each has so many keys
// of so many bytes: the engine's own limit on durable commits of that size.
absl::StatusOr<double> SyncedWritesPerSecond(const std::string& directory, int keys, int bytes_per_key,
                                             absl::Duration duration);

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_ROCKSDB_BASELINE_H_
