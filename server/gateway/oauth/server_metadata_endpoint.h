#ifndef CIMD_SERVER_GATEWAY_OAUTH_SERVER_METADATA_ENDPOINT_H_
#define CIMD_SERVER_GATEWAY_OAUTH_SERVER_METADATA_ENDPOINT_H_

#include <vector>

#include "server/gateway/backend/exchange.h"
#include "server/gateway/http/router.h"

namespace cimd::gateway {

// The metadata of a tenant's authorization server, for anybody, at every address where a client may look for it:
//   /.well-known/oauth-authorization-server[/issuer/path]   RFC 8414 section 3.1
//   /.well-known/openid-configuration[/issuer/path]
//   /issuer/path/.well-known/openid-configuration           OpenID Connect Discovery 1.0 section 4, up to four segments
// The tenant is the one of the host and the issuer's path; 404 when there is none, or when its issuer has another path
// (RFC 8414 section 3.3: clients refuse metadata of another issuer). Cacheable, with an ETag; readable by pages of any
// origin. What the server said of a tenant is served for a second before it is asked again. `parts` outlive the routes.
std::vector<Route> ServerMetadataRoutes(const GatewayParts& parts);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_OAUTH_SERVER_METADATA_ENDPOINT_H_
