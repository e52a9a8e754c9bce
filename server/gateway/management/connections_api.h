#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CONNECTIONS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CONNECTIONS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// /api/v2/connections of the Management API, on ConnectionsService:
//   GET, POST /connections                      GET takes the filters strategy (repeated), name and, an addition of
//          ours, is_domain_connection
//   GET, PATCH, DELETE /connections/{id}        PATCH replaces what it names, options and metadata as a whole
//   GET, PATCH /connections/{id}/clients        {"clients", "next"}; PATCH takes [{"client_id", "status"}]
//   GET /clients/{id}/connections               {"connections", "next"}: those at domain level
// To demote or delete the last connection at domain level while there are clients is 409, unless the query says
// force=true, which is an addition of ours.
std::vector<Endpoint> ConnectionEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CONNECTIONS_API_H_
