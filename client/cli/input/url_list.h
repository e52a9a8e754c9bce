#ifndef CIMD_CLIENT_CLI_INPUT_URL_LIST_H_
#define CIMD_CLIENT_CLI_INPUT_URL_LIST_H_

#include <cstddef>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace cimd::cli {

// Size limit of a list of URLs, enough for some hundred thousand URLs.
inline constexpr size_t kMaxListBytes = 16 << 20;

// Parses a list of URLs, one a line. Blanks around a URL are removed. Empty lines, lines that begin with "#" and a byte
// order mark at the beginning are skipped. INVALID_ARGUMENT names the first line that is not UTF-8 or has control
// characters.
absl::StatusOr<std::vector<std::string>> ParseUrls(std::string_view list);

// Reads `in` to its end. INVALID_ARGUMENT when it is longer than kMaxListBytes.
absl::StatusOr<std::string> ReadList(std::istream& in);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_URL_LIST_H_
