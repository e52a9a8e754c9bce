#ifndef CIMD_CLIENT_CLI_SHELL_SHELL_COMMANDS_H_
#define CIMD_CLIENT_CLI_SHELL_SHELL_COMMANDS_H_

#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "client/cli/session/command.h"
#include "client/cli/text/console.h"

namespace cimd::cli {

// Adds `help`, `completion`, and the hidden `man`. `root` is the whole tree, and outlives what they run. `sections` go
// into the manual page of cimdctl: a title in capitals, and paragraphs with a line break between them.
void AddShellCommands(CLI::App& root, Commands& commands, std::vector<std::pair<std::string, std::string>> sections);

// `cimdctl complete WORDS`, which the completion scripts run: prints what can stand in the place of the last word, one
// a line, each with a tabulator and its description. Not parsed like other commands, because the words are of any kind.
void PrintCompletions(const CLI::App& root, const std::vector<std::string>& words, const Console& console);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SHELL_SHELL_COMMANDS_H_
