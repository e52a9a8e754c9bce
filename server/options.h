#ifndef CIMD_SERVER_OPTIONS_H_
#define CIMD_SERVER_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd {

// Options of cimd-server. Fields have the names of the options, which --help explains.
struct ServerOptions {
  std::string data_dir;
  std::string backup_dir;
  // Backups older than this are removed. Zero: never.
  absl::Duration backup_retention = absl::ZeroDuration();
  std::string listen = "127.0.0.1:8470";
  std::string metrics_listen;
  // Address for health probes without TLS. Empty: none.
  std::string health_listen;
  std::string bootstrap_token_file;
  std::vector<std::string> rate_limit;
  std::vector<std::string> trusted_gateway;
  std::vector<std::string> trusted_gateway_certificate;
  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string tls_client_ca_file;
  std::string caller_identities;
  bool insecure_plaintext = false;
  bool development = false;
  int64_t block_cache_mb = 64;
  int max_watch_streams = 10'000;
  int max_watch_streams_per_caller = 1'000;
  int max_watch_streams_per_tenant = 2'000;
  absl::Duration drain_delay = absl::ZeroDuration();
  absl::Duration drain_timeout = absl::Seconds(10);
  // How long audit events are kept. Zero: forever.
  absl::Duration audit_retention = absl::Hours(24) * 400;
  std::vector<std::string> fetch_allow_cidr;
  std::vector<std::string> fetch_deny_cidr;
  std::string fetch_ca_file;
  std::vector<std::string> fetch_resolve;
  std::string fetch_proxy;
  std::string log_severity = "info";
  // File to which the bound address is written, for servers on port 0. Empty: none.
  std::string address_file;
};

// Result of parsing the command line and the file of --flagfile (one name = value a line). For --help, --version and
// mistakes, `run` is false, the text for the user has been printed, and `exit_code` is set.
struct ParsedOptions {
  ServerOptions options;
  bool run = false;
  int exit_code = 0;
};
ParsedOptions ParseServerOptions(int argc, const char* const* argv);

// INVALID_ARGUMENT names an option that conflicts with the others. Options that weaken a production server are errors,
// not warnings.
absl::Status ValidateServerOptions(const ServerOptions& options);

}  // namespace cimd

#endif  // CIMD_SERVER_OPTIONS_H_
