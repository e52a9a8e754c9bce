#include "server/command_line/words.h"

#include <algorithm>
#include <cstddef>

#include "fmt/format.h"
#include "fmt/ranges.h"

namespace cimd::command_line {
namespace {

// Edits that turn `a` into `b`: letters added, removed, replaced, or swapped with their neighbours.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> edits(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = i + j;
        continue;
      }
      const size_t replaced = edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
      }
    }
  }
  return edits[a.size()][b.size()];
}

// "cimdctl clients list"
std::string PathOf(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : PathOf(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> NamesOf(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

[[noreturn]] void Fail(const std::string& message, CLI::ExitCodes code) { throw CLI::ParseError(message, code); }

[[noreturn]] void FailCommand(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> names = NamesOf(CommandsOf(app));
  const std::string near = NearestWord(word, names);
  const std::string hint = near.empty() ? fmt::format("there are: {}", fmt::join(names, ", "))
                                        : fmt::format("did you mean `{} {}`?", PathOf(app), near);
  Fail(fmt::format("`{}` has no command '{}'; {}", PathOf(app), word, hint), CLI::ExitCodes::ExtrasError);
}

[[noreturn]] void FailOption(const CLI::App& app, const std::string& name) {
  const std::string near = NearestWord(name, OptionNames(app));
  Fail(fmt::format("`{}` has no option {}{}", PathOf(app), name,
                   near.empty() ? "" : fmt::format("; did you mean {}?", near)),
       CLI::ExitCodes::ExtrasError);
}

// Whether the program only prints something, so that nothing else is needed.
bool IsHelp(const std::string& name) { return name == "--help" || name == "-h" || name == "--version"; }

// The words of the command line as CLI11 is to read them.
std::vector<std::string> ReadWords(const CLI::App& root, std::vector<std::string> words) {
  const CLI::App* app = &root;
  std::vector<std::string> read;
  bool help = false;
  bool help_asked = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      read.insert(read.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
      break;
    }
    if (word.size() > 1 && word[0] == '-') {
      const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
      const std::string name = word.substr(0, equals);
      const CLI::Option* option = FindOption(*app, name);
      if (option == nullptr && word.starts_with("--")) FailOption(*app, name);
      help_asked |= IsHelp(name);
      if (option == nullptr || !word.starts_with("--")) {
        read.push_back(word);
      } else {
        read.push_back("--" + option->get_lnames()[0] + (equals == std::string::npos ? "" : word.substr(equals)));
      }
      const bool value_follows = option != nullptr && equals == std::string::npos && TakesValue(*option);
      if (value_follows && i + 1 < words.size()) read.push_back(words[++i]);
      continue;
    }
    if (app->get_require_subcommand_min() == 0) {
      read.push_back(word);
    } else if (app == &root && word == "help" && FindCommand(root, word) != nullptr) {
      help = true;
    } else if (const CLI::App* command = FindCommand(*app, word)) {
      app = command;
      read.push_back(word);
    } else {
      FailCommand(*app, word);
    }
  }
  if (help) read.push_back("--help");
  if (!help && !help_asked && app->get_require_subcommand_min() > 0) {
    Fail(fmt::format("`{}` needs a command: {}", PathOf(*app), fmt::join(NamesOf(CommandsOf(*app)), ", ")),
         CLI::ExitCodes::RequiredError);
  }
  return read;
}

}  // namespace

void Parse(CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> words =
      ReadWords(app, argc > 0 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>());
  // CLI11 takes them from the back.
  std::reverse(words.begin(), words.end());
  app.parse(std::move(words));
}

const CLI::Option* FindOption(const CLI::App& app, const std::string& name) {
  std::string spelled = name;
  if (name.starts_with("--")) std::replace(spelled.begin() + 2, spelled.end(), '-', '_');
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    if (const CLI::Option* option = at->get_option_no_throw(spelled)) return option;
  }
  return nullptr;
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

const CLI::App* FindCommand(const CLI::App& app, std::string_view name) {
  const auto found = app.get_subcommands([&](const CLI::App* command) { return command->get_name() == name; });
  return found.empty() ? nullptr : found[0];
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      if (option->get_group().empty() || option->get_lnames().empty()) continue;
      const std::string name = "--" + option->get_lnames()[0];
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_min() > 0; }

std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates) {
  // A third of the letters may be wrong.
  size_t nearest = std::max<size_t>(1, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const bool is_beginning = word.size() >= 3 && candidate.starts_with(word);
    const size_t distance = is_beginning ? 1 : Distance(word, candidate);
    if (distance >= nearest) continue;
    nearest = distance;
    found = candidate;
  }
  return found;
}

}  // namespace cimd::command_line
