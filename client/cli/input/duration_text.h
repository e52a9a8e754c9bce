#ifndef CIMD_CLIENT_CLI_INPUT_DURATION_TEXT_H_
#define CIMD_CLIENT_CLI_INPUT_DURATION_TEXT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd::cli {

// Parses a duration: whole numbers, each followed by w, d, h, m or s, such as "90d", "36h" or "1h30m". It must be
// positive and at most a hundred years. INVALID_ARGUMENT, with a message for the operator, for other text.
absl::StatusOr<absl::Duration> ParseDurationText(std::string_view text);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_DURATION_TEXT_H_
