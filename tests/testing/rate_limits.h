#ifndef CIMD_TESTS_TESTING_RATE_LIMITS_H_
#define CIMD_TESTS_TESTING_RATE_LIMITS_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/rpc/rate_limits.h"

namespace cimd::testing {

// Returns values for --rate_limit that give every caller and every tenant the limit `value` in each class of methods.
// "0" means no limit.
inline std::vector<std::string> EveryRateLimit(std::string_view value) {
  std::vector<std::string> limits;
  for (const char* whose : {"caller.", "tenant."}) {
    for (const std::string_view access : rpc::kWorkClassNames) {
      limits.push_back(std::string(whose).append(access).append("=").append(value));
    }
  }
  return limits;
}

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_RATE_LIMITS_H_
