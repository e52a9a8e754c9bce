#ifndef CIMD_TESTS_STORAGE_WRITER_PROCESS_H_
#define CIMD_TESTS_STORAGE_WRITER_PROCESS_H_

#include <string>
#include <string_view>

#include "storage/rocksdb/rocksdb_store.h"

namespace cimd::storage {

// A program that commits until it is killed: each of its threads counts up from what it finds under its first key,
// writes the count to both of its keys in one commit, and after the commit writes an acknowledgement to standard
// output.
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
  // Small enough that kills also hit the writing and dropping of files, large enough to keep all history.
  options.history_bytes = 2 << 20;
  return options;
}

}  // namespace cimd::storage

#endif  // CIMD_TESTS_STORAGE_WRITER_PROCESS_H_
