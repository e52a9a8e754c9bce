#ifndef CIMD_SERVER_COMMAND_LINE_WORDS_H_
#define CIMD_SERVER_COMMAND_LINE_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"

namespace cimd::command_line {

// Parses a command line with `app`, in place of CLI::App::parse. Differs in this:
//   - options may be spelled with hyphens: --data-dir for --data_dir;
//   - a word that is no command or option is named in the error, with the one that was probably meant;
//   - `PROGRAM help WORDS` is `PROGRAM WORDS --help`, if the app has a command named help.
// Throws CLI::ParseError, as CLI::App::parse does.
void Parse(CLI::App& app, int argc, const char* const* argv);

// The option of `app`, or of a command above it, that `name` spells, "--data-dir" for example; null when there is none.
const CLI::Option* FindOption(const CLI::App& app, const std::string& name);

// The visible commands directly below `app`, in their order.
std::vector<const CLI::App*> CommandsOf(const CLI::App& app);
// The command of that name directly below `app`, hidden ones included; null when there is none.
const CLI::App* FindCommand(const CLI::App& app, std::string_view name);
// The long names of the visible options of `app` and of the commands above it, each with its dashes.
std::vector<std::string> OptionNames(const CLI::App& app);
// Whether the word after `option` is its value.
bool TakesValue(const CLI::Option& option);

// The candidate that a mistyped word probably stands for; empty when none is near.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cimd::command_line

#endif  // CIMD_SERVER_COMMAND_LINE_WORDS_H_
