#include "client/cli/shell/shell_commands.h"

#include <fstream>
#include <memory>

#include "absl/status/status.h"
#include "client/cli/shell/completion.h"
#include "fmt/format.h"
#include "server/command_line/man_page.h"
#include "server/command_line/words.h"

namespace cimd::cli {
namespace {

absl::Status WriteManPage(const CLI::App& app, const command_line::ManPageText& text, const std::string& directory) {
  const std::string path = fmt::format("{}/{}.{}", directory, command_line::ManPageName(app), text.section);
  std::ofstream file(path, std::ios::binary);
  file << command_line::ManPage(app, text);
  file.close();
  return file ? absl::OkStatus() : absl::NotFoundError(fmt::format("cannot write {}", path));
}

// Writes cimdctl.1 and one page for each noun.
absl::Status WriteManPages(const CLI::App& root, command_line::ManPageText text, const std::string& directory) {
  command_line::ManPageText noun_text{.version = text.version, .see_also = {"cimdctl(1)"}};
  for (const CLI::App* noun : command_line::CommandsOf(root)) {
    if (command_line::CommandsOf(*noun).empty()) continue;
    if (absl::Status status = WriteManPage(*noun, noun_text, directory); !status.ok()) return status;
    text.see_also.push_back(command_line::ManPageName(*noun) + "(1)");
  }
  return WriteManPage(root, text, directory);
}

}  // namespace

void AddShellCommands(CLI::App& root, Commands& commands, std::vector<std::pair<std::string, std::string>> sections) {
  // Parse() rewrites "help" to --help. The subcommand exists so that the list of commands shows it.
  root.add_subcommand("help", "Shows what a command does and its options: cimdctl help clients register");

  CLI::App* completion = root.add_subcommand("completion", "Prints the completion script for a shell");
  auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  commands.Local(completion, [shell](Session& session) -> Outcome {
    session.console().out << CompletionScript(*shell);
    return kExitOk;
  });

  CLI::App* man = root.add_subcommand("man", "Writes the manual pages")->group("");
  auto directory = AddValue<std::string>(man, "--output_dir", "Directory to write them to", true);
  commands.Local(man, [&root, directory, sections = std::move(sections)](Session& session) -> Outcome {
    const absl::Status written = WriteManPages(root, {.version = CIMD_VERSION, .sections = sections}, *directory);
    if (!written.ok()) return session.Refuse(written);
    return kExitOk;
  });
}

void PrintCompletions(const CLI::App& root, const std::vector<std::string>& words, const Console& console) {
  for (const Candidate& candidate : Complete(root, words)) {
    console.out << candidate.word << "\t" << candidate.description << "\n";
  }
}

}  // namespace cimd::cli
