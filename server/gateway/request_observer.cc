#include "server/gateway/request_observer.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/gateway/backend/exchange.h"
#include "server/telemetry/json_log.h"
#include "server/telemetry/trace_context.h"

namespace cimd::gateway {
namespace {

using RouteRequests = telemetry::GatewayMetrics::RouteRequests;

// One request in progress. If the object is destroyed without an answer, it records status 500, which the HTTP server
// has sent.
class ObservedRequest {
 public:
  ObservedRequest(const HttpRequest& request, const Route* route, RouteRequests& requests)
      : requests_(requests),
        method_(request.method),
        path_(request.target.substr(0, request.target.find('?'))),
        route_(route == nullptr ? std::string() : route->path),
        host_(request.host),
        peer_(request.peer_address),
        request_id_(RequestIdOf(request)),
        traceparent_(request.traceparent) {
    requests_.Begin();
  }
  ~ObservedRequest() {
    if (!ended_) End({.status = 500});
  }

  ObservedRequest(const ObservedRequest&) = delete;
  ObservedRequest& operator=(const ObservedRequest&) = delete;

  void End(const HttpResponse& response) {
    ended_ = true;
    const absl::Duration duration = absl::Now() - start_;
    requests_.End(response.status, duration);
    const auto severity = response.status >= 500 ? telemetry::Severity::kWarning : telemetry::Severity::kDebug;
    if (!telemetry::IsLogged(severity)) return;
    telemetry::Log(severity, "request",
                   {{"method", method_},
                    {"host", host_},
                    {"path", path_},
                    {"route", route_},
                    {"status", std::to_string(response.status)},
                    {"reason", response.reason},
                    {"tenant", response.tenant},
                    {"peer", peer_},
                    {"request_id", request_id_},
                    {"trace_id", telemetry::TraceIdOf(traceparent_)},
                    {"duration", absl::FormatDuration(duration)}});
  }

 private:
  RouteRequests& requests_;
  const std::string method_;
  const std::string path_;
  const std::string route_;
  const std::string host_;
  const std::string peer_;
  const std::string request_id_;
  const std::string traceparent_;
  const absl::Time start_ = absl::Now();
  bool ended_ = false;
};

}  // namespace

RequestObserver::RequestObserver(const Router& router, telemetry::GatewayMetrics& metrics) {
  for (const Route* route : router.routes()) by_route_[route] = &metrics.ForRoute(route->method, route->path);
  by_route_[nullptr] = &metrics.ForRoute("other", "none");
}

Respond RequestObserver::Observe(const HttpRequest& request, const Route* route, Respond respond) const {
  auto observed = std::make_unique<ObservedRequest>(request, route, *by_route_.at(route));
  return [respond = std::move(respond), observed = std::move(observed)](HttpResponse response) mutable {
    observed->End(response);
    std::move(respond)(std::move(response));
  };
}

}  // namespace cimd::gateway
