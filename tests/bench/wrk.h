#ifndef CIMD_TESTS_BENCH_WRK_H_
#define CIMD_TESTS_BENCH_WRK_H_

#include <string>

#include "absl/time/time.h"

namespace cimd::bench {

// Whether the program answers to --version, or -v.
bool IsInstalled(const std::string& program);

// What the HTTP load generator wrk measured.
struct WrkResult {
  double per_second = 0;
  absl::Duration p50;
  // Answers that were no success, and connections that broke.
  int64_t failed = 0;
};

// Loads `url` over `connections` connections. `script` is wrk's Lua, empty for plain GETs.
WrkResult RunWrk(const std::string& url, int connections, absl::Duration duration, const std::string& script = {});

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_WRK_H_
