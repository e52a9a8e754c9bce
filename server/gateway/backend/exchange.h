#ifndef CIMD_SERVER_GATEWAY_BACKEND_EXCHANGE_H_
#define CIMD_SERVER_GATEWAY_BACKEND_EXCHANGE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/gateway/backend/access_token.h"
#include "server/gateway/backend/backend.h"
#include "server/gateway/json/error_body.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/backend/tenant_directory.h"
#include "server/json/strict_json.h"

namespace cimd::gateway {

// What endpoints work with; outlives all exchanges.
struct GatewayParts {
  Backend& backend;
  TenantDirectory& tenants;
  const AccessToken& own_token;
};

// For a request with all the calls it leads to.
inline constexpr absl::Duration kRequestTimeout = absl::Seconds(15);

class Exchange;

// An endpoint that calls RPCs as whoever called it.
struct Endpoint {
  std::string_view method;
  std::string_view path;
  // Called with a caller's token, unverified, and the tenant. On a thread of the HTTP server's or of gRPC's.
  void (*handler)(const std::shared_ptr<Exchange>&);
  // The query parameters there are; others are refused by name.
  std::vector<std::string_view> query = {};
  // Those of them that may be given more than once.
  std::vector<std::string_view> repeatable = {};
  InputPart input = InputPart::kBody;
  PropertyNames property_names;
  HttpResponse (*error_response)(const ApiError&) = ManagementErrorResponse;
};

// One HTTP request on its way through RPCs to its answer. Pending calls own it; not thread-safe, but calls follow each
// other. When it is destroyed without an answer, the HTTP server gives one.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  // An HTTP handler for the endpoint. Whoever has no bearer token is turned away without an RPC.
  static HttpHandler Handler(const GatewayParts& parts, Endpoint endpoint);

  const HttpRequest& request() const { return request_; }
  // "tenants/acme".
  const std::string& tenant() const { return tenant_; }
  // "tenants/acme/clients/{id}" with the id that the path names, whatever it is.
  std::string client_name() const { return ChildName("clients"); }
  // The same for "resourceServers" and others.
  std::string ChildName(std::string_view collection) const;

  // The body as a JSON object, or array. nullopt when it is none; the exchange has failed then.
  std::optional<json::Value> ReadBody();
  std::optional<json::Value> ReadArrayBody();

  // A query parameter that is true or false, false when it is absent. nullopt when it is neither; the exchange has
  // failed then.
  std::optional<bool> ReadFlag(const char* name);

  // The end. At most one of these, once. What the server said about the caller's rate limit goes with it.
  void Answer(HttpResponse response);
  void Fail(const ApiError& error) { Fail(error, error.code); }
  void Fail(const absl::Status& status);
  void FailInput(std::vector<ErrorDetail> problems) { Fail(InvalidInput(endpoint_->input, std::move(problems))); }

  // Calls an RPC as the caller. `done` gets the response or the error; Call gets the response, errors end the exchange.
  template <typename Service, typename Request, typename Response>
  void TryCall(UnaryMethod<Service, Request, Response> method, std::type_identity_t<Request> request,
               std::type_identity_t<OnDone<Response>> done) {
    parts_.backend.Call(method, std::move(request), call_, std::move(done));
  }
  template <typename Service, typename Request, typename Response>
  void Call(UnaryMethod<Service, Request, Response> method, std::type_identity_t<Request> request,
            absl::AnyInvocable<void(std::type_identity_t<Response>)> done) {
    TryCall(method, std::move(request),
            [self = shared_from_this(), done = std::move(done)](absl::StatusOr<Response> response) mutable {
              if (!response.ok()) return self->Fail(response.status());
              done(*std::move(response));
            });
  }

 private:
  // `reason` is for the log.
  void Fail(const ApiError& error, std::string reason);

  Exchange(const GatewayParts& parts, std::shared_ptr<const Endpoint> endpoint, HttpRequest request, Respond respond);

  // Runs the handler, once the request has what every request needs.
  void Begin();
  bool CheckQuery();
  std::optional<json::Value> ReadJson();

  const GatewayParts parts_;
  const std::shared_ptr<const Endpoint> endpoint_;
  const HttpRequest request_;
  Respond respond_;
  CallContext call_;
  std::string tenant_;
};

// What of a request goes on to the server with every call: the trace context, x-request-id, the address that it comes
// from, the deadline and the cancellation.
CallContext ContextOf(const HttpRequest& request);

// What the client calls the request, in x-request-id; empty when that is absent or not fit to be sent on.
std::string RequestIdOf(const HttpRequest& request);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_EXCHANGE_H_
