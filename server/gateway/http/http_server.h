#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/http/http_server_options.h"

namespace cimd::gateway {

// An HTTP/1.1 and 1.0 server for a small API on the internet. It reads whole requests within strict limits (see
// http_server_parser.h), passes each to the handler, and writes the answer, which may come later from any thread. It
// handles one request at a time per connection, and supports keep-alive, pipelining and Expect: 100-continue. Answers
// have Date and Content-Length, and no Server header; those to HEAD, 204 and 304 have no body. A malformed request is
// answered with 400, and the connection is closed, because the start of the next request is unknown.
//
// Thread-safe.
class HttpServer {
 public:
  // Starts to listen and serve. INVALID_ARGUMENT: an option, or a file that it names, cannot be used. UNAVAILABLE: the
  // address cannot be listened on. RESOURCE_EXHAUSTED: there are no threads or file descriptors left.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, HttpHandler handler);

  // Shuts down without waiting for requests.
  ~HttpServer();

  // The port listened on.
  uint16_t port() const;

  // Reads the TLS files again; new connections use them. When no file has changed, nothing happens, so that clients can
  // still resume their sessions. On an error (INVALID_ARGUMENT; FAILED_PRECONDITION without TLS) the server keeps the
  // current TLS context.
  absl::Status ReloadCertificates();

  // Stops listening, closes idle connections, waits at most `grace` for running requests, then cancels them and closes
  // all connections. No handler runs afterwards; later answers are dropped. Blocks; must not be called from a handler.
  // Idempotent.
  void Shutdown(absl::Duration grace);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_
