#ifndef CIMD_SERVER_GATEWAY_OAUTH_DECISIONS_API_H_
#define CIMD_SERVER_GATEWAY_OAUTH_DECISIONS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// For authorization servers that speak no gRPC, in the JSON of the RPCs (message_json.h):
//   POST /decisions/authorize                   GrantsService.AuthorizeRequest
//   POST /decisions/token                       GrantsService.AuthorizeTokenRequest
//   POST /decisions/client-assertion            MetadataService.VerifyClientAssertion
// The tenant is that of the host: a body may not name one. A denial is 200, with "allowed": false or "valid": false.
std::vector<Endpoint> DecisionEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_OAUTH_DECISIONS_API_H_
