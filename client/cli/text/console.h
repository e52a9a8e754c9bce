#ifndef CIMD_CLIENT_CLI_TEXT_CONSOLE_H_
#define CIMD_CLIENT_CLI_TEXT_CONSOLE_H_

#include <istream>
#include <ostream>
#include <string>
#include <string_view>

namespace cimd::cli {

// The standard streams as a command sees them. The streams must outlive the Console.
struct Console {
  std::istream& in;
  // Results.
  std::ostream& out;
  // Errors and progress.
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;

  // Whether an operator sees results and can answer questions.
  bool interactive() const { return in_is_terminal && out_is_terminal; }
};

// The standard streams of this process.
Console StandardConsole();

// Colours text for a terminal, or leaves it as it is. Does not make text safe to print; see printable_text.h.
class Style {
 public:
  explicit Style(bool coloured) : coloured_(coloured) {}

  std::string Red(std::string_view text) const { return In("31", text); }
  std::string Green(std::string_view text) const { return In("32", text); }
  std::string Yellow(std::string_view text) const { return In("33", text); }
  // Bold yellow, for warnings.
  std::string Alarm(std::string_view text) const { return In("1;33", text); }

 private:
  std::string In(std::string_view codes, std::string_view text) const;

  bool coloured_;
};

// `when` is "always", "never" or "auto": only on a terminal that is not a dumb one, and not when NO_COLOR is set in the
// environment (no-color.org).
Style ChooseStyle(std::string_view when, bool is_terminal);

// Asks `question`, which must be safe to print, on standard error and waits for an answer: true for "y" or "yes" in any
// case, false for everything else and for the end of the input.
bool Ask(const Console& console, std::string_view question);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_CONSOLE_H_
