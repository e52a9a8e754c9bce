#include "server/options.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "server/command_line/man_page.h"
#include "server/command_line/words.h"

namespace cimd {
namespace {

// Whether `listen` is host:port on a loopback address, or a Unix socket.
bool IsLoopback(std::string_view listen) {
  const std::string_view host = listen.substr(0, listen.rfind(':'));
  return listen.starts_with("unix:") || host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

ParsedOptions ParseServerOptions(int argc, const char* const* argv) {
  ParsedOptions parsed;
  ServerOptions& options = parsed.options;
  std::string mode = "production";
  int64_t drain_delay_seconds = 0;
  int64_t drain_seconds = 10;
  int64_t backup_retention_days = 0;
  int64_t audit_retention_days = 400;
  CLI::App app("The CIMD control plane: a gRPC server for OAuth clients that identify themselves by a URL.",
               "cimd-server");
  app.set_version_flag("--version", CIMD_VERSION);
  app.set_config("--flagfile", "", "Read options from this file: one `name = value` a line");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--data_dir", options.data_dir, "Directory of the database; made if absent")->required();
  app.add_option("--backup_dir", options.backup_dir,
                 "Directory that backups are made in, each a directory of its own; made if absent, this server's "
                 "alone. Empty: no backups");
  app.add_option("--backup_retention_days", backup_retention_days,
                 "How old backups may become: whenever one has been made, older ones are removed; 0: never")
      ->check(CLI::Range(0, 36500))
      ->capture_default_str();
  app.add_option("--listen", options.listen, "host:port to serve gRPC on; port 0 picks a free one")
      ->capture_default_str();
  app.add_option("--metrics_listen", options.metrics_listen,
                 "host:port to serve Prometheus metrics on; empty: nowhere");
  app.add_option("--health_listen", options.health_listen,
                 "host:port to serve grpc.health.v1 alone on, in plain text, for probes without TLS; empty: nowhere");
  app.add_option("--bootstrap_token_file", options.bootstrap_token_file,
                 "File with the first access token of a new database, at least 32 characters that cannot be guessed; "
                 "empty: one is made and written to admin-token in --data_dir");
  app.add_option(
      "--rate_limit", options.rate_limit,
      "caller.CLASS, tenant.CLASS or address.failures=RATE[/BURST], calls a second, 0 for no limit; CLASS is "
      "read, bulk, write, fetch, scan or stream; repeatable");
  app.add_option(
      "--trusted_gateway", options.trusted_gateway,
      "Address block of cimd-gateways: which address a call comes from, for limits, logs and audit events, is "
      "what they say; repeatable. Nobody else may reach the server from there. unix: whoever opens the "
      "server's Unix socket");
  app.add_option(
      "--trusted_gateway_certificate", options.trusted_gateway_certificate,
      "The same for whoever shows a client certificate with this name, wherever it is: uri:NAME or dns:NAME, "
      "as in uri:spiffe://example.org/gateway; repeatable. Needs --tls_client_ca_file");
  app.add_option("--tls_certificate_file", options.tls_certificate_file,
                 "PEM file of the certificate to serve with, and its intermediates; read again when it changes");
  app.add_option("--tls_key_file", options.tls_key_file, "PEM file of its key");
  app.add_option("--tls_client_ca_file", options.tls_client_ca_file,
                 "PEM file of the authorities that may vouch for client certificates; empty: none are asked for");
  app.add_option("--caller_identities", options.caller_identities,
                 "JSON file that says which JWTs and client certificates are callers; read again on SIGHUP and when it "
                 "changes");
  app.add_flag("--insecure_plaintext", options.insecure_plaintext,
               "Serve plain text on an address that is not loopback: whoever can listen in can steal access tokens");
  app.add_option("--mode", mode,
                 "development lets fetches reach loopback addresses, and client identifier URLs name localhost and "
                 "special-use domains")
      ->check(CLI::IsMember({"production", "development"}))
      ->capture_default_str();
  app.add_option("--block_cache_mb", options.block_cache_mb, "Megabytes of database blocks to keep in memory")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--max_watch_streams", options.max_watch_streams, "How many streams of changes may be open")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--max_watch_streams_per_caller", options.max_watch_streams_per_caller,
                 "How many of them one caller may have open")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--max_watch_streams_per_tenant", options.max_watch_streams_per_tenant,
                 "How many of them may be open for one tenant, whoever opens them")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--drain_delay_seconds", drain_delay_seconds,
                 "How long to go on after SIGTERM while health says NOT_SERVING, so that callers can turn elsewhere")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  app.add_option("--drain_timeout_seconds", drain_seconds,
                 "How long running calls may take once no new ones are let in")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  app.add_option("--audit_retention_days", audit_retention_days, "How long audit events are kept; 0: for ever")
      ->check(CLI::Range(0, 36500))
      ->capture_default_str();
  app.add_option("--fetch_allow_cidr", options.fetch_allow_cidr,
                 "Address block that fetches may reach although it is special-use; repeatable");
  app.add_option("--fetch_deny_cidr", options.fetch_deny_cidr, "Address block that fetches may not reach; repeatable");
  app.add_option("--fetch_ca_file", options.fetch_ca_file,
                 "PEM file of certificate authorities to trust for fetches, besides the system's");
  app.add_option("--fetch_resolve", options.fetch_resolve,
                 "host:port:address to use instead of DNS for fetches; repeatable. The address policy still applies");
  app.add_option("--fetch_proxy", options.fetch_proxy,
                 "http://host:port of a proxy for fetches, which then answers for where they go");
  app.add_option("--log_severity", options.log_severity, "Least severity to log")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_option("--address_file", options.address_file, "File to write the served host:port to");
  command_line::AddManPageFlag(
      app, {.section = 8,
            .version = CIMD_VERSION,
            .sections = {{"FILES", "Options can also stand in the file of --flagfile, one `name = value` a line."}},
            .see_also = {"cimdctl(1)", "cimd-gateway(8)"}});
  try {
    command_line::Parse(app, argc, argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error);
    return parsed;
  }
  options.development = mode == "development";
  options.drain_delay = absl::Seconds(drain_delay_seconds);
  options.drain_timeout = absl::Seconds(drain_seconds);
  options.backup_retention = absl::Hours(24) * backup_retention_days;
  options.audit_retention = absl::Hours(24) * audit_retention_days;
  parsed.run = true;
  return parsed;
}

absl::Status ValidateServerOptions(const ServerOptions& options) {
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return absl::InvalidArgumentError("--tls_certificate_file and --tls_key_file need each other");
  }
  const bool tls = !options.tls_certificate_file.empty();
  if (!tls && !options.tls_client_ca_file.empty()) {
    return absl::InvalidArgumentError("--tls_client_ca_file needs --tls_certificate_file");
  }
  if (options.tls_client_ca_file.empty() && !options.trusted_gateway_certificate.empty()) {
    return absl::InvalidArgumentError("--trusted_gateway_certificate needs --tls_client_ca_file");
  }
  if (tls && options.insecure_plaintext) {
    return absl::InvalidArgumentError("--insecure_plaintext and --tls_certificate_file contradict each other");
  }
  if (!tls && !IsLoopback(options.listen) && !options.insecure_plaintext) {
    return absl::InvalidArgumentError("--listen: " + options.listen +
                                      " is not a loopback address; it needs --tls_certificate_file, or "
                                      "--insecure_plaintext for plain text");
  }
  return absl::OkStatus();
}

}  // namespace cimd
