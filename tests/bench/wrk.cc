#include "tests/bench/wrk.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <vector>

#include "absl/strings/numbers.h"
#include "tests/bench/setting.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"

namespace cimd::bench {
namespace {

// Appended to every script, so that its figures are read and not its table.
constexpr char kSummary[] = R"(
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %f %f %d\n", summary.requests * 1e6 / summary.duration, latency:percentile(50),
                         e.connect + e.read + e.write + e.status + e.timeout))
end
)";

}  // namespace

bool IsInstalled(const std::string& program) {
  for (const char* flag : {"--version", "-v"}) {
    // Programs disagree on the status that goes with their version, but not on 127 for none.
    const testing::Finished finished = testing::RunToEnd({"/usr/bin/env", program, flag});
    if (finished.exit_status != 127) return true;
  }
  return false;
}

WrkResult RunWrk(const std::string& url, int connections, absl::Duration duration, const std::string& script) {
  const testing::TempDir directory;
  const std::string script_file = directory / "script.lua";
  std::ofstream(script_file) << script << kSummary;
  const testing::Finished finished = testing::RunToEnd(
      {"/usr/bin/env", "wrk", "-t1", "-c" + std::to_string(connections),
       "-d" + std::to_string(std::max<int64_t>(1, absl::ToInt64Seconds(duration))) + "s", "-s", script_file, url});
  std::smatch match;
  Require(std::regex_search(finished.out, match, std::regex("RESULT ([0-9.]+) ([0-9.]+) ([0-9]+)")),
          "wrk: " + finished.err + finished.out);
  WrkResult result;
  double micros = 0;
  Require(absl::SimpleAtod(match[1].str(), &result.per_second) && absl::SimpleAtod(match[2].str(), &micros) &&
              absl::SimpleAtoi(match[3].str(), &result.failed),
          "wrk's figures");
  result.p50 = absl::Microseconds(micros);
  return result;
}

}  // namespace cimd::bench
