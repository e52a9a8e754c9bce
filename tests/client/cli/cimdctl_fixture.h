#ifndef CIMD_TESTS_CLIENT_CLI_CIMDCTL_FIXTURE_H_
#define CIMD_TESTS_CLIENT_CLI_CIMDCTL_FIXTURE_H_

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/command_line.h"
#include "gtest/gtest.h"
#include "tests/client/fake_control_plane.h"
#include "tests/testing/temp_dir.h"

namespace cimd::testing {

inline constexpr char kUrl[] = "https://client.example.net/app";
inline constexpr char kClientName[] = "tenants/default/clients/tpc_0123456789abcdefghijkl";

struct CimdctlResult {
  int status = -1;
  std::string out;
  std::string err;
};

// Runs cimdctl command lines in this process against a server whose answers the test sets.
class CimdctlTest : public ::testing::Test {
 protected:
  CimdctlTest() {
    for (const char* name : {"CIMD_SERVER", "CIMD_TENANT", "CIMD_TOKEN_FILE", "CIMD_CA_FILE", "CIMD_CERTIFICATE_FILE",
                             "CIMD_KEY_FILE", "NO_COLOR"})
      unsetenv(name);
    setenv("CIMD_TOKEN", "token-of-the-environment", 1);
    setenv("TERM", "xterm", 1);
  }

  // `input` is the standard input. `terminal` says whether all three streams are a terminal.
  CimdctlResult Run(std::vector<std::string> arguments, const std::string& input = "", bool terminal = false) {
    std::ostringstream out;
    CimdctlResult result = RunInto(out, std::move(arguments), input, terminal);
    result.out = out.str();
    return result;
  }

  // Like Run, with the standard output in `out`.
  CimdctlResult RunInto(std::ostream& out, std::vector<std::string> arguments, const std::string& input = "",
                        bool terminal = false) {
    // The test server's address is used unless the arguments have one.
    if (std::find(arguments.begin(), arguments.end(), "--server") == arguments.end()) {
      arguments.insert(arguments.begin(), {"--server", server_.address()});
    }
    arguments.insert(arguments.begin(), "cimdctl");
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::istringstream in(input);
    std::ostringstream err;
    const cli::Console console{.in = in,
                               .out = out,
                               .err = err,
                               .in_is_terminal = terminal,
                               .out_is_terminal = terminal,
                               .err_is_terminal = terminal};
    const int status = cli::RunCommandLine(static_cast<int>(argv.size()), argv.data(), console);
    return {.status = status, .err = err.str()};
  }

  // Runs on a terminal without colours, where the operator types `answer`.
  CimdctlResult RunAsked(std::vector<std::string> arguments, const std::string& answer) {
    arguments.insert(arguments.end(), {"--color", "never"});
    return Run(std::move(arguments), answer, /*terminal=*/true);
  }

  // Writes a file. Returns its path.
  std::string File(const std::string& name, const std::string& content) {
    const std::string path = dir_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  FakeControlPlane server_;
  TempDir dir_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_CLIENT_CLI_CIMDCTL_FIXTURE_H_
