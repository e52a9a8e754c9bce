#ifndef CIMD_CLIENT_CLI_SHELL_COMPLETION_H_
#define CIMD_CLIENT_CLI_SHELL_COMPLETION_H_

#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"

namespace cimd::cli {

// A possible completion of the word at the cursor.
struct Candidate {
  std::string word;
  // One line; may be empty.
  std::string description;
};

// The possible completions of the last of `words`, which is the text up to the cursor and may be empty. The first word
// is the one after the program's name. "=" may be a separate word, because bash splits words there. Returns an empty
// list for file names and free text.
std::vector<Candidate> Complete(const CLI::App& root, const std::vector<std::string>& words);

// The completion script for "bash", "zsh" or "fish". It asks `cimdctl complete` at every key press, so it stays right
// when the program is upgraded.
std::string_view CompletionScript(std::string_view shell);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SHELL_COMPLETION_H_
