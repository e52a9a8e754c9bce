#ifndef CIMD_SERVER_BACKUP_FILES_H_
#define CIMD_SERVER_BACKUP_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

// File system operations of backups. They follow no symbolic link in the last component of a path. What they write is
// durable when they return. Errors name the file and the system's reason. Their code corresponds to the errno:
// NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED (no space) and so on.
namespace cimd::backup {

struct FileDigest {
  int64_t size = 0;
  // SHA-256, 64 lower-case hexadecimal digits.
  std::string sha256;
};

// Reads a whole regular file.
absl::StatusOr<FileDigest> DigestFile(const std::string& path);

// Copies a regular file to a new file with mode 0600. Returns the digest of the bytes that were copied.
absl::StatusOr<FileDigest> CopyFile(const std::string& from, const std::string& to);

// Makes an existing file durable (fsync).
absl::Status SyncFile(const std::string& path);

// Makes the entries of a directory durable (fsync).
absl::Status SyncDirectory(const std::string& path);

// Creates a file with mode 0600.
absl::Status WriteNewFile(const std::string& path, std::string_view content);

// INVALID_ARGUMENT if the file is longer than `max_bytes`.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes);

// The names in a directory, sorted.
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path);

}  // namespace cimd::backup

#endif  // CIMD_SERVER_BACKUP_FILES_H_
