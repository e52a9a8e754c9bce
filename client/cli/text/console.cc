#include "client/cli/text/console.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

std::string_view FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Console StandardConsole() {
  return {.in = std::cin,
          .out = std::cout,
          .err = std::cerr,
          .in_is_terminal = isatty(STDIN_FILENO) != 0,
          .out_is_terminal = isatty(STDOUT_FILENO) != 0,
          .err_is_terminal = isatty(STDERR_FILENO) != 0};
}

std::string Style::In(std::string_view codes, std::string_view text) const {
  return coloured_ ? fmt::format("\x1b[{}m{}\x1b[0m", codes, text) : std::string(text);
}

Style ChooseStyle(std::string_view when, bool is_terminal) {
  if (when != "auto") return Style(when == "always");
  return Style(is_terminal && FromEnvironment("NO_COLOR").empty() && FromEnvironment("TERM") != "dumb");
}

bool Ask(const Console& console, std::string_view question) {
  console.err << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(console.in, answer);
  answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  return answer == "y" || answer == "yes";
}

}  // namespace cimd::cli
