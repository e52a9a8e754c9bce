#include "client/cli/command_line.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "client/cli/commands/commands.h"
#include "client/cli/input/local_file.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/report_text.h"
#include "client/cli/commands/session.h"
#include "client/connection.h"

namespace cimd::cli {
namespace {

constexpr char kFooter[] =
    "Environment: CIMD_SERVER, CIMD_TENANT and CIMD_TOKEN_FILE stand in for --server, --tenant and --token_file;\n"
    "CIMD_TOKEN is the access token itself, used when no file is named. NO_COLOR switches colours off.\n"
    "\n"
    "Exit status: 0 done; 1 refused, failed, invalid, or answered with no; 2 the command line makes no sense, or a\n"
    "file that it names cannot be read; 3 what `explain` was asked about is denied.";

struct GlobalOptions {
  client::ConnectionOptions connection;
  std::string token_file;
  std::string tenant = "default";
  std::string output = "table";
  std::string color = "auto";
};

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--server", options.connection.address, "host:port of the cimd-server")
      ->envname("CIMD_SERVER")
      ->capture_default_str();
  app.add_option("--token_file", options.token_file, "File with the access token")->envname("CIMD_TOKEN_FILE");
  app.add_option("--tenant", options.tenant, "Id of the tenant to work in")
      ->envname("CIMD_TENANT")
      ->capture_default_str();
  app.add_option("--ca_file", options.connection.ca_file,
                 "PEM file of the authorities that may vouch for the server; without it, plain text is spoken");
  app.add_option("--certificate_file", options.connection.certificate_file, "PEM file of a client certificate; it stands in for an access token where there is none");
  app.add_option("--key_file", options.connection.key_file, "PEM file of the client certificate's key");
  app.add_option("-o,--output", options.output, "table, or json: protobuf JSON with the field names of the API")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.add_option("--color", options.color, "auto: only on a terminal, and not when NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

// Empty when there is none, if it can be done without.
absl::StatusOr<std::string> ReadAccessToken(const std::string& token_file, bool required) {
  if (!token_file.empty()) {
    absl::StatusOr<std::string> content = ReadLocalFile(token_file);
    if (!content.ok()) return content.status();
    absl::StripAsciiWhitespace(&*content);
    if (content->empty()) return absl::InvalidArgumentError(token_file + " is empty");
    return content;
  }
  const char* token = std::getenv("CIMD_TOKEN");
  if (token == nullptr || *token == '\0') {
    if (!required) return std::string();
    return absl::InvalidArgumentError(
        "there is no access token: name its file with --token_file or CIMD_TOKEN_FILE, or set CIMD_TOKEN");
  }
  return std::string(token);
}

absl::StatusOr<std::unique_ptr<client::Connection>> Connect(GlobalOptions options) {
  absl::StatusOr<std::string> token = ReadAccessToken(options.token_file, options.connection.certificate_file.empty());
  if (!token.ok()) return token.status();
  options.connection.access_token = *std::move(token);
  return client::Connection::Create(std::move(options.connection));
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, const Console& console) {
  GlobalOptions options;
  Commands commands;
  CLI::App app("Administers a CIMD control plane: OAuth clients that identify themselves by the URL of a document.",
               "cimdctl");
  app.set_version_flag("--version", CIMD_VERSION);
  // Global options may stand after the command, too. Inherited by the commands.
  app.fallthrough();
  // Until the commands have inherited it.
  app.footer("Options for every command, and what the exit status means: cimdctl --help");
  app.require_subcommand(1);
  AddGlobalOptions(app, options);
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
  AddAdminCommands(app, commands);
  AddStatusCommand(app, commands);
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, console.out, console.err) == 0 ? kExitOk : kExitUsage;
  }

  const Style error_style = ChooseStyle(options.color, console.err_is_terminal);
  std::unique_ptr<client::Connection> connection;
  if (commands.timeout().has_value()) {
    options.connection.timeout = *commands.timeout();
    absl::StatusOr<std::unique_ptr<client::Connection>> made = Connect(options);
    if (!made.ok()) {
      console.err << error_style.Red("error:") << " " << Printable(std::string(made.status().message())) << "\n";
      return kExitUsage;
    }
    connection = *std::move(made);
  }
  Session session(console, ChooseStyle(options.color, console.out_is_terminal), options.output == "json",
                  options.tenant, std::move(connection));
  Outcome outcome = commands.chosen()(session);
  if (outcome.ok()) return *outcome;
  console.out.flush();
  console.err << ErrorText(outcome.status(), error_style);
  return kExitFailed;
}

}  // namespace cimd::cli
