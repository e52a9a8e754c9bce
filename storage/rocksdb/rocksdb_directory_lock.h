#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_DIRECTORY_LOCK_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_DIRECTORY_LOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace cimd::storage {

// An exclusive lock of a data directory (flock). It ends with this object, or with the process however that ends; no
// lock file has to be removed afterwards. The operator controls the directory's name.
class DirectoryLock {
 public:
  // Creates the directory if absent, with mode 0700. kFailedPrecondition when another store holds it, in this process
  // or another one; kPermissionDenied, kNotFound and the like when the system refuses.
  static absl::StatusOr<DirectoryLock> Acquire(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_DIRECTORY_LOCK_H_
