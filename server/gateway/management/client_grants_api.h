#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_GRANTS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_GRANTS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// /api/v2/client-grants of the Management API, on GrantsService:
//   GET, POST /client-grants                 GET filters by audience, client_id, subject_type, default_for, and
//                                            allow_any_organization, which is false for every grant here
//   GET, PATCH, DELETE /client-grants/{id}   PATCH changes scope and allow_all_scopes
std::vector<Endpoint> ClientGrantEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_GRANTS_API_H_
