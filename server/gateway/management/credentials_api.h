#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CREDENTIALS_API_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CREDENTIALS_API_H_

#include <vector>

#include "server/gateway/backend/exchange.h"

namespace cimd::gateway {

// /api/v2/clients/{id}/credentials of the Management API, on MetadataService:
//   GET /clients/{id}/credentials                   the client's keys in force, a bare array
//   GET /clients/{id}/credentials/{credential_id}   one of them
// Keys come from the client's document only: POST, PATCH and DELETE are 400 client_credentials_not_supported.
std::vector<Endpoint> CredentialEndpoints();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CREDENTIALS_API_H_
