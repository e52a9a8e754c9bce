#ifndef CIMD_CLIENT_CLI_SHELL_COMPLETION_H_
#define CIMD_CLIENT_CLI_SHELL_COMPLETION_H_

#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"

namespace cimd::cli {

// A word that can stand where the cursor is.
struct Candidate {
  std::string word;
  // One line; may be empty.
  std::string description;
};

// What can stand in the place of the last of `words`, which is complete up to the cursor and may be empty. The first is
// the word after the program's name. A "=" may be a word of its own, as bash has it. Empty where nothing is known, for
// file names and free text.
std::vector<Candidate> Complete(const CLI::App& root, const std::vector<std::string>& words);

// The completion script for "bash", "zsh" or "fish". It asks `cimdctl complete` at every key press, so it stays right
// when the program is upgraded.
std::string_view CompletionScript(std::string_view shell);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SHELL_COMPLETION_H_
