#ifndef CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_
#define CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace cimd::cli {

// Nothing that cimdctl reads as one piece is longer: documents are a few KiB, access tokens less.
inline constexpr size_t kMaxFileBytes = 1 << 20;

// The content of a file that the operator named, byte for byte. NOT_FOUND when it cannot be read, INVALID_ARGUMENT when
// it is longer than kMaxFileBytes.
absl::StatusOr<std::string> ReadLocalFile(const std::string& path);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_LOCAL_FILE_H_
