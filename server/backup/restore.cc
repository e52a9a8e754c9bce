#include "server/backup/restore.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "server/backup/backup.h"
#include "server/backup/files.h"

namespace cimd::backup {
namespace {

using storage::BackupFile;
using storage::BackupManifest;

// A temporary directory. The destructor removes it unless Name succeeded.
class NewDirectory {
 public:
  // Creates it beside `final_path`, so that it can be renamed.
  explicit NewDirectory(const std::string& final_path) : path_(final_path + ".restoring-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) {
      status_ = absl::ErrnoToStatus(errno, fmt::format("cannot create a directory beside {}", final_path));
    }
  }
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;
  ~NewDirectory() {
    std::error_code ignored;
    if (status_.ok() && !named_) std::filesystem::remove_all(path_, ignored);
  }

  const absl::Status& status() const { return status_; }
  const std::string& path() const { return path_; }

  // Renames it to `final_path`. Fails if that exists and is not an empty directory.
  absl::Status Name(const std::string& final_path) {
    if (rename(path_.c_str(), final_path.c_str()) != 0) {
      return absl::ErrnoToStatus(errno, fmt::format("cannot put {} in its place", final_path));
    }
    named_ = true;
    return absl::OkStatus();
  }

 private:
  std::string path_;
  absl::Status status_;
  bool named_ = false;
};

// Whether a server holds the lock of the database directory (storage/rocksdb/rocksdb_directory_lock.h).
bool IsInUse(const std::string& data_dir) {
  const std::string database = fmt::format("{}/{}", data_dir, kDatabaseDirectory);
  const int descriptor = open(database.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool in_use = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(descriptor);
  return in_use;
}

absl::Status CheckTarget(const std::string& data_dir) {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::symlink_status(data_dir, error))) return absl::OkStatus();
  absl::StatusOr<std::vector<std::string>> names = ListDirectory(data_dir);
  if (!names.ok()) return names.status();
  if (names->empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("{} is not empty{}; name a directory that does not exist yet, and move the old one away if it is to "
                  "take its place",
                  data_dir, IsInUse(data_dir) ? ", and a server has it open" : ""));
}

absl::Status CopyFiles(const std::string& backup, const BackupManifest& manifest, const std::string& target) {
  const std::string database = fmt::format("{}/{}", target, kDatabaseDirectory);
  if (mkdir(database.c_str(), 0700) != 0) return absl::ErrnoToStatus(errno, fmt::format("cannot create {}", database));
  for (const BackupFile& file : manifest.files()) {
    absl::StatusOr<FileDigest> digest =
        CopyFile(fmt::format("{}/{}", backup, file.path()), fmt::format("{}/{}", target, file.path()));
    if (!digest.ok()) return digest.status();
    if (digest->size != file.size() || digest->sha256 != file.sha256()) {
      return absl::DataLossError(fmt::format("the backup {} was changed while it was being copied", backup));
    }
  }
  if (absl::Status status = SyncDirectory(database); !status.ok()) return status;
  return SyncDirectory(target);
}

}  // namespace

absl::StatusOr<BackupManifest> RestoreBackup(const std::string& backup, const std::string& data_dir) {
  std::string final_path = data_dir;
  while (final_path.size() > 1 && final_path.ends_with('/')) final_path.pop_back();
  if (final_path.empty()) return absl::InvalidArgumentError("the name of the data directory is empty");
  if (absl::Status status = CheckTarget(final_path); !status.ok()) return status;
  absl::StatusOr<BackupManifest> manifest = VerifyBackup(backup);
  if (!manifest.ok()) return manifest.status();
  NewDirectory target(final_path);
  if (!target.status().ok()) return target.status();
  if (absl::Status status = CopyFiles(backup, *manifest, target.path()); !status.ok()) return status;
  if (absl::Status status = target.Name(final_path); !status.ok()) return status;
  const std::string parent = std::filesystem::absolute(final_path).parent_path().string();
  if (absl::Status status = SyncDirectory(parent); !status.ok()) return status;
  return manifest;
}

}  // namespace cimd::backup
