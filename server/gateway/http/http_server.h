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

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_
