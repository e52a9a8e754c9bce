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

// A backup is a directory: the engine's files in "db", and beside it "manifest.json" (a BackupManifest), which is
// written last. Nothing in it is secret beyond what the store holds: access tokens are there as digests, and the
// server's admin-token file is not part of it. The names are the operator's and, through CreateBackup, an
// administrator's; the files of a backup that is read are whoever's had it since.
namespace cimd::backup {

inline constexpr char kManifestFile[] = "manifest.json";
inline constexpr char kDatabaseDirectory[] = "db";
inline constexpr int kFormat = 1;

// Whether a backup may be called so: 1 to 64 letters, digits, hyphens and underscores. No such name leads out of a
// directory.
bool IsBackupName(std::string_view name);

// Makes the backup `name` in the existing directory `root`, for its owner only. `copy_store` writes the engine's files
// into the directory that it is given, which does not exist yet, and returns the revision that they show. `about` says
// the rest of what the manifest tells. Returns the manifest; durable when OK, and nothing is left otherwise: until all of
// it is there, it is called ".NAME.unfinished", and what a process that was killed leaves of that is removed by the next
// call, so there may be one at a time in `root`. Errors: INVALID_ARGUMENT for the name, ALREADY_EXISTS, those of
// `copy_store`, and the system's for the files.
absl::StatusOr<storage::BackupManifest> CreateBackup(
    const std::string& root, const std::string& name, const storage::BackupManifest& about,
    absl::FunctionRef<absl::StatusOr<int64_t>(const std::string& directory)> copy_store);

// Reads every byte of a backup and compares it with the manifest, which is returned. DATA_LOSS that names the first
// file that is missing, not as it was, or not part of the backup; NOT_FOUND when there is no manifest.
absl::StatusOr<storage::BackupManifest> VerifyBackup(const std::string& directory);

// The newest backup in `root` by the time at which its manifest was written, whose content is not looked at; empty when
// there is none. Reads the directory and the times of what is in it.
absl::StatusOr<std::string> FindNewestBackup(const std::string& root);

// The manifest alone: NOT_FOUND, or DATA_LOSS when it makes no sense. What it says of files is not checked, but that
// their paths stay inside of the backup.
absl::StatusOr<storage::BackupManifest> ReadManifest(const std::string& directory);

// Removes the backups in `root` that were made before `time`, as their manifests say, and tells of each what became of
// it. What is no backup stays: files, links, directories without a manifest that this program understands. One whose
// removal is cut short has its manifest to the end, so that it is found to be damaged, and removed the next time. The
// error is that of listing `root`.
absl::Status RemoveBackupsBefore(const std::string& root, absl::Time time,
                                 absl::FunctionRef<void(const std::string& name, const absl::Status& removal)> report);

}  // namespace cimd::backup

#endif  // CIMD_SERVER_BACKUP_BACKUP_H_
