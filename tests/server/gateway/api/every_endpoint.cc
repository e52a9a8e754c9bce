#include "tests/server/gateway/api/every_endpoint.h"

#include <atomic>
#include <fstream>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/gateway/backend/access_token.h"
#include "server/gateway/backend/backend.h"
#include "server/gateway/backend/tenant_directory.h"
#include "server/gateway/routes.h"
#include "tests/testing/temp_dir.h"

namespace cimd::testing {

std::vector<EndpointAddress> EveryEndpoint() {
  // The routes are only listed, not called.
  TempDir dir;
  std::ofstream(dir / "token") << "own";
  const auto token = gateway::AccessToken::FromFile(dir / "token");
  gateway::Backend backend(grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()));
  gateway::TenantDirectory tenants(backend, **token, {});
  const std::atomic<bool> leaving = false;
  std::vector<EndpointAddress> endpoints;
  for (const gateway::Route& route : gateway::AllRoutes({backend, tenants, **token}, leaving)) {
    endpoints.push_back({route.method, route.path, route.under_issuer});
  }
  return endpoints;
}

}  // namespace cimd::testing
