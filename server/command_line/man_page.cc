#include "server/command_line/man_page.h"

#include <cctype>
#include <string_view>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "server/command_line/words.h"

namespace cimd::command_line {
namespace {

// Text as troff prints it: hyphens that can be copied, no backslash sequences.
std::string Escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

// Paragraphs of running text. A line that begins with a full stop or an apostrophe would be a request to troff.
std::string Paragraphs(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string line = Escaped(text.substr(0, end));
    if (!result.empty()) result += ".PP\n";
    result += (line.starts_with('.') || line.starts_with('\'') ? "\\&" : "") + line + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return result;
}

std::string Bold(std::string_view text) { return "\\fB" + Escaped(text) + "\\fR"; }

std::string CommandPath(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : CommandPath(*app.get_parent()) + " " + app.get_name();
}

// "cimdctl clients document [OPTIONS] client version"
std::string Usage(const CLI::App& app) {
  std::string usage = Bold(CommandPath(app));
  if (!CommandsOf(app).empty()) return usage + " COMMAND [OPTIONS]";
  usage += " [OPTIONS]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() || option->get_group().empty()) continue;
    const std::string name = fmt::format("\\fI{}\\fR", Escaped(option->get_single_name()));
    usage += option->get_required() ? " " + name : " [" + name + "]";
    if (option->get_items_expected_max() > 1) usage += "...";
  }
  return usage;
}

std::string OptionText(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back(Bold("-" + name));
  for (const std::string& name : option.get_lnames()) names.push_back(Bold("--" + name));
  if (names.empty()) names.push_back(fmt::format("\\fI{}\\fR", Escaped(option.get_single_name())));
  std::string text = fmt::format(".TP\n{}", fmt::join(names, ", "));
  if (TakesValue(option) && !option.get_positional()) text += " " + Escaped(option.get_type_name());
  text += "\n" + Paragraphs(option.get_description());
  std::vector<std::string> facts;
  if (option.get_required()) facts.emplace_back("required");
  if (!option.get_default_str().empty()) facts.push_back("default: " + option.get_default_str());
  if (!option.get_envname().empty()) facts.push_back("environment: " + option.get_envname());
  if (!facts.empty()) text += Escaped(fmt::format("({})\n", fmt::join(facts, "; ")));
  return text;
}

std::string OptionsText(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    const bool is_help = !option->get_lnames().empty() && option->get_lnames()[0] == "help";
    if (!option->get_group().empty() && !(is_help && app.get_parent() != nullptr)) text += OptionText(*option);
  }
  return text;
}

// A command below the page's: in full, unless it has commands of its own and thus a page of its own.
std::string CommandText(const CLI::App& command) {
  if (!CommandsOf(command).empty()) {
    return fmt::format(".TP\n{}\n{}", Bold(command.get_name()), Paragraphs(command.get_description()));
  }
  return fmt::format(".SS {}\n{}\n.PP\n{}{}", Escaped(command.get_name()), Usage(command),
                     Paragraphs(command.get_description()), OptionsText(command));
}

}  // namespace

std::string ManPage(const CLI::App& app, const ManPageText& text) {
  const std::string name = ManPageName(app);
  std::string title = name;
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string page = fmt::format(".TH {} {} \"\" \"cimd {}\" \"CIMD control plane\"\n", Escaped(title), text.section,
                                 Escaped(text.version));
  page +=
      fmt::format(".SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}\n", Escaped(name), Escaped(app.get_description()), Usage(app));
  const std::vector<const CLI::App*> commands = CommandsOf(app);
  if (!commands.empty()) {
    page += ".SH COMMANDS\n";
    // Those with pages of their own come first: they are one list.
    for (const CLI::App* command : commands) {
      if (!CommandsOf(*command).empty()) page += CommandText(*command);
    }
    for (const CLI::App* command : commands) {
      if (CommandsOf(*command).empty()) page += CommandText(*command);
    }
  }
  if (const std::string options = OptionsText(app); !options.empty()) page += ".SH OPTIONS\n" + options;
  for (const auto& [heading, body] : text.sections) {
    page += fmt::format(".SH \"{}\"\n{}", Escaped(heading), Paragraphs(body));
  }
  if (!text.see_also.empty()) page += Escaped(fmt::format(".SH SEE ALSO\n{}\n", fmt::join(text.see_also, ", ")));
  return page;
}

std::string ManPageName(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : ManPageName(*app.get_parent()) + "-" + app.get_name();
}

void AddManPageFlag(CLI::App& app, ManPageText text) {
  app.add_flag_callback(
         "--man_page", [&app, text = std::move(text)] { throw CLI::CallForVersion(ManPage(app, text), 0); },
         "Print the manual page, for man(1)")
      ->group("");
}

}  // namespace cimd::command_line
