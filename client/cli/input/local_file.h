#ifndef CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_
#define CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace cimd::cli {

// Limit of a file that is read in one piece. Documents are a few KiB, access tokens less.
inline constexpr size_t kMaxFileBytes = 1 << 20;

// The content of a file that the operator named, byte for byte. NOT_FOUND when it cannot be read, INVALID_ARGUMENT when
// it is longer than `max_bytes`.
absl::StatusOr<std::string> ReadLocalFile(const std::string& path, size_t max_bytes = kMaxFileBytes);

// The same for a text file: without the UTF-8 byte order mark that editors of Windows write at its beginning.
absl::StatusOr<std::string> ReadTextFile(const std::string& path, size_t max_bytes = kMaxFileBytes);

// Removes the byte order mark at the beginning of `text`, if there is one.
void SkipByteOrderMark(std::string& text);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_
