#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENTS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENTS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// /api/v2/clients of the Management API, on RegistrationService:
//   POST /clients/cimd/preview, /clients/cimd/register
//                                      {"external_client_id"}. Additions to the Management API: "document" (the text of
//                                      a copy to use instead of a fetch) and, for register, "expected_document_sha256"
//   GET /clients                       see client_query.h
//   GET, PATCH, DELETE /clients/{id}   PATCH is a merge patch. DELETE also deletes the client's grants, and is 204 when
//                                      there is no such client
std::vector<Endpoint> ClientEndpoints();

// POST /register: registers like /clients/cimd/register and answers as RFC 7591 section 3.2 says. Unknown members are
// ignored (RFC 7591 section 2).
Endpoint RegistrationEndpoint();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENTS_API_H_
