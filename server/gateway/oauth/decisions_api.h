#ifndef CIMD_SERVER_GATEWAY_OAUTH_DECISIONS_API_H_
#define CIMD_SERVER_GATEWAY_OAUTH_DECISIONS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// Decisions for authorization servers without gRPC, in the RPCs' own JSON (message_json.h):
//   POST /decisions/authorize                   GrantsService.AuthorizeRequest
//   POST /decisions/token                       GrantsService.AuthorizeTokenRequest
//   POST /decisions/client-assertion            MetadataService.VerifyClientAssertion
// A body may not contain `parent`: the request names the tenant as for every endpoint. A denial is 200 with
// "allowed": false or "valid": false.
std::vector<Endpoint> DecisionEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_OAUTH_DECISIONS_API_H_
