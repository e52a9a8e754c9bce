#ifndef CIMD_CLIENT_CLI_SESSION_COMMAND_H_
#define CIMD_CLIENT_CLI_SESSION_COMMAND_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "client/cli/session/session.h"
#include "client/connection.h"

// What source files in client/cli/commands use to declare commands: their options and the functions that run them.
namespace cimd::cli {

using Run = std::function<Outcome(Session&)>;

// Records which command the command line chose. The stored functions own the values of the command's options.
class Commands {
 public:
  // Sets the function that `command` runs. A remote command gets a connection to the server; its calls take at most
  // `timeout`. A local command gets no connection.
  void Remote(CLI::App* command, Run run, absl::Duration timeout = client::ConnectionOptions().timeout) {
    Choose(command, std::move(run), timeout);
  }
  void Local(CLI::App* command, Run run) { Choose(command, std::move(run), std::nullopt); }

  // The chosen command, once the command line has been parsed.
  const Run& chosen() const { return chosen_; }
  // The timeout of the chosen command's calls; nullopt for a local command.
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

// Adds an option or an argument. The command's Run shares the value.
template <typename T>
std::shared_ptr<T> AddValue(CLI::App* command, const std::string& name, const std::string& description,
                            bool required = false) {
  auto value = std::make_shared<T>();
  command->add_option(name, *value, description)->required(required);
  return value;
}

// Adds an option that may be repeated and takes one value each time. `values` outlives the command.
inline CLI::Option* AddRepeatable(CLI::App* command, const std::string& name, std::vector<std::string>& values,
                                  const std::string& description) {
  return command->add_option(name, values, description)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// Adds the argument of most commands about a client; see Session::ClientName.
inline std::shared_ptr<std::string> AddClientArgument(CLI::App* command) {
  return AddValue<std::string>(command, "client", "The client's URL or its id", true);
}

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SESSION_COMMAND_H_
