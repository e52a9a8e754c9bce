#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_OPTIONS_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_OPTIONS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace cimd::gateway {

// PEM files: the certificate with its intermediates, its key, and the authorities for client certificates. An empty
// client_ca_file: clients need no certificate.
struct HttpTlsOptions {
  std::string certificate_chain_file;
  std::string private_key_file;
  std::string client_ca_file = {};
};

// Limits are per connection. A request that exceeds one gets the status in the comment, and the connection is closed.
struct HttpServerOptions {
  // Numeric address and port, "127.0.0.1:8080" or "[::]:8080"; port 0 lets the system choose.
  std::string listen_address = "127.0.0.1:0";
  // Plain text if not set; else TLS 1.2 or 1.3.
  std::optional<HttpTlsOptions> tls;
  int io_threads = 2;
  // When a limit is reached, the connection that has been idle longest is closed for the new one: of the same address
  // when that address is at its limit, otherwise of all. When none is idle, the new connection gets 503.
  int max_connections = 1024;
  int max_connections_per_address = 0;  // IPv6: per network of 64 bits. 0: a quarter of max_connections
  size_t max_header_bytes = 16 * 1024;  // 431; request line and headers
  size_t max_target_bytes = 8 * 1024;   // 414
  size_t max_body_bytes = 64 * 1024;    // 413
  // From the first byte of a request, or the start of a new connection, to the end of the header. 408.
  absl::Duration header_timeout = absl::Seconds(10);
  absl::Duration body_timeout = absl::Seconds(30);   // From there to the end of the body. 408.
  absl::Duration write_timeout = absl::Seconds(30);  // For the client to receive the answer.
  absl::Duration idle_timeout = absl::Seconds(60);   // Between two requests.
  // Called with the status of each request or connection that is refused before it reaches the handler. On any server
  // thread; must not block. May be null.
  std::function<void(int status)> on_refused;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_OPTIONS_H_
