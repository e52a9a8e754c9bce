#ifndef CIMD_TESTS_TESTING_HTTPS_ORIGIN_H_
#define CIMD_TESTS_TESTING_HTTPS_ORIGIN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"

namespace cimd::testing {

// One request as the origin read it.
struct OriginRequest {
  std::string method;
  std::string target;
  // In order, names as sent.
  std::vector<std::pair<std::string, std::string>> headers;

  // The value of the first header of that name in any case; empty when there is none.
  std::string Header(const std::string& name) const;
};

// What the origin answers to one path. The defaults make a proper answer; every other field makes a worse one.
struct Response {
  int status = 200;
  std::string body = "{}";
  // Empty to leave the field out.
  std::string content_type = "application/json";
  // Further header fields, sent as they are.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Sent as ETag; a request whose If-None-Match is the same gets a 304 without a body.
  std::string etag = "";

  // Announced instead of the body's true length.
  std::optional<int64_t> content_length = std::nullopt;
  // Sends the body in chunks of one byte.
  bool chunked = false;
  // Sends one byte of the whole answer, header section included, every few milliseconds.
  bool drip = false;
  // Repeats the body, with no length announced, until the client goes away.
  bool endless = false;
  // Closes the TCP connection after the body without the end of the TLS session.
  bool abrupt = false;
  // Waits for this before the first byte; the request is recorded before.
  std::shared_ptr<absl::Notification> hold = nullptr;
  // Sent instead of everything above, byte for byte; then the connection is closed.
  std::string raw = "";
};

// How the origin proves who it is.
enum class OriginCertificate { kValid, kOtherHost, kExpired, kNotYetValid, kSelfSigned };

struct HttpsOriginOptions {
  std::string host = "client.example.net";
  // Names that the certificate is good for as well.
  std::vector<std::string> other_hosts = {};
  OriginCertificate certificate = OriginCertificate::kValid;
  // Speaks nothing newer than TLS 1.1.
  bool old_tls = false;
  // Refuses clients that do not offer HTTP/2 by ALPN.
  bool http2_only = false;
};

// An HTTPS server on a free port of 127.0.0.1 with a certification authority of its own, that answers what the test
// told it to, and remembers what it was asked. Paths that nobody told it of get a 404. One request per connection; one
// thread per connection. Thread-safe.
//
// A cimd-server can be pointed at it with --mode=development, --fetch_ca_file=ca_file() and
// --fetch_resolve=resolve_entry().
class HttpsOrigin {
 public:
  explicit HttpsOrigin(HttpsOriginOptions options = {});
  // Drops connections that are still open and waits for their threads.
  ~HttpsOrigin();
  HttpsOrigin(const HttpsOrigin&) = delete;
  HttpsOrigin& operator=(const HttpsOrigin&) = delete;

  // From now on; replaces what was served at the path. A path includes its query.
  void Serve(const std::string& path, Response response);

  // "https://host:port/path".
  std::string url(const std::string& path) const;
  // "host:port:127.0.0.1", with `address` in place of the last if given.
  std::string resolve_entry(const std::string& address = "127.0.0.1") const;
  // A PEM file with the authority's certificate, alone in a directory in which OpenSSL finds it by its name; deleted
  // with the origin.
  const std::string& ca_file() const;
  int port() const;

  // All requests so far, and those for one path.
  std::vector<OriginRequest> requests() const;
  std::vector<OriginRequest> requests(const std::string& path) const;
  // TCP connections accepted so far, whatever became of them.
  int connections() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_HTTPS_ORIGIN_H_
