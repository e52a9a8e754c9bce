#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_ACKNOWLEDGED_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_ACKNOWLEDGED_H_

#include <chrono>
#include <string>

#include "storage/store.h"

namespace cimd::storage {

// A file beside the engine's files with the newest revision that was acknowledged. It makes a log that lost its end
// detectable: RocksDB takes a log file that stops between two records for a complete one.
//
// The file is written after each group of commits and synchronised at most once a second, so that commits do not pay
// for a second synchronisation. After a crash of the process it is exact. After a power failure it may lag behind, by
// as much as the system keeps unwritten data (30 seconds by Linux's default); it is never ahead of the log.
//
// Failures to write it are ignored: an old note only detects less. Not thread-safe.
class AcknowledgedRevision {
 public:
  static constexpr char kFileName[] = "ACKNOWLEDGED";

  // Opens the file in the store's directory, and creates it if the file system allows that.
  explicit AcknowledgedRevision(const std::string& directory);
  AcknowledgedRevision(const AcknowledgedRevision&) = delete;
  AcknowledgedRevision& operator=(const AcknowledgedRevision&) = delete;
  // Synchronises.
  ~AcknowledgedRevision();

  // The revision in the file; 0 when there is none, or the file does not check out.
  Revision Read() const;

  void Write(Revision revision);

 private:
  int descriptor_;
  bool unsynced_ = false;
  std::chrono::steady_clock::time_point last_sync_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_ACKNOWLEDGED_H_
