#ifndef CIMD_TESTS_TESTING_RATE_LIMITS_H_
#define CIMD_TESTS_TESTING_RATE_LIMITS_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/rpc/rate_limits.h"

namespace cimd::testing {

// The same for each caller and each tenant, whatever a method does, in the words of the server's option; "0" for no
// limit.
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
