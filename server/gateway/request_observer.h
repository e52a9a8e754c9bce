#ifndef CIMD_SERVER_GATEWAY_REQUEST_OBSERVER_H_
#define CIMD_SERVER_GATEWAY_REQUEST_OBSERVER_H_

#include "absl/container/flat_hash_map.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/http/router.h"
#include "server/telemetry/gateway_metrics.h"

namespace cimd::gateway {

// What is told of every request that had a handler: one line of log with what was asked and what became of it, without
// query, headers and bodies, and its metrics, by the template of its route. Thread-safe.
class RequestObserver {
 public:
  // Both outlive this and every answer.
  RequestObserver(const Router& router, telemetry::GatewayMetrics& metrics);

  // A request has come in; the result has to be used in place of `respond`. `route` is the router's, null when the
  // request has none.
  Respond Observe(const HttpRequest& request, const Route* route, Respond respond) const;

 private:
  absl::flat_hash_map<const Route*, telemetry::GatewayMetrics::RouteRequests*> by_route_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_REQUEST_OBSERVER_H_
