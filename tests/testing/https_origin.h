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

// A request as the origin received it.
struct OriginRequest {
  std::string method;
  std::string target;
  // In the order received, with names as sent.
  std::vector<std::pair<std::string, std::string>> headers;

  // Returns the value of the first header with this name, ignoring case, or "" if there is none.
  std::string Header(const std::string& name) const;
};

// The answer of the origin for one path. The defaults make a correct answer. Each other field introduces a fault or an
// option.
struct Response {
  int status = 200;
  std::string body = "{}";
  // Empty: no Content-Type header.
  std::string content_type = "application/json";
  // Additional header fields, sent unchanged.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Sent as ETag. A request with the same If-None-Match gets a 304 without a body.
  std::string etag = "";

  // Sent as Content-Length instead of the true length.
  std::optional<int64_t> content_length = std::nullopt;
  // Sends the body in chunks of one byte.
  bool chunked = false;
  // Sends the whole answer, including the headers, one byte every few milliseconds.
  bool drip = false;
  // Repeats the body without a Content-Length until the client closes the connection.
  bool endless = false;
  // Closes the TCP connection after the body without close_notify.
  bool abrupt = false;
  // If not null, the origin records the request and waits for this notification before it sends the first byte.
  std::shared_ptr<absl::Notification> hold = nullptr;
  // If not empty, sent byte for byte instead of everything above. The connection is then closed.
  std::string raw = "";
};

// The certificate that the origin presents.
enum class OriginCertificate { kValid, kOtherHost, kExpired, kNotYetValid, kSelfSigned };

struct HttpsOriginOptions {
  std::string host = "client.example.net";
  // Additional DNS names in the certificate.
  std::vector<std::string> other_hosts = {};
  OriginCertificate certificate = OriginCertificate::kValid;
  // Offers TLS 1.1 at most.
  bool old_tls = false;
  // Refuses clients that do not offer HTTP/2 by ALPN.
  bool http2_only = false;
};

// An HTTPS server on a free port of 127.0.0.1, with a certificate from its own certification authority. It returns the
// answers that the test sets and records all requests. Other paths get a 404. Each connection serves one request in its
// own thread. Thread-safe.
//
// To make a cimd-server fetch from the origin, pass --mode=development, --fetch_ca_file=ca_file() and
// --fetch_resolve=resolve_entry().
class HttpsOrigin {
 public:
  explicit HttpsOrigin(HttpsOriginOptions options = {});
  // Closes open connections and joins their threads.
  ~HttpsOrigin();
  HttpsOrigin(const HttpsOrigin&) = delete;
  HttpsOrigin& operator=(const HttpsOrigin&) = delete;

  // Sets the answer for `path`, including its query, and replaces an earlier one.
  void Serve(const std::string& path, Response response);

  // "https://host:port/path".
  std::string url(const std::string& path) const;
  // Returns "host:port:127.0.0.1". `address` replaces 127.0.0.1 if given.
  std::string resolve_entry(const std::string& address = "127.0.0.1") const;
  // Path of a PEM file with the authority's certificate. The file is alone in a directory and its name is the subject
  // hash, so OpenSSL also finds it with the directory as CA path. Deleted with the origin.
  const std::string& ca_file() const;
  int port() const;

  // All requests so far, and those for one path.
  std::vector<OriginRequest> requests() const;
  std::vector<OriginRequest> requests(const std::string& path) const;
  // Number of TCP connections accepted so far.
  int connections() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_HTTPS_ORIGIN_H_
