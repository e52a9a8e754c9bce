#ifndef CIMD_SERVER_BACKUP_BACKUP_H_
#define CIMD_SERVER_BACKUP_BACKUP_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/storage/backup.pb.h"

// A backup is a directory that contains "db" with the engine's files, and "manifest.json" (a BackupManifest), which is
// written last. A backup contains what the store contains: access tokens only as digests, and not the server's
// admin-token file.
//
// The operator controls the names of the directories. A caller with the scope for CreateBackup controls a backup's
// name. Anyone who had access to a backup may have changed it before it is read.
namespace cimd::backup {

inline constexpr char kManifestFile[] = "manifest.json";
inline constexpr char kDatabaseDirectory[] = "db";
inline constexpr int kFormat = 1;

// Whether `name` is a valid backup name: 1 to 64 letters, digits, hyphens and underscores. Such a name cannot leave its
// directory.
bool IsBackupName(std::string_view name);

// Creates the backup `name` in the existing directory `root`, readable by its owner only. `copy_store` writes the
// engine's files to the given directory, which does not exist yet, and returns their revision. `about` contains the
// other fields of the manifest. Returns the manifest once the backup is durable.
//
// An unfinished backup is called ".NAME.unfinished". A failed call removes it. If the process is killed, the next call
// removes it. Therefore at most one call may run at a time for each `root`.
//
// Errors: INVALID_ARGUMENT for the name; ALREADY_EXISTS; those of `copy_store`; those of the file system.
absl::StatusOr<storage::BackupManifest> CreateBackup(
    const std::string& root, const std::string& name, const storage::BackupManifest& about,
    absl::FunctionRef<absl::StatusOr<int64_t>(const std::string& directory)> copy_store);

// Compares all files of a backup with its manifest, byte for byte, and returns the manifest. NOT_FOUND if there is no
// manifest; DATA_LOSS for the first file that is missing, changed, or not in the manifest.
absl::StatusOr<storage::BackupManifest> VerifyBackup(const std::string& directory);

// The name of the newest backup in `root`, by the modification time of its manifest; empty if there is none. Does not
// read the manifests.
absl::StatusOr<std::string> FindNewestBackup(const std::string& root);

// Reads a backup's manifest without comparing files. NOT_FOUND if there is none; DATA_LOSS if it is invalid, or a path
// in it leads out of the backup.
absl::StatusOr<storage::BackupManifest> ReadManifest(const std::string& directory);

// Removes the backups in `root` whose manifest has a time before `time`, and reports each. Keeps files, links, and
// directories without a valid manifest. Removes the manifest of a backup last: after an interrupted removal,
// VerifyBackup reports the backup as damaged, and the next call removes it. Returns an error only if `root` cannot be
// listed.
absl::Status RemoveBackupsBefore(const std::string& root, absl::Time time,
                                 absl::FunctionRef<void(const std::string& name, const absl::Status& removal)> report);

}  // namespace cimd::backup

#endif  // CIMD_SERVER_BACKUP_BACKUP_H_
