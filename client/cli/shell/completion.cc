#include "client/cli/shell/completion.h"

#include <cstddef>

#include "server/command_line/words.h"

namespace cimd::cli {
namespace {

constexpr std::string_view kBash = R"(# bash completion for cimdctl: source <(cimdctl completion bash)
_cimdctl() {
  local word
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    COMPREPLY+=("$word")
  done < <("$1" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _cimdctl cimdctl
)";

constexpr std::string_view kZsh = R"(#compdef cimdctl
# zsh completion for cimdctl: source <(cimdctl completion zsh), or a file _cimdctl in $fpath
_cimdctl() {
  local -a candidates
  local line
  for line in "${(@f)$(${words[1]} complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  if (( ${#candidates} )); then
    _describe 'cimdctl' candidates
  else
    _files
  fi
}
if [[ "${funcstack[1]}" == _cimdctl ]]; then
  _cimdctl "$@"
else
  compdef _cimdctl cimdctl
fi
)";

constexpr std::string_view kFish = R"(# fish completion for cimdctl: cimdctl completion fish | source
function __cimdctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l candidates (cimdctl complete $words[2..-1] 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\n' $candidates
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c cimdctl -f -a '(__cimdctl_complete)'
)";

// The allowed values of an option or argument. CLI11 lists them in braces after the type name.
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

std::string FirstSentence(const std::string& description) {
  return description.substr(0, description.find_first_of(";\n"));
}

// The position of the cursor in the command line.
struct Place {
  const CLI::App* app = nullptr;
  // The option whose value is at the cursor; null when it is not an option's value.
  const CLI::Option* option = nullptr;
  // The number of positional arguments before the cursor.
  size_t arguments = 0;
};

Place PlaceOf(const CLI::App& root, const std::vector<std::string>& words) {
  Place place{.app = &root};
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "=") continue;
    if (place.option != nullptr) {
      place.option = nullptr;
    } else if (word.starts_with("-") && word.size() > 1) {
      const CLI::Option* option = command_line::FindOption(*place.app, word);
      if (option != nullptr && command_line::TakesValue(*option)) place.option = option;
    } else if (place.app == &root && word == "help") {
      continue;
    } else if (const CLI::App* command = command_line::FindCommand(*place.app, word)) {
      place.app = command;
    } else {
      ++place.arguments;
    }
  }
  return place;
}

const CLI::Option* ArgumentAt(const CLI::App& app, size_t index) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() && index-- == 0) return option;
  }
  return nullptr;
}

}  // namespace

std::vector<Candidate> Complete(const CLI::App& root, const std::vector<std::string>& words) {
  const Place place = PlaceOf(root, words);
  std::string current = words.empty() ? "" : words.back();
  // The part of the word before the value: "--option=".
  std::string before;
  const CLI::Option* option = place.option;
  if (option != nullptr && current == "=") current.clear();
  if (const size_t equals = current.find('=');
      option == nullptr && current.starts_with("--") && equals != std::string::npos) {
    option = command_line::FindOption(*place.app, current.substr(0, equals));
    before = current.substr(0, equals + 1);
    current.erase(0, equals + 1);
    if (option == nullptr) return {};
  }
  std::vector<Candidate> all;
  if (option == nullptr && current.starts_with("-")) {
    for (const std::string& name : command_line::OptionNames(*place.app)) {
      all.push_back({name, FirstSentence(command_line::FindOption(*place.app, name)->get_description())});
    }
  } else if (option == nullptr && !command_line::CommandsOf(*place.app).empty()) {
    for (const CLI::App* command : command_line::CommandsOf(*place.app)) {
      all.push_back({command->get_name(), FirstSentence(command->get_description())});
    }
  } else {
    if (option == nullptr) option = ArgumentAt(*place.app, place.arguments);
    if (option == nullptr) return {};
    for (const std::string& choice : ChoicesOf(*option)) all.push_back({before + choice, ""});
  }
  std::vector<Candidate> candidates;
  for (Candidate& candidate : all) {
    if (candidate.word.starts_with(before + current)) candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::string_view CompletionScript(std::string_view shell) {
  return shell == "zsh" ? kZsh : shell == "fish" ? kFish : kBash;
}

}  // namespace cimd::cli
