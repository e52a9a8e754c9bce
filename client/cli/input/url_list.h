#ifndef CIMD_CLIENT_CLI_INPUT_URL_LIST_H_
#define CIMD_CLIENT_CLI_INPUT_URL_LIST_H_

#include <cstddef>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace cimd::cli {

// Limit of a list of URLs: some hundred thousand of them.
inline constexpr size_t kMaxListBytes = 16 << 20;

// The URLs of a list: one a line, without the blanks around it. Empty lines, lines that begin with "#" and a byte order
// mark at the beginning are skipped. INVALID_ARGUMENT, which names the line, for text that is not UTF-8 or has control
// characters: it is no list.
absl::StatusOr<std::vector<std::string>> ParseUrls(std::string_view list);

// The whole of `in`. INVALID_ARGUMENT when it is longer than kMaxListBytes.
absl::StatusOr<std::string> ReadList(std::istream& in);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_URL_LIST_H_
