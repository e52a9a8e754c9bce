#ifndef CIMD_SERVER_GATEWAY_HTTP_SERVER_H_
#define CIMD_SERVER_GATEWAY_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/http_message.h"

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

// An HTTP/1.1 (and 1.0) server for a small API that faces the internet: it reads whole requests within strict limits
// (http_server_parser.h says how strict), hands each to the handler, and writes the answer, which may come later from
// any thread. One request at a time per connection, keep-alive, pipelining, Expect: 100-continue. Answers carry
// Content-Length and neither Date nor Server; those to HEAD, 204 and 304 have no body. A malformed request is answered
// with 400 and the end of the connection, because nobody knows where the next request would begin.
//
// Thread-safe.
class HttpServer {
 public:
  // Listens and serves from now on. INVALID_ARGUMENT: an option, or a file it names, is unusable; UNAVAILABLE: the
  // address cannot be listened on; RESOURCE_EXHAUSTED: no threads or file descriptors are left.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, HttpHandler handler);

  // Shuts down without grace.
  ~HttpServer();

  // The port listened on.
  uint16_t port() const;

  // Reads the TLS files again; connections from now on use them. On an error (INVALID_ARGUMENT; FAILED_PRECONDITION
  // without TLS) the server goes on with what it has.
  absl::Status ReloadCertificates();

  // Stops listening, closes idle connections, lets requests under way finish for at most `grace`, then cancels them and
  // closes everything. No handler runs after the return; answers given later are dropped. Blocks; not to be called
  // from a handler. A second call does nothing.
  void Shutdown(absl::Duration grace);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_SERVER_H_
