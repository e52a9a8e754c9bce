#ifndef CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_
#define CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_

#include <atomic>
#include <vector>

#include "server/gateway/backend/backend.h"
#include "server/gateway/http/router.h"

namespace cimd::gateway {

// For whoever supervises the process, without authentication: GET /healthz is 200 for as long as the process answers at
// all; GET /readyz is 200 when the cimd-server behind it says SERVING (grpc.health.v1), else 503; 503, too, once
// `leaving` is set, because this process is about to go. Both outlive the routes.
std::vector<Route> HealthRoutes(Backend& backend, const std::atomic<bool>& leaving);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_
