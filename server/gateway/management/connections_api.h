#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CONNECTIONS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CONNECTIONS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// /api/v2/connections of the Management API, on ConnectionsService:
//   GET, POST /connections                 GET filters by strategy (repeatable), name and is_domain_connection
//   GET, PATCH, DELETE /connections/{id}   PATCH replaces options and metadata as a whole
//   GET, PATCH /connections/{id}/clients   {"clients", "next"}; PATCH takes [{"client_id", "status"}]
//   GET /clients/{id}/connections          {"connections", "next"}: those at domain level
// Demoting or deleting the last connection at domain level while there are clients is 409, unless force=true is in the
// query. is_domain_connection and force are additions to the Management API.
std::vector<Endpoint> ConnectionEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CONNECTIONS_API_H_
