#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_RESOURCE_SERVERS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_RESOURCE_SERVERS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// /api/v2/resource-servers of the Management API, on GrantsService:
//   GET, POST /resource-servers                 GET filters by identifiers (repeatable)
//   GET, PATCH, DELETE /resource-servers/{id}   {id} is the id, or the identifier encoded as one segment. What has the
//                                               form of an id is tried as an id first. Finding an API by its identifier
//                                               needs the scope read:resource_servers
// DELETE of an API with grants is 409, unless force=true is in the query, an addition to the Management API.
std::vector<Endpoint> ResourceServerEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_RESOURCE_SERVERS_API_H_
