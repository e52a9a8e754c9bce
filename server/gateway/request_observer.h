#ifndef CIMD_SERVER_GATEWAY_REQUEST_OBSERVER_H_
#define CIMD_SERVER_GATEWAY_REQUEST_OBSERVER_H_

#include "absl/container/flat_hash_map.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/http/router.h"
#include "server/telemetry/gateway_metrics.h"

namespace cimd::gateway {

// Logs and counts requests. Each request gets one log line with its method, path and outcome, without query, headers
// and bodies. Metrics are labelled with the template of the route, never with the path. Thread-safe.
class RequestObserver {
 public:
  // `router` and `metrics` outlive this and every answer.
  RequestObserver(const Router& router, telemetry::GatewayMetrics& metrics);

  // Begins to observe a request. The caller uses the returned function instead of `respond`. `route` comes from the
  // router; null when no route matches.
  Respond Observe(const HttpRequest& request, const Route* route, Respond respond) const;

 private:
  absl::flat_hash_map<const Route*, telemetry::GatewayMetrics::RouteRequests*> by_route_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_REQUEST_OBSERVER_H_
