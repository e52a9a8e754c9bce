#ifndef CIMD_CLIENT_CLI_INPUT_DURATION_TEXT_H_
#define CIMD_CLIENT_CLI_INPUT_DURATION_TEXT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd::cli {

// A duration as people write it: whole numbers, each with w, d, h, m or s after it, such as "90d", "36h" or "1h30m".
// More than nothing, and at most a hundred years. INVALID_ARGUMENT, with a message for the operator, for anything else.
absl::StatusOr<absl::Duration> ParseDurationText(std::string_view text);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_DURATION_TEXT_H_
