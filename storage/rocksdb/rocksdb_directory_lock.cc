#include "storage/rocksdb/rocksdb_directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace cimd::storage {
namespace {

// Creates the directory and synchronizes its parent, so that the directory survives a crash.
absl::Status CreateDirectory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0) {
    return errno == EEXIST ? absl::OkStatus() : absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", directory));
  }
  const int parent = open((directory + "/..").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synchronised = parent >= 0 && fsync(parent) == 0;
  const int error = errno;
  if (parent >= 0) close(parent);
  return synchronised ? absl::OkStatus() : absl::ErrnoToStatus(error, absl::StrCat("cannot create ", directory));
}

}  // namespace

absl::StatusOr<DirectoryLock> DirectoryLock::Acquire(const std::string& directory) {
  if (directory.empty()) return absl::InvalidArgumentError("the name of the data directory is empty");
  if (absl::Status status = CreateDirectory(directory); !status.ok()) return status;
  if (faccessat(AT_FDCWD, directory.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot use ", directory));
  }
  DirectoryLock lock(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.descriptor_ < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot use ", directory));
  if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", directory));
    return absl::FailedPreconditionError(absl::StrCat(directory, " is in use: another process has it open"));
  }
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace cimd::storage
