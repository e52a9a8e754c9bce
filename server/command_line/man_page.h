#ifndef CIMD_SERVER_COMMAND_LINE_MAN_PAGE_H_
#define CIMD_SERVER_COMMAND_LINE_MAN_PAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"

namespace cimd::command_line {

// What a manual page says besides what the command tree knows.
struct ManPageText {
  // 1 for commands, 8 for servers.
  int section = 1;
  std::string version;
  // Further sections: a title in capitals, and paragraphs with a line break between them.
  std::vector<std::pair<std::string, std::string>> sections;
  // Pages to refer to, such as "cimdctl(1)".
  std::vector<std::string> see_also;
};

// The manual page of a program or of a command, for man(1), from its descriptions and options. The options of each
// command directly below `app` are in it, unless that command has commands of its own. Hidden commands and options are
// left out.
std::string ManPage(const CLI::App& app, const ManPageText& text);

// The name of that page: "cimdctl-clients" for the command clients of cimdctl.
std::string ManPageName(const CLI::App& app);

// Adds the hidden flag --man_page, which prints the program's manual page and ends the program.
void AddManPageFlag(CLI::App& app, ManPageText text);

}  // namespace cimd::command_line

#endif  // CIMD_SERVER_COMMAND_LINE_MAN_PAGE_H_
