#ifndef CIMD_CLIENT_CLI_SESSION_GLOBAL_OPTIONS_H_
#define CIMD_CLIENT_CLI_SESSION_GLOBAL_OPTIONS_H_

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/text/report_text.h"
#include "client/connection.h"

namespace cimd::cli {

// The options of every command.
struct GlobalOptions {
  client::ConnectionOptions connection;
  std::string token_file;
  bool insecure_plaintext = false;
  std::string tenant = "default";
  std::string output = "table";
  std::string color = "auto";
};

// Adds them to the root of the command tree. `options` must outlive it.
void AddGlobalOptions(CLI::App& app, GlobalOptions& options);

// Makes the connection for a remote command. Calls take `timeout` at most. INVALID_ARGUMENT or NOT_FOUND for options
// that contradict each other, a token that is missing or cannot be sent, files that cannot be read, and plain text to
// another machine that --insecure_plaintext does not allow.
absl::StatusOr<std::unique_ptr<client::Connection>> Connect(const GlobalOptions& options, absl::Duration timeout);

// What an error of a call is explained with.
CallContext ContextOf(const GlobalOptions& options);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SESSION_GLOBAL_OPTIONS_H_
