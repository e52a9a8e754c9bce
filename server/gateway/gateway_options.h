#ifndef CIMD_SERVER_GATEWAY_GATEWAY_OPTIONS_H_
#define CIMD_SERVER_GATEWAY_GATEWAY_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace cimd::gateway {

// What an operator decides about a gateway. The fields are named as the options are; --help says what each means.
struct GatewayOptions {
  std::string listen = "127.0.0.1:8471";
  std::string server = "127.0.0.1:8470";
  std::string server_ca_file;
  std::string server_certificate_file;
  std::string server_key_file;
  std::string token_file;
  std::string default_tenant = "default";
  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string tls_client_ca_file;
  bool insecure_plaintext = false;
  std::string metrics_listen;
  int io_threads = 2;
  absl::Duration drain_delay = absl::ZeroDuration();
  absl::Duration drain_timeout = absl::Seconds(10);
  std::string log_severity = "info";
  std::string address_file;
};

// Options from the command line and from the file that --flagfile names (one name = value a line). When there is
// nothing to run (--help, --version, or a mistake), the text for the user has been printed and `exit_code` is set.
struct ParsedGatewayOptions {
  GatewayOptions options;
  bool run = false;
  int exit_code = 0;
};
ParsedGatewayOptions ParseGatewayOptions(int argc, const char* const* argv);

// Whether the options make sense together: INVALID_ARGUMENT that names the option. Access tokens in plain text over a
// network are refused here unless the operator says that nobody can listen in.
absl::Status ValidateGatewayOptions(const GatewayOptions& options);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_GATEWAY_OPTIONS_H_
