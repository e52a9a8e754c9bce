#include "server/gateway/gateway_options.h"

#include <cstdint>
#include <string_view>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "server/command_line/man_page.h"
#include "server/command_line/words.h"

namespace cimd::gateway {
namespace {

// Whether `address` ("host:port" or "unix:path") is reachable from this host only. A host name that only begins with
// "127.", such as 127.example.com, is not loopback.
bool IsLoopback(std::string_view address) {
  if (address.starts_with("unix:")) return true;
  const std::string_view host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

ParsedGatewayOptions ParseGatewayOptions(int argc, const char* const* argv) {
  ParsedGatewayOptions parsed;
  GatewayOptions& options = parsed.options;
  int64_t drain_delay_seconds = 0;
  int64_t drain_seconds = 10;
  CLI::App app("HTTP endpoints for a cimd-server: an Auth0-compatible Management API and OAuth metadata.",
               "cimd-gateway");
  app.set_version_flag("--version", CIMD_VERSION);
  app.set_config("--flagfile", "", "Read options from this file: one `name = value` a line");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--listen", options.listen, "Numeric address and port to serve HTTP on; port 0 picks a free one")
      ->capture_default_str();
  app.add_option("--server", options.server, "host:port of the cimd-server, or unix:/path of its socket")
      ->capture_default_str();
  app.add_option(
      "--server_ca_file", options.server_ca_file,
      "PEM file of the authorities that may vouch for the cimd-server, read again when it changes; empty: plain "
      "text");
  app.add_option("--server_certificate_file", options.server_certificate_file,
                 "PEM file of a client certificate for the cimd-server, where it asks for one; read again when it "
                 "changes");
  app.add_option("--server_key_file", options.server_key_file, "PEM file of its key");
  app.add_option(
         "--token_file", options.token_file,
         "File with the gateway's own access token, bound to no tenant, with the scopes read:tenant_settings and "
         "read:server_metadata; read again on SIGHUP and every minute")
      ->required();
  app.add_option(
      "--default_tenant", options.default_tenant,
      "Id of the tenant whose authorization server metadata are served at hosts that are no tenant's; empty: "
      "none. Calls with a token are never directed by it");
  app.add_option("--tls_certificate_file", options.tls_certificate_file,
                 "PEM file of the certificate to serve HTTPS with, and its intermediates; read again like the token");
  app.add_option("--tls_key_file", options.tls_key_file, "PEM file of its key");
  app.add_option("--tls_client_ca_file", options.tls_client_ca_file,
                 "PEM file of the authorities that may vouch for client certificates; with it every client needs one, "
                 "but for probes at --health_listen; read again like the token");
  app.add_flag("--insecure_plaintext", options.insecure_plaintext,
               "Speak plain text on addresses that are not loopback: whoever can listen in can steal access tokens");
  app.add_option("--metrics_listen", options.metrics_listen,
                 "host:port to serve Prometheus metrics on; empty: nowhere");
  app.add_option("--health_listen", options.health_listen,
                 "Numeric address and port to serve /healthz and /readyz alone on, in plain text, for probes that have "
                 "no client certificate and must not wait behind callers; empty: nowhere");
  app.add_option("--max_connections", options.max_connections,
                 "How many HTTP connections there may be; when there are, the one that has been idle for longest is "
                 "closed for a new one")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--max_connections_per_address", options.max_connections_per_address,
                 "How many of them one address may have, or one IPv6 network of 64 bits; 0: a quarter. Behind a proxy, "
                 "whose address is that of all callers, as many as --max_connections")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--io_threads", options.io_threads, "Threads that serve HTTP")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--drain_delay_seconds", drain_delay_seconds,
                 "How long to go on after SIGTERM while /readyz says 503, so that callers can turn elsewhere")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  app.add_option("--drain_timeout_seconds", drain_seconds,
                 "How long running requests may take once no new ones are let in")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  app.add_option("--log_severity", options.log_severity, "Least severity to log; debug logs every request")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_option("--address_file", options.address_file, "File to write the served host:port to");
  command_line::AddManPageFlag(
      app, {.section = 8,
            .version = CIMD_VERSION,
            .sections = {{"FILES", "Options can also stand in the file of --flagfile, one `name = value` a line."}},
            .see_also = {"cimdctl(1)", "cimd-server(8)"}});
  try {
    command_line::Parse(app, argc, argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error);
    return parsed;
  }
  options.drain_delay = absl::Seconds(drain_delay_seconds);
  options.drain_timeout = absl::Seconds(drain_seconds);
  parsed.run = true;
  return parsed;
}

absl::Status ValidateGatewayOptions(const GatewayOptions& options) {
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return absl::InvalidArgumentError("--tls_certificate_file and --tls_key_file need each other");
  }
  if (options.tls_certificate_file.empty() && !options.tls_client_ca_file.empty()) {
    return absl::InvalidArgumentError("--tls_client_ca_file needs --tls_certificate_file");
  }
  if (options.server_certificate_file.empty() != options.server_key_file.empty()) {
    return absl::InvalidArgumentError("--server_certificate_file and --server_key_file need each other");
  }
  if (!options.server_certificate_file.empty() && options.server_ca_file.empty()) {
    return absl::InvalidArgumentError("--server_certificate_file needs --server_ca_file");
  }
  const auto refused = [](std::string_view option, std::string_view address) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {} is not a loopback address; plain text there needs --insecure_plaintext", option, address));
  };
  if (options.listen.starts_with("unix:")) {
    return absl::InvalidArgumentError("--listen: HTTP is served on a numeric address and port");
  }
  if (options.insecure_plaintext) return absl::OkStatus();
  if (options.tls_certificate_file.empty() && !IsLoopback(options.listen)) return refused("--listen", options.listen);
  if (options.server_ca_file.empty() && !IsLoopback(options.server)) return refused("--server", options.server);
  return absl::OkStatus();
}

}  // namespace cimd::gateway
