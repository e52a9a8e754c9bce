#ifndef CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_
#define CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_

#include <atomic>
#include <vector>

#include "server/gateway/backend/backend.h"
#include "server/gateway/http/router.h"

namespace cimd::gateway {

// Probes, without authentication. GET /healthz: 200 while the process answers. GET /readyz: 200 while the cimd-server
// answers SERVING (grpc.health.v1), otherwise 503; also 503 once `leaving` is set, because the process is about to
// stop. `backend` and `leaving` outlive the routes.
std::vector<Route> HealthRoutes(Backend& backend, const std::atomic<bool>& leaving);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_
