#ifndef CIMD_SERVER_GATEWAY_JSON_LIST_QUERY_H_
#define CIMD_SERVER_GATEWAY_JSON_LIST_QUERY_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/gateway/json/error_body.h"
#include "server/gateway/http/http_message.h"
#include "server/json/strict_json.h"

// The query parameters that the Management API's resources have in common. Pure; values are an attacker's.
namespace cimd::gateway {

// Reads parameters and collects what is wrong with them. The request and the problems outlive it.
class QueryReader {
 public:
  QueryReader(const HttpRequest& request, std::vector<ErrorDetail>& problems)
      : request_(request), problems_(problems) {}

  bool Has(const char* name) const { return request_.QueryValue(name) != nullptr; }
  std::optional<bool> Flag(const char* name);
  int64_t Number(const char* name, int64_t otherwise, int64_t least, int64_t most);
  // Empty when the parameter is absent.
  std::string Text(const char* name);
  // The elements of "a,b,c".
  std::vector<std::string> List(const char* name);
  // The values of a parameter that may be repeated.
  std::vector<std::string> Texts(const char* name) const { return request_.QueryValues(name); }

  void Problem(std::string_view name, std::string_view reason, std::string message);

 private:
  const HttpRequest& request_;
  std::vector<ErrorDetail>& problems_;
};

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

inline constexpr int64_t kDefaultPageSize = 50;
inline constexpr int64_t kMaxPageSize = 100;

// A query for a list in one of the API's three forms, as far as it is the same for all resources.
struct ListQuery {
  // `filters` and those that Read understands.
  static std::vector<std::string_view> Parameters(std::vector<std::string_view> filters = {});

  void Read(const HttpRequest& request, std::vector<ErrorDetail>& problems,
            int64_t default_page_size = kDefaultPageSize);

  // Sets what the request of a List method needs for it. Also for a list that will be empty something is asked for: the
  // caller's right to ask is checked all the same.
  template <typename Request>
  void Page(Request& request) const {
    // How far one can skip is the server's to say.
    request.set_skip(static_cast<int32_t>(std::min<int64_t>(start, std::numeric_limits<int32_t>::max())));
    request.set_page_token(from);
    request.set_include_total_size(form == Form::kTotals);
    // The server takes 0 for its default.
    request.set_page_size(static_cast<int32_t>(std::max<int64_t>(limit, 1)));
  }

  // The answer in the form that was asked for; `elements` is an array, `property` its name where it has one. The
  // projection is applied.
  json::Value Json(std::string_view property, json::Value elements, int64_t total_size,
                   const std::string& next_page_token) const;

  enum class Form {
    kArray,       // page, per_page: an array
    kTotals,      // with include_totals: {start, limit, total, clients}
    kCheckpoint,  // from, take: {next, clients}; wins over the others
  } form = Form::kArray;
  int64_t start = 0;
  int64_t limit = 0;
  std::string from;
  // Asks for what nothing here can be: a first-party client, for example.
  bool matches_none = false;
  Projection projection;
};

// What the API calls a field, that every List request has, in a query of the form that has it; other fields as they
// are.
std::string ListQueryProperty(std::string_view field);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_LIST_QUERY_H_
