#ifndef CIMD_SERVER_BACKUP_FILES_H_
#define CIMD_SERVER_BACKUP_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

// The file system calls that backups need: no link is followed, everything is synchronised, and errors tell the file
// and the system's reason. NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED (no space) and so on, as the system says.
namespace cimd::backup {

struct FileDigest {
  int64_t size = 0;
  // SHA-256, 64 lower-case hexadecimal digits.
  std::string sha256;
};

// Reads a regular file from end to end.
absl::StatusOr<FileDigest> DigestFile(const std::string& path);

// Copies a regular file to one that does not exist yet, mode 0600, and makes it durable. The digest is of the bytes
// that were copied.
absl::StatusOr<FileDigest> CopyFile(const std::string& from, const std::string& to);

// Makes the file durable that somebody else has written.
absl::Status SyncFile(const std::string& path);

// Makes the names in a directory durable.
absl::Status SyncDirectory(const std::string& path);

// A new file, mode 0600, durable.
absl::Status WriteNewFile(const std::string& path, std::string_view content);

// A file of at most `max_bytes`.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes);

// The names in a directory, in order.
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path);

}  // namespace cimd::backup

#endif  // CIMD_SERVER_BACKUP_FILES_H_
