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

// Adds the options to the root of the command tree. `options` must outlive `app`.
void AddGlobalOptions(CLI::App& app, GlobalOptions& options);

// Makes the connection for a remote command. Its calls take at most `timeout`. INVALID_ARGUMENT or NOT_FOUND for
// options that contradict each other, a token that is missing or cannot be sent, files that cannot be read, and plain
// text to another host without --insecure_plaintext.
absl::StatusOr<std::unique_ptr<client::Connection>> Connect(const GlobalOptions& options, absl::Duration timeout);

// The context for ErrorText about a failed call.
CallContext ContextOf(const GlobalOptions& options);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SESSION_GLOBAL_OPTIONS_H_
