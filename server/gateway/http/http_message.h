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

// HTTP messages as the gateway's routes see them: plain values, no HTTP library.
namespace cimd::gateway {

// Names and values in the order of the message; a name may repeat.
using HttpFields = std::vector<std::pair<std::string, std::string>>;

// Tells a handler that nobody waits for its answer any more, so that the RPC underneath can be cancelled. Thread-safe.
class HttpCancellation {
 public:
  // Sets what to call, once, on a server thread, when the client disconnects or the server gives up waiting; at once on
  // this thread if that has happened already. Never called after the response was taken. The call may overlap with the
  // handler responding from another thread, so `callback` has to own what it touches. Must not block.
  // A later callback replaces an earlier one.
  void OnCancel(absl::AnyInvocable<void()> callback);

  // For the server: the client is gone; the response was taken. The first of the two wins.
  void Cancel();
  void Finish();

 private:
  enum class State { kPending, kCancelled, kFinished };

  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kPending;
  absl::AnyInvocable<void()> callback_ ABSL_GUARDED_BY(mu_);
};

// Every byte of a request is an attacker's. What the server has established: the method is a token; header names are
// tokens and their values free of control characters (bytes above 127 are possible); Authorization, Content-Type, Host
// and the framing headers occur at most once; sizes are within HttpServerOptions.
struct HttpRequest {
  std::string method;
  // As sent: path and query, still percent-encoded.
  std::string target;
  HttpFields headers;
  std::string body;
  // Name or address of the Host header in lower case, without port; empty only for HTTP/1.0 without one.
  std::string host;
  // Numeric address of the other end of the connection (a proxy's, if there is one in front), without port.
  std::string peer_address;

  // W3C trace context for the calls that this request leads to; made by the gateway.
  std::string traceparent = {};

  // Filled in by Router, decoded, valid UTF-8 without control characters.
  HttpFields params;  // by name in the path template
  HttpFields query;

  // Never null in a request that comes from HttpServer.
  std::shared_ptr<HttpCancellation> cancellation;

  // The first value of a header, null if there is none; names compare without regard to case.
  const std::string* Header(absl::string_view name) const;
  // The value that the path template's {name} matched; empty if the template has none.
  const std::string& Param(absl::string_view name) const;
  // The first value, null if there is none, and all values in order, of a query parameter; names are case-sensitive.
  const std::string* QueryValue(absl::string_view name) const;
  std::vector<std::string> QueryValues(absl::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  // Content-Length, Transfer-Encoding and Connection are the server's business: given here they are left out. A name
  // or value that would break the message (line ends, control characters) turns the response into a plain 500.
  HttpFields headers = {};
  std::string body = {};
  // For the log and never sent: id of the tenant that the request was for, and why it was refused.
  std::string tenant = {};
  std::string reason = {};
};

// Takes the answer to one request. May be called from any thread, at any time, also after the server is gone (nothing
// happens then). Called never, that is, destroyed: the answer is 500.
using Respond = absl::AnyInvocable<void(HttpResponse) &&>;

// Handles one request. Called on a server thread, concurrently for different connections: must not block nor throw.
using HttpHandler = absl::AnyInvocable<void(HttpRequest, Respond) const>;

// "Not Found" for 404; "Unknown" for a status that the gateway does not use.
absl::string_view ReasonPhrase(int status);

// An error in the Management API's form: {"statusCode":404,"error":"Not Found","message":"..."}, not to be cached.
HttpResponse ErrorResponse(int status, absl::string_view message);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_
