#ifndef CIMD_SERVER_GATEWAY_ROUTES_H_
#define CIMD_SERVER_GATEWAY_ROUTES_H_

#include <atomic>
#include <vector>

#include "server/gateway/backend/exchange.h"
#include "server/gateway/http/router.h"

namespace cimd::gateway {

// All endpoints, for the gateway and for tests that call each of them. `parts` and `leaving` (see HealthRoutes) outlive
// the routes.
std::vector<Route> AllRoutes(const GatewayParts& parts, const std::atomic<bool>& leaving);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_ROUTES_H_
