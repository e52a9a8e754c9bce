#ifndef CIMD_CLIENT_CLI_SHELL_SHELL_COMMANDS_H_
#define CIMD_CLIENT_CLI_SHELL_SHELL_COMMANDS_H_

#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "client/cli/session/command.h"
#include "client/cli/text/console.h"

namespace cimd::cli {

// Adds `help`, `completion`, and the hidden `man`. `root` is the root of the command tree and must outlive the
// commands. `sections` go into the manual page of cimdctl: a title in capitals, and paragraphs with a line break
// between them.
void AddShellCommands(CLI::App& root, Commands& commands, std::vector<std::pair<std::string, std::string>> sections);

// `cimdctl complete WORDS`, which the completion scripts run: prints the possible completions of the last word, one a
// line, each followed by a tab and its description. Not parsed by CLI11, because the words may be any text.
void PrintCompletions(const CLI::App& root, const std::vector<std::string>& words, const Console& console);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SHELL_SHELL_COMMANDS_H_
