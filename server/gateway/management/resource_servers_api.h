#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_RESOURCE_SERVERS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_RESOURCE_SERVERS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// /api/v2/resource-servers of the Management API, on GrantsService:
//   GET, POST /resource-servers                 GET takes the filter "identifiers", repeated
//   GET, PATCH, DELETE /resource-servers/{id}   {id} is the id or the identifier, encoded as one segment. To find an
//   API
//          by its identifier takes the scope read:resource_servers, whatever is done to it then
// PATCH replaces what it names. DELETE of an API that has grants is 409, unless the query says force=true, which is an
// addition of ours.
std::vector<Endpoint> ResourceServerEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_RESOURCE_SERVERS_API_H_
