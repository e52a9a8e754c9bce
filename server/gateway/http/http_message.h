#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

// HTTP messages as handlers see them: plain values without an HTTP library.
namespace cimd::gateway {

// Names and values in the order of the message. Names may repeat.
using HttpFields = std::vector<std::pair<std::string, std::string>>;

// Notifies a handler that the client has disconnected, so that the handler can cancel its RPC. Thread-safe.
class HttpCancellation {
 public:
  // Sets the callback for when the client disconnects or the server gives up waiting. It runs at most once, on a server
  // thread, or on the calling thread if that has already happened. It never runs after the server has accepted the
  // response. It may run while the handler responds on another thread, so `callback` must own what it uses. Must not
  // block. A later callback replaces an earlier one.
  void OnCancel(absl::AnyInvocable<void()> callback);

  // Called by the server: Cancel when the client has disconnected, Finish when the server has accepted the response.
  // Only the first call has an effect.
  void Cancel();
  void Finish();

 private:
  enum class State { kPending, kCancelled, kFinished };

  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kPending;
  absl::AnyInvocable<void()> callback_ ABSL_GUARDED_BY(mu_);
};

// A request. The client controls every byte. The server guarantees: the method is a token; header names are tokens, and
// values have no control characters (bytes above 127 are possible); Authorization, Content-Type, Host and the framing
// headers occur at most once; sizes are within HttpServerOptions.
struct HttpRequest {
  std::string method;
  // Path and query as sent, percent-encoded. For a target in absolute form, without scheme and host.
  std::string target;
  HttpFields headers;
  std::string body;
  // The requested host in lower case, without port and without one final dot: from a target in absolute form, otherwise
  // from the Host header. Empty only for HTTP/1.0 without Host.
  std::string host;
  // Numeric address of the connection's peer, without port. Behind a proxy, it is the proxy's address.
  std::string peer_address;

  // W3C trace context for the RPCs of this request. Set by the gateway.
  std::string traceparent = {};

  // Set by Router: decoded, valid UTF-8, without control characters.
  HttpFields params;  // by name in the path template
  // Set by Router: the issuer's path in front of the template, as sent: "/t/1" for "/t/1/api/v2/clients". Usually
  // empty.
  std::string issuer_path = {};
  HttpFields query;

  // Never null in a request that comes from HttpServer.
  std::shared_ptr<HttpCancellation> cancellation;

  // The first value of a header; null when absent. Names are case-insensitive.
  const std::string* Header(absl::string_view name) const;
  // The number of headers with this name.
  int HeaderCount(absl::string_view name) const;
  // The value of the template's {name}; empty when the template has no such parameter.
  const std::string& Param(absl::string_view name) const;
  // The first value of a query parameter (null when absent), and all its values in order. Names are case-sensitive.
  const std::string* QueryValue(absl::string_view name) const;
  std::vector<std::string> QueryValues(absl::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  // The server writes Date, Content-Length, Transfer-Encoding and Connection itself and ignores them here. A name or
  // value that would break the message (line ends, control characters) makes the server answer 500 instead.
  HttpFields headers = {};
  std::string body = {};
  // For the log only: the tenant's id, and the reason of a refusal.
  std::string tenant = {};
  std::string reason = {};
};

// Receives the answer to one request. May be called from any thread and at any time; a call after the server was
// destroyed has no effect. If it is destroyed without a call, the server answers 500.
using Respond = absl::AnyInvocable<void(HttpResponse) &&>;

// Handles one request. Runs on a server thread, concurrently for different connections. Must not block or throw.
using HttpHandler = absl::AnyInvocable<void(HttpRequest, Respond) const>;

// "Not Found" for 404; "Unknown" for a status that the gateway does not use.
absl::string_view ReasonPhrase(int status);

// An error in the Management API's form, {"statusCode":404,"error":"Not Found","message":"..."}, with no-store.
HttpResponse ErrorResponse(int status, absl::string_view message);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_
