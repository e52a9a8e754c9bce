#ifndef CIMD_SERVER_TELEMETRY_GATEWAY_METRICS_H_
#define CIMD_SERVER_TELEMETRY_GATEWAY_METRICS_H_

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/telemetry/sharded.h"

namespace cimd::telemetry {

// cimd-gateway's Prometheus metrics (see metric_names.h). Values of labels come from code, never from requests: the
// label of a route is its template. Thread-safe.
class GatewayMetrics {
 public:
  GatewayMetrics();
  ~GatewayMetrics();

  // Counts the requests of one route.
  class RouteRequests {
   public:
    void Begin() { under_way_.Add(1); }
    // Must be called once for each Begin. `status` is 0 when the client has disconnected.
    void End(int status, absl::Duration duration);

   private:
    friend class GatewayMetrics;
    RouteRequests(GatewayMetrics& metrics, std::string_view method, std::string_view route);

    Counter& under_way_;
    // By class of the status, from 1xx to 5xx.
    std::array<Counter*, 5> by_class_{};
    DurationHistogram& seconds_;
  };
  // The returned reference is valid as long as this object. For requests without a route: method "other", route "none".
  RouteRequests& ForRoute(std::string_view method, std::string_view route);

  void CountRefused(int status);
  // `method` is the full name of a gRPC method, `code` a name such as "NOT_FOUND".
  void CountCall(std::string_view method, std::string_view code);

  // Serves /metrics over HTTP on "host:port" for as long as this lives; port 0 picks a free one. Returns the port.
  absl::StatusOr<int> Serve(const std::string& address);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_GATEWAY_METRICS_H_
