#ifndef CIMD_SERVER_RPC_RATE_LIMITS_H_
#define CIMD_SERVER_RPC_RATE_LIMITS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/rpc/method_table.h"

namespace cimd::rpc {

// A rate of calls, and how many can come at once. A rate of 0 is no limit.
struct RateLimit {
  double per_second = 0;
  int64_t burst = 0;
};

inline constexpr size_t kWorkClassCount = 6;

// The limits of each caller and of each tenant, by the class of the method, and of failed authentications from each
// network address. The defaults suffice for an authorization server under load, and stop a runaway program.
struct RateLimits {
  std::array<RateLimit, kWorkClassCount> caller = {
      {{20000, 40000}, {1000, 4000}, {1000, 4000}, {50, 500}, {10, 50}, {200, 10000}}};
  std::array<RateLimit, kWorkClassCount> tenant = {
      {{50000, 100000}, {2000, 8000}, {2000, 8000}, {100, 1000}, {20, 100}, {400, 20000}}};
  RateLimit failures = {20, 200};
};

// The names in options and errors, in the order of WorkClass.
inline constexpr std::array<std::string_view, kWorkClassCount> kWorkClassNames = {"read",  "bulk", "write",
                                                                                  "fetch", "scan", "stream"};
constexpr std::string_view WorkClassName(WorkClass work_class) {
  return kWorkClassNames[static_cast<size_t>(work_class)];
}

// The defaults with `changes`, each like "caller.read=500", "tenant.fetch=20/100" or "address.failures=5": calls a
// second and the burst, by default two seconds' worth of calls. A rate of 0 switches a limit off. INVALID_ARGUMENT
// quotes the first malformed change.
absl::StatusOr<RateLimits> ParseRateLimits(const std::vector<std::string>& changes);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_RATE_LIMITS_H_
