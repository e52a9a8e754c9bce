#ifndef CIMD_SERVER_GATEWAY_GATEWAY_OPTIONS_H_
#define CIMD_SERVER_GATEWAY_GATEWAY_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace cimd::gateway {

// The options of a gateway. Each field has the name of its option; --help explains them.
struct GatewayOptions {
  std::string listen = "127.0.0.1:8471";
  std::string server = "127.0.0.1:8470";
  std::string server_ca_file;
  std::string server_certificate_file;
  std::string server_key_file;
  std::string token_file;
  std::string default_tenant;
  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string tls_client_ca_file;
  bool insecure_plaintext = false;
  std::string metrics_listen;
  std::string health_listen;
  int max_connections = 1024;
  // 0: a quarter of max_connections.
  int max_connections_per_address = 0;
  int io_threads = 2;
  absl::Duration drain_delay = absl::ZeroDuration();
  absl::Duration drain_timeout = absl::Seconds(10);
  std::string log_severity = "info";
  std::string address_file;
};

// Options from the command line and from the file that --flagfile names (one `name = value` a line). When `run` is
// false (--help, --version, or a mistake), the text for the user has been printed and `exit_code` is set.
struct ParsedGatewayOptions {
  GatewayOptions options;
  bool run = false;
  int exit_code = 0;
};
ParsedGatewayOptions ParseGatewayOptions(int argc, const char* const* argv);

// Checks that the options fit each other; INVALID_ARGUMENT names the option at fault. Plain text outside loopback is
// refused unless the operator sets --insecure_plaintext, because it exposes access tokens.
absl::Status ValidateGatewayOptions(const GatewayOptions& options);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_GATEWAY_OPTIONS_H_
