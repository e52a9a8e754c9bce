#ifndef CIMD_CLIENT_CLI_COMMANDS_COMMANDS_H_
#define CIMD_CLIENT_CLI_COMMANDS_COMMANDS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "client/cli/commands/session.h"
#include "client/connection.h"

// Every command of cimdctl, one source file per noun. A command's options live as long as what runs it.
namespace cimd::cli {

using Run = std::function<Outcome(Session&)>;

// Which command the command line chose.
class Commands {
 public:
  // Says what `command` does, when it needs a connection to the server, whose answers it waits `timeout` for, and when
  // it does not.
  void Remote(CLI::App* command, Run run, absl::Duration timeout = client::ConnectionOptions().timeout) {
    Choose(command, std::move(run), timeout);
  }
  void Local(CLI::App* command, Run run) { Choose(command, std::move(run), std::nullopt); }

  // After parsing.
  const Run& chosen() const { return chosen_; }
  // How long to wait for an answer; nullopt when the command needs no connection.
  std::optional<absl::Duration> timeout() const { return timeout_; }

 private:
  void Choose(CLI::App* command, Run run, std::optional<absl::Duration> timeout) {
    command->callback([this, run = std::move(run), timeout] {
      chosen_ = run;
      timeout_ = timeout;
    });
  }

  Run chosen_;
  std::optional<absl::Duration> timeout_;
};

// Adds an option or argument whose value the command's Run shares.
template <typename T>
std::shared_ptr<T> AddValue(CLI::App* command, const std::string& name, const std::string& description,
                            bool required = false) {
  auto value = std::make_shared<T>();
  command->add_option(name, *value, description)->required(required);
  return value;
}

// The argument that most commands about a client begin with; see Session::ClientName.
inline std::shared_ptr<std::string> AddClientArgument(CLI::App* command) {
  return AddValue<std::string>(command, "client", "The client's URL or its id", true);
}

void AddTenantCommands(CLI::App& root, Commands& commands);
void AddTokenCommands(CLI::App& root, Commands& commands);
void AddMetadataCommands(CLI::App& root, Commands& commands);
void AddApiCommands(CLI::App& root, Commands& commands);
void AddKeyCommands(CLI::App& root, Commands& commands);
void AddGrantCommands(CLI::App& root, Commands& commands);
void AddConnectionCommands(CLI::App& root, Commands& commands);
void AddAuditCommands(CLI::App& root, Commands& commands);
void AddAdminCommands(CLI::App& root, Commands& commands);
void AddExplainCommand(CLI::App& root, Commands& commands);
void AddStatusCommand(CLI::App& root, Commands& commands);
// What stands below `clients`: records and blocks; preview, register, refresh; document versions; import.
void AddClientCommands(CLI::App& clients, Commands& commands);
void AddRegistrationCommands(CLI::App& clients, Commands& commands);
void AddDocumentCommands(CLI::App& clients, Commands& commands);
void AddImportCommand(CLI::App& clients, Commands& commands);
// `watch` below the noun.
void AddClientWatch(CLI::App& clients, Commands& commands);
void AddGrantWatch(CLI::App& grants, Commands& commands);
void AddConnectionWatch(CLI::App& connections, Commands& commands);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_COMMANDS_COMMANDS_H_
