#include "server/gateway/health_endpoints.h"

#include <utility>

#include "absl/time/clock.h"
#include "server/gateway/json/json_response.h"

namespace cimd::gateway {
namespace {

// Shorter than the usual interval of probes, which is a few seconds.
constexpr absl::Duration kTimeout = absl::Seconds(2);

HttpResponse StatusResponse(int status, const char* text) { return JsonResponse(status, {{"status", text}}); }

}  // namespace

std::vector<Route> HealthRoutes(Backend& backend, const std::atomic<bool>& leaving) {
  std::vector<Route> routes;
  routes.push_back({.method = "GET", .path = "/healthz", .handler = [](const HttpRequest&, Respond respond) {
                      std::move(respond)(StatusResponse(200, "ok"));
                    }});
  routes.push_back(
      {.method = "GET",
       .path = "/readyz",
       .handler = [&backend, &leaving](const HttpRequest& request, Respond respond) {
         if (leaving) return std::move(respond)(StatusResponse(503, "this gateway is about to stop"));
         const CallContext context{.deadline = absl::Now() + kTimeout, .cancellation = request.cancellation};
         backend.Call(&Health::Check, {}, context,
                      [respond = std::move(respond)](
                          const absl::StatusOr<grpc::health::v1::HealthCheckResponse>& health) mutable {
                        const bool serving =
                            health.ok() && health->status() == grpc::health::v1::HealthCheckResponse::SERVING;
                        std::move(respond)(serving ? StatusResponse(200, "ready")
                                                   : StatusResponse(503, "the server is not serving"));
                      });
       }});
  return routes;
}

}  // namespace cimd::gateway
