#ifndef CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_
#define CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace cimd::cli {

// Default size limit of a file. Documents take a few KiB, access tokens less.
inline constexpr size_t kMaxFileBytes = 1 << 20;

// Reads a file that the operator named; the content is not changed. NOT_FOUND when the file cannot be read,
// INVALID_ARGUMENT when it is longer than `max_bytes`.
absl::StatusOr<std::string> ReadLocalFile(const std::string& path, size_t max_bytes = kMaxFileBytes);

// The same, but removes a UTF-8 byte order mark, which editors on Windows write at the beginning of text files.
absl::StatusOr<std::string> ReadTextFile(const std::string& path, size_t max_bytes = kMaxFileBytes);

// Removes the byte order mark at the beginning of `text`, if there is one.
void SkipByteOrderMark(std::string& text);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_
