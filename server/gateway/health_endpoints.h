#ifndef CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_
#define CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_

#include <vector>

#include "server/gateway/backend.h"
#include "server/gateway/router.h"

namespace cimd::gateway {

// For whoever supervises the process, without authentication: GET /healthz is 200 for as long as the process answers at
// all; GET /readyz is 200 when the cimd-server behind it says SERVING (grpc.health.v1), else 503. `backend` outlives
// the routes.
std::vector<Route> HealthRoutes(Backend& backend);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HEALTH_ENDPOINTS_H_
