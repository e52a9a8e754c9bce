#ifndef CIMD_SERVER_BACKUP_RESTORE_H_
#define CIMD_SERVER_BACKUP_RESTORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "cimd/storage/backup.pb.h"

namespace cimd::backup {

// Makes `data_dir` a server's data directory with the content of a backup, and returns the backup's manifest. Needs no
// running server. `data_dir` must be empty or not exist. Compares all bytes with the manifest. Writes the files to a
// directory beside `data_dir`, which it renames once everything is durable. So a failed call changes nothing.
//
// FAILED_PRECONDITION if `data_dir` is not empty; the message says whether a server has it open. Otherwise the errors
// of VerifyBackup and of the file system.
absl::StatusOr<storage::BackupManifest> RestoreBackup(const std::string& backup, const std::string& data_dir);

}  // namespace cimd::backup

#endif  // CIMD_SERVER_BACKUP_RESTORE_H_
