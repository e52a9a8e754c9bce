#include "server/gateway/routes.h"

#include <string>
#include <utility>

#include "server/gateway/health_endpoints.h"
#include "server/gateway/management/client_grants_api.h"
#include "server/gateway/management/clients_api.h"
#include "server/gateway/management/connections_api.h"
#include "server/gateway/management/credentials_api.h"
#include "server/gateway/management/resource_servers_api.h"
#include "server/gateway/management/tenant_settings_api.h"
#include "server/gateway/oauth/decisions_api.h"
#include "server/gateway/oauth/server_metadata_endpoint.h"

namespace cimd::gateway {
namespace {

Route RouteOf(const GatewayParts& parts, Endpoint endpoint) {
  Route route{.method = std::string(endpoint.method), .path = std::string(endpoint.path), .under_issuer = true};
  route.handler = Exchange::Handler(parts, std::move(endpoint));
  return route;
}

}  // namespace

std::vector<Route> AllRoutes(const GatewayParts& parts, const std::atomic<bool>& leaving) {
  std::vector<Route> routes = ServerMetadataRoutes(parts);
  for (Route& route : HealthRoutes(parts.backend, leaving)) routes.push_back(std::move(route));
  for (auto endpoints : {ClientEndpoints, CredentialEndpoints, TenantSettingsEndpoints, ResourceServerEndpoints,
                         ClientGrantEndpoints, ConnectionEndpoints, DecisionEndpoints}) {
    for (Endpoint& endpoint : endpoints()) routes.push_back(RouteOf(parts, std::move(endpoint)));
  }
  routes.push_back(RouteOf(parts, RegistrationEndpoint()));
  return routes;
}

}  // namespace cimd::gateway
