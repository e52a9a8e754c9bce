#include "server/rpc/rate_limits.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "fmt/format.h"

namespace cimd::rpc {
namespace {

constexpr double kMaxRate = 1e6;
// How long an empty bucket may take to fill. Keeps times in nanoseconds within 64 bits.
constexpr double kMaxRefillSeconds = 1e9;

// The limit with a name such as "caller.read"; null when there is none.
RateLimit* Find(RateLimits& limits, std::string_view name) {
  if (name == "address.failures") return &limits.failures;
  for (const auto& [prefix, by_access] : {std::pair(std::string_view("caller."), &limits.caller),
                                          std::pair(std::string_view("tenant."), &limits.tenant)}) {
    if (!name.starts_with(prefix)) continue;
    const auto found = std::find(kWorkClassNames.begin(), kWorkClassNames.end(), name.substr(prefix.size()));
    if (found != kWorkClassNames.end()) return &(*by_access)[static_cast<size_t>(found - kWorkClassNames.begin())];
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<RateLimits> ParseRateLimits(const std::vector<std::string>& changes) {
  RateLimits limits;
  for (const std::string& change : changes) {
    const auto refused = [&](std::string_view why) {
      return absl::InvalidArgumentError(
          fmt::format("--rate_limit: '{}' {}; write caller.read=500 or tenant.fetch=20/100", change, why));
    };
    const size_t equals = change.find('=');
    if (equals == std::string::npos) return refused("has no =");
    RateLimit* limit = Find(limits, std::string_view(change).substr(0, equals));
    if (limit == nullptr) {
      return refused(
          "names no limit: there are caller and tenant with read, bulk, write, fetch, scan and stream, and "
          "address.failures");
    }
    const std::string value = change.substr(equals + 1);
    const size_t slash = value.find('/');
    if (!absl::SimpleAtod(value.substr(0, slash), &limit->per_second) ||
        !(limit->per_second == 0 || (limit->per_second >= 0.001 && limit->per_second <= kMaxRate))) {
      return refused("has no rate from 0.001 to a million, or 0");
    }
    limit->burst = std::max<int64_t>(1, std::llround(2 * limit->per_second));
    if (slash == std::string::npos) continue;
    if (!absl::SimpleAtoi(value.substr(slash + 1), &limit->burst) || limit->burst < 1 || limit->burst > 10'000'000) {
      return refused("has no burst from 1 to ten million");
    }
    if (limit->per_second > 0 && static_cast<double>(limit->burst) / limit->per_second > kMaxRefillSeconds) {
      return refused("has a burst that takes more than a billion seconds to refill");
    }
  }
  return limits;
}

}  // namespace cimd::rpc
