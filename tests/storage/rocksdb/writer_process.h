#ifndef CIMD_TESTS_STORAGE_WRITER_PROCESS_H_
#define CIMD_TESTS_STORAGE_WRITER_PROCESS_H_

#include <string>
#include <string_view>

#include "storage/rocksdb/rocksdb_store.h"

namespace cimd::storage {

// Shared with writer_process, a program that commits until it is killed. Each thread reads a count from its first key,
// increments it, and writes it to both of its keys in one commit. After each commit it writes an acknowledgement to
// standard output.
inline constexpr int kWriterThreads = 4;

struct WriterAcknowledgement {
  int thread;
  int commit;
};

inline std::string WriterKey(int thread, std::string_view name) {
  return std::to_string(thread) + "/" + std::string(name);
}

inline RocksDbOptions WriterOptions(std::string directory) {
  RocksDbOptions options;
  options.directory = std::move(directory);
  // Small enough that kills also interrupt writing and deleting files, large enough to keep the whole history.
  options.history_bytes = 2 << 20;
  return options;
}

}  // namespace cimd::storage

#endif  // CIMD_TESTS_STORAGE_WRITER_PROCESS_H_
