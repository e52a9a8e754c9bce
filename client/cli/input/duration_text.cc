#include "client/cli/input/duration_text.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

constexpr int64_t kLongestSeconds = int64_t{100} * 366 * 86400;

// The seconds of a unit; zero for an unknown unit.
int64_t SecondsOf(char unit) {
  switch (unit) {
    case 'w':
      return 7 * 86400;
    case 'd':
      return 86400;
    case 'h':
      return 3600;
    case 'm':
      return 60;
    case 's':
      return 1;
    default:
      return 0;
  }
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDurationText(std::string_view text) {
  const absl::Status wrong =
      absl::InvalidArgumentError(fmt::format("'{}' is not a duration such as 90d, 36h, 30m or 1d12h", text));
  int64_t seconds = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    int64_t number = 0;
    size_t digits = 0;
    for (; digits < rest.size() && absl::ascii_isdigit(static_cast<unsigned char>(rest[digits])); ++digits) {
      number = number * 10 + (rest[digits] - '0');
      if (number > kLongestSeconds) return wrong;
    }
    const int64_t unit = digits == 0 || digits == rest.size() ? 0 : SecondsOf(rest[digits]);
    if (unit == 0) return wrong;
    // Cannot overflow: both factors are bounded.
    seconds += number * unit;
    if (seconds > kLongestSeconds) return wrong;
    rest.remove_prefix(digits + 1);
  }
  if (seconds == 0) return wrong;
  return absl::Seconds(seconds);
}

}  // namespace cimd::cli
