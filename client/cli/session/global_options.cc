#include "client/cli/session/global_options.h"

#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "client/address.h"
#include "client/cli/input/local_file.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

// The access token in CIMD_TOKEN; empty when it is not set.
std::string TokenOfEnvironment() {
  const char* token = std::getenv("CIMD_TOKEN");
  return token == nullptr ? "" : token;
}

// Reads the token from the file or the environment. Returns an empty token if there is none and none is `required`.
absl::StatusOr<std::string> ReadAccessToken(const std::string& token_file, bool required) {
  if (!token_file.empty()) {
    absl::StatusOr<std::string> content = ReadTextFile(token_file);
    if (!content.ok()) return content.status();
    absl::StripAsciiWhitespace(&*content);
    if (content->empty()) return absl::InvalidArgumentError(token_file + " is empty");
    return content;
  }
  std::string token = TokenOfEnvironment();
  if (token.empty() && required) {
    return absl::InvalidArgumentError(
        "there is no access token: name its file with --token_file or CIMD_TOKEN_FILE, or set CIMD_TOKEN");
  }
  return token;
}

}  // namespace

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--server", options.connection.address, "host:port of the cimd-server, or unix:/path")
      ->envname("CIMD_SERVER")
      ->capture_default_str();
  app.add_option("--token_file", options.token_file, "File with the access token")->envname("CIMD_TOKEN_FILE");
  app.add_option("--tenant", options.tenant, "Id of the tenant to work in")
      ->envname("CIMD_TENANT")
      ->capture_default_str();
  app.add_option("--ca_file", options.connection.ca_file,
                 "PEM file of the authorities that may vouch for the server; without it, the connection is plain text")
      ->envname("CIMD_CA_FILE");
  app.add_option("--certificate_file", options.connection.certificate_file,
                 "PEM file of a client certificate, which can take the place of an access token")
      ->envname("CIMD_CERTIFICATE_FILE");
  app.add_option("--key_file", options.connection.key_file, "PEM file of the client certificate's key")
      ->envname("CIMD_KEY_FILE");
  app.add_flag("--insecure_plaintext", options.insecure_plaintext,
               "Send the access token in plain text to another machine: whoever can listen in can steal it");
  app.add_option("-o,--output", options.output, "table, or json: protobuf JSON with the field names of the API")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.add_option("--color", options.color, "auto: only on a terminal, and not when NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

absl::StatusOr<std::unique_ptr<client::Connection>> Connect(const GlobalOptions& options, absl::Duration timeout) {
  client::ConnectionOptions connection = options.connection;
  connection.timeout = timeout;
  absl::StatusOr<std::string> token = ReadAccessToken(options.token_file, connection.certificate_file.empty());
  if (!token.ok()) return token.status();
  connection.access_token = *std::move(token);
  if (absl::Status status = client::CheckAddress(connection.address); !status.ok()) return status;
  if (connection.ca_file.empty() && !options.insecure_plaintext && !client::IsLoopbackAddress(connection.address)) {
    return absl::InvalidArgumentError(fmt::format(
        "the access token would go to {} in plain text, where others can read it: name the authorities of the server's "
        "certificate with --ca_file or CIMD_CA_FILE, or allow plain text with --insecure_plaintext",
        connection.address));
  }
  return client::Connection::Create(std::move(connection));
}

CallContext ContextOf(const GlobalOptions& options) {
  CallContext context{
      .address = options.connection.address, .tls = !options.connection.ca_file.empty(), .tenant = options.tenant};
  if (!options.token_file.empty()) {
    context.token_source = options.token_file;
  } else if (!TokenOfEnvironment().empty()) {
    context.token_source = "CIMD_TOKEN";
  }
  return context;
}

}  // namespace cimd::cli
