#ifndef CIMD_SERVER_BACKUP_RESTORE_H_
#define CIMD_SERVER_BACKUP_RESTORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "cimd/storage/backup.pb.h"

namespace cimd::backup {

// Makes `data_dir`, which must not exist or be empty, the data directory of a server with the content of a backup, and
// returns the backup's manifest. Every byte is compared with the manifest on its way; the directory gets its name when
// all of it is durable, so it is whole or as it was before. Runs without a server: FAILED_PRECONDITION when `data_dir`
// holds anything, with a word on whether a server has it open. Otherwise errors as VerifyBackup, and the system's.
absl::StatusOr<storage::BackupManifest> RestoreBackup(const std::string& backup, const std::string& data_dir);

}  // namespace cimd::backup

#endif  // CIMD_SERVER_BACKUP_RESTORE_H_
