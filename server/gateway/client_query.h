#ifndef CIMD_SERVER_GATEWAY_CLIENT_QUERY_H_
#define CIMD_SERVER_GATEWAY_CLIENT_QUERY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cimd/v1/registration_service.pb.h"
#include "server/gateway/error_body.h"
#include "server/gateway/http_message.h"
#include "server/json/strict_json.h"

// The query parameters with which the Management API reads resources. Pure; values are an attacker's.
namespace cimd::gateway {

// Which members of a resource are wanted: the parameters fields and include_fields.
class Projection {
 public:
  static std::vector<std::string_view> Parameters() { return {"fields", "include_fields"}; }

  // Adds to `problems` what is wrong with the parameters.
  static Projection Read(const HttpRequest& request, std::vector<ErrorDetail>& problems);

  // Names that the resource does not have are of no consequence.
  json::Value Apply(json::Value object) const;

 private:
  // Empty: everything.
  std::vector<std::string> fields_;
  bool include_ = true;
};

// A query for clients in one of the API's three forms.
struct ClientQuery {
  static std::vector<std::string_view> Parameters();

  // Also the first `limit` of it, when there is nothing to find; the caller's right to ask is checked all the same.
  v1::ListClientsRequest request;
  enum class Form {
    kArray,       // page, per_page: an array
    kTotals,      // with include_totals: {start, limit, total, clients}
    kCheckpoint,  // from, take: {next, clients}; wins over the others
  } form = Form::kArray;
  int64_t start = 0;
  int64_t limit = 0;
  // Asks for what no client here can be: a first-party one, for example.
  bool matches_none = false;
  Projection projection;
};

std::variant<ClientQuery, std::vector<ErrorDetail>> ReadClientQuery(const HttpRequest& request);

// The answer in the form that was asked for.
json::Value ClientListJson(const ClientQuery& query, const v1::ListClientsResponse& response);

// What the API calls a field of ListClientsRequest in a query of the form that it has.
std::string ClientQueryProperty(std::string_view field);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_CLIENT_QUERY_H_
