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
#include "server/gateway/backend/tenant_directory.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/json/error_body.h"
#include "server/json/strict_json.h"

namespace cimd::gateway {

// The objects that endpoints use. All outlive every exchange.
struct GatewayParts {
  Backend& backend;
  TenantDirectory& tenants;
  const AccessToken& own_token;
  // Id of the tenant whose public metadata is served at addresses that belong to no tenant; empty: none.
  std::string default_tenant = {};
};

// Time limit for one HTTP request with all the RPCs that it causes.
inline constexpr absl::Duration kRequestTimeout = absl::Seconds(15);

class Exchange;

// An endpoint that calls RPCs with the token of its caller.
struct Endpoint {
  std::string_view method;
  std::string_view path;
  // Runs once the request has a bearer token (not verified yet) and a tenant. On a thread of the HTTP server or of
  // gRPC; must not block.
  void (*handler)(const std::shared_ptr<Exchange>&);
  // The known query parameters. Other parameters are refused; the error names them.
  std::vector<std::string_view> query = {};
  // Those of `query` that may be repeated.
  std::vector<std::string_view> repeatable = {};
  InputPart input = InputPart::kBody;
  PropertyNames property_names;
  HttpResponse (*error_response)(const ApiError&) = ManagementErrorResponse;
};

// One HTTP request, from its arrival through RPCs to its answer. Pending calls own it. Not thread-safe: its calls run
// one after another. When it is destroyed without an answer, the HTTP server answers 500.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  // An HTTP handler for the endpoint. A request without a bearer token gets 401 without an RPC.
  static HttpHandler Handler(const GatewayParts& parts, Endpoint endpoint);

  const HttpRequest& request() const { return request_; }
  // "tenants/acme"; "tenants/-" when the server has to find out which tenant the caller is bound to.
  const std::string& tenant() const { return tenant_; }
  // "tenants/acme/clients/{id}" with the id of the path, which is not checked here.
  std::string client_name() const { return ChildName("clients"); }
  // The same for "resourceServers" and others.
  std::string ChildName(std::string_view collection) const;

  // The body as a JSON object or array. nullopt: it is not, and the exchange has failed.
  std::optional<json::Value> ReadBody();
  std::optional<json::Value> ReadArrayBody();

  // A query parameter with the value true or false; false when absent. nullopt: it has another value, and the exchange
  // has failed.
  std::optional<bool> ReadFlag(const char* name);

  // Ends the exchange; exactly one of these is called, once. The answer carries the rate limit headers of the last
  // call.
  void Answer(HttpResponse response);
  void Fail(const ApiError& error) { Fail(error, error.code); }
  void Fail(const absl::Status& status);
  void FailInput(std::vector<ErrorDetail> problems) { Fail(InvalidInput(endpoint_->input, std::move(problems))); }

  // Calls an RPC with the caller's token. TryCall passes the response or the error to `done`. Call passes the response
  // to `done`; an error fails the exchange.
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

  // Checks what every endpoint needs (token, query), then calls ChooseTenant.
  void Begin();
  // Finds out which tenant the request is for, then calls Run. The header x-cimd-tenant names it, otherwise the host
  // and path of an issuer. A request that names none is sent with "tenants/-", which the server replaces by the tenant
  // of the token and refuses for tokens without one. The server also refuses a name that is not the token's tenant.
  void ChooseTenant();
  void Run(std::string tenant);
  bool CheckQuery();
  std::optional<json::Value> ReadJson();

  const GatewayParts parts_;
  const std::shared_ptr<const Endpoint> endpoint_;
  const HttpRequest request_;
  Respond respond_;
  CallContext call_;
  std::string tenant_;
};

// What every call for a request sends to the server: trace context, x-request-id, the client's address, a deadline, and
// the cancellation.
CallContext ContextOf(const HttpRequest& request);

// The request's x-request-id; empty when it is absent, too long, or not printable.
std::string RequestIdOf(const HttpRequest& request);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_EXCHANGE_H_
