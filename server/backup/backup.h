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

// A backup is a directory with the engine's files in "db" and "manifest.json" (a BackupManifest), which is written
// last. It contains what the store contains: access tokens only as digests, and not the server's admin-token file.
//
// The operator controls the directories' names; a caller with the scope for CreateBackup controls a backup's name. A
// backup that is read may have been changed by anybody who had access to it since.
namespace cimd::backup {

inline constexpr char kManifestFile[] = "manifest.json";
inline constexpr char kDatabaseDirectory[] = "db";
inline constexpr int kFormat = 1;

// Whether this is a valid name of a backup: 1 to 64 letters, digits, hyphens and underscores. Such a name stays within
// its directory.
bool IsBackupName(std::string_view name);

// Makes the backup `name` in the existing directory `root`, readable by its owner only. `copy_store` writes the
// engine's files to the given directory, which does not exist yet, and returns their revision. `about` has the other
// fields of the manifest. Returns the manifest; the backup is then durable.
//
// An unfinished backup is called ".NAME.unfinished". A failed call removes it; if the process was killed, the next call
// does. Therefore at most one call at a time for each `root`.
//
// Errors: INVALID_ARGUMENT for the name; ALREADY_EXISTS; those of `copy_store`; those of the file system.
absl::StatusOr<storage::BackupManifest> CreateBackup(
    const std::string& root, const std::string& name, const storage::BackupManifest& about,
    absl::FunctionRef<absl::StatusOr<int64_t>(const std::string& directory)> copy_store);

// Compares all files of a backup with its manifest, byte for byte, and returns the manifest. NOT_FOUND when there is no
// manifest; DATA_LOSS for the first file that is missing, changed, or not in the manifest.
absl::StatusOr<storage::BackupManifest> VerifyBackup(const std::string& directory);

// The name of the newest backup in `root`, by the modification time of its manifest; empty when there is none. Does not
// read the manifests.
absl::StatusOr<std::string> FindNewestBackup(const std::string& root);

// Reads a backup's manifest without comparing files. NOT_FOUND; DATA_LOSS when it is invalid, or a path in it leads out
// of the backup.
absl::StatusOr<storage::BackupManifest> ReadManifest(const std::string& directory);

// Removes the backups in `root` that were made before `time` by their manifests, and reports each. Files, links, and
// directories without a valid manifest stay. The manifest is removed last, so that a backup whose removal was
// interrupted is found to be damaged, and is removed by the next call. Returns an error only if `root` cannot be
// listed.
absl::Status RemoveBackupsBefore(const std::string& root, absl::Time time,
                                 absl::FunctionRef<void(const std::string& name, const absl::Status& removal)> report);

}  // namespace cimd::backup

#endif  // CIMD_SERVER_BACKUP_BACKUP_H_
