#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_QUERY_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_QUERY_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cimd/v1/registration_service.pb.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/json/error_body.h"
#include "server/gateway/json/list_query.h"
#include "server/json/strict_json.h"

// The query parameters of GET /api/v2/clients. Pure. All values are chosen by the client.
namespace cimd::gateway {

// A query for clients.
struct ClientQuery : ListQuery {
  static std::vector<std::string_view> Parameters();

  v1::ListClientsRequest request;
};

std::variant<ClientQuery, std::vector<ErrorDetail>> ReadClientQuery(const HttpRequest& request);

// The response body in the requested form.
json::Value ClientListJson(const ClientQuery& query, const v1::ListClientsResponse& response);

// The query parameter for a field of ListClientsRequest.
std::string ClientQueryProperty(std::string_view field);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_QUERY_H_
