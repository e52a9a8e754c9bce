#ifndef CIMD_SERVER_GATEWAY_OAUTH_SERVER_METADATA_ENDPOINT_H_
#define CIMD_SERVER_GATEWAY_OAUTH_SERVER_METADATA_ENDPOINT_H_

#include <vector>

#include "server/gateway/backend/exchange.h"
#include "server/gateway/http/router.h"

namespace cimd::gateway {

// A tenant's authorization server metadata, without authentication, at each address where clients look for it:
//   /.well-known/oauth-authorization-server[/issuer/path]   RFC 8414 section 3.1
//   /.well-known/openid-configuration[/issuer/path]
//   /issuer/path/.well-known/openid-configuration           OpenID Connect Discovery 1.0 section 4, up to four segments
// The host and the issuer's path, as sent, determine the tenant; if they belong to none, it is the default tenant. 404
// when there is no tenant, or when its issuer has another path (RFC 8414 section 3.3: clients refuse metadata of
// another issuer). Answers are cacheable, have an ETag, and may be read by pages of any origin. The server is asked
// about each tenant at most about once a second. `parts` outlive the routes.
std::vector<Route> ServerMetadataRoutes(const GatewayParts& parts);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_OAUTH_SERVER_METADATA_ENDPOINT_H_
