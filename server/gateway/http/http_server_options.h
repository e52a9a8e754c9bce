#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_OPTIONS_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_OPTIONS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace cimd::gateway {

// PEM files: the certificate with its intermediates, its key, and the authorities of which one has to vouch for every
// client's certificate; empty if clients need none.
struct HttpTlsOptions {
  std::string certificate_chain_file;
  std::string private_key_file;
  std::string client_ca_file = {};
};

// The limits hold per connection; what exceeds one is answered with the status named, and the connection closed.
struct HttpServerOptions {
  // Numeric address and port, "127.0.0.1:8080" or "[::]:8080"; port 0 lets the system choose.
  std::string listen_address = "127.0.0.1:0";
  // Plain text if not set; else TLS 1.2 or 1.3.
  std::optional<HttpTlsOptions> tls;
  int io_threads = 2;
  int max_connections = 1024;           // 503
  size_t max_header_bytes = 16 * 1024;  // 431; request line and headers
  size_t max_target_bytes = 8 * 1024;   // 414
  size_t max_body_bytes = 64 * 1024;    // 413
  // From the first byte of a request (on a new connection: from its start) to the end of its header. 408.
  absl::Duration header_timeout = absl::Seconds(10);
  absl::Duration body_timeout = absl::Seconds(30);   // From there to the end of the body. 408.
  absl::Duration write_timeout = absl::Seconds(30);  // For the client to take an answer.
  absl::Duration idle_timeout = absl::Seconds(60);   // Between two requests.
  // Told the status that something was refused with before it was a request for the handler. From any server thread; must
  // be quick. May be null.
  std::function<void(int status)> on_refused;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_OPTIONS_H_
