#include "client/cli/command_line.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "client/cli/commands/admin/admin_commands.h"
#include "client/cli/commands/commands.h"
#include "client/cli/session/command.h"
#include "client/cli/session/global_options.h"
#include "client/cli/session/session.h"
#include "client/cli/shell/shell_commands.h"
#include "client/cli/text/report_text.h"
#include "client/connection.h"
#include "fmt/format.h"
#include "server/command_line/words.h"
#include "server/text/utf8.h"

namespace cimd::cli {
namespace {

constexpr char kEnvironment[] =
    "CIMD_SERVER, CIMD_TENANT, CIMD_TOKEN_FILE, CIMD_CA_FILE, CIMD_CERTIFICATE_FILE and CIMD_KEY_FILE stand in for\n"
    "the options of these names. CIMD_TOKEN is the access token itself, used when no file is named. NO_COLOR\n"
    "switches colours off.";
constexpr char kExitStatus[] =
    "0: done.\n"
    "1: refused, failed, invalid, answered with no, or the result could not be written.\n"
    "2: the command line is wrong, or a file that it names cannot be read. No server was called.\n"
    "3: what `explain` was asked about is denied.";

void AddCommands(CLI::App& app, Commands& commands) {
  AddTenantCommands(app, commands);
  AddTokenCommands(app, commands);
  CLI::App* clients = app.add_subcommand("clients", "Clients, their documents and blocks")->require_subcommand(1);
  AddClientCommands(*clients, commands);
  AddRegistrationCommands(*clients, commands);
  AddDocumentCommands(*clients, commands);
  AddImportCommand(*clients, commands);
  AddClientWatch(*clients, commands);
  AddMetadataCommands(app, commands);
  AddApiCommands(app, commands);
  AddKeyCommands(app, commands);
  AddGrantCommands(app, commands);
  AddConnectionCommands(app, commands);
  AddExplainCommand(app, commands);
  AddAuditCommands(app, commands);
  AddStoreCommands(app, commands);
  AddStatusCommand(app, commands);
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

int ParseAndRun(int argc, const char* const* argv, const Console& console) {
  GlobalOptions options;
  Commands commands;
  CLI::App app("Administers a CIMD control plane: OAuth clients that identify themselves by the URL of a document.",
               "cimdctl");
  app.set_version_flag("--version", CIMD_VERSION);
  // Commands inherit both settings: global options are accepted after the command, and its help ends with this footer.
  app.fallthrough();
  app.footer("Options for every command, and what the exit status means: cimdctl --help");
  app.require_subcommand(1);
  AddGlobalOptions(app, options);
  AddCommands(app, commands);
  AddShellCommands(app, commands, {{"ENVIRONMENT", OneLine(kEnvironment)}, {"EXIT STATUS", kExitStatus}});
  app.footer(fmt::format("Environment: {}\n\nExit status:\n{}", kEnvironment, kExitStatus));
  if (argc > 1 && std::string_view(argv[1]) == "complete") {
    PrintCompletions(app, {argv + 2, argv + argc}, console);
    return kExitOk;
  }
  for (int i = 1; i < argc; ++i) {
    if (!text::IsUtf8(argv[i])) {
      console.err << UsageErrorText(fmt::format("argument {} is not UTF-8 text: {}", i, argv[i]), Style(false));
      return kExitUsage;
    }
  }
  try {
    command_line::Parse(app, argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, console.out, console.err) == 0 ? kExitOk : kExitUsage;
  }

  const Style error_style = ChooseStyle(options.color, console.err_is_terminal);
  std::unique_ptr<client::Connection> connection;
  if (commands.timeout().has_value()) {
    absl::StatusOr<std::unique_ptr<client::Connection>> made = Connect(options, *commands.timeout());
    if (!made.ok()) {
      console.err << UsageErrorText(std::string(made.status().message()), error_style);
      return kExitUsage;
    }
    connection = *std::move(made);
  }
  Session session(console, ChooseStyle(options.color, console.out_is_terminal), options.output == "json",
                  options.tenant, std::move(connection));
  Outcome outcome = commands.chosen()(session);
  if (outcome.ok()) return *outcome;
  console.out.flush();
  console.err << ErrorText(outcome.status(), ContextOf(options), error_style);
  return kExitFailed;
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, const Console& console) {
  const int status = ParseAndRun(argc, argv, console);
  if (console.out.flush()) return status;
  console.err << UsageErrorText("the result could not be written to standard output", Style(false));
  return status == kExitOk ? kExitFailed : status;
}

}  // namespace cimd::cli
