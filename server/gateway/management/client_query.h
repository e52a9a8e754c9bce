#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_QUERY_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_QUERY_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cimd/v1/registration_service.pb.h"
#include "server/gateway/json/error_body.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/json/list_query.h"
#include "server/json/strict_json.h"

// The query parameters with which the Management API reads clients. Pure; values are an attacker's.
namespace cimd::gateway {

// A query for clients.
struct ClientQuery : ListQuery {
  static std::vector<std::string_view> Parameters();

  v1::ListClientsRequest request;
};

std::variant<ClientQuery, std::vector<ErrorDetail>> ReadClientQuery(const HttpRequest& request);

// The answer in the form that was asked for.
json::Value ClientListJson(const ClientQuery& query, const v1::ListClientsResponse& response);

// What the API calls a field of ListClientsRequest in a query of the form that it has.
std::string ClientQueryProperty(std::string_view field);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_QUERY_H_
