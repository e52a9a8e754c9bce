#ifndef CIMD_SERVER_GATEWAY_JSON_LIST_QUERY_H_
#define CIMD_SERVER_GATEWAY_JSON_LIST_QUERY_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/json/error_body.h"
#include "server/json/strict_json.h"

// Query parameters that all lists of the Management API have. Pure. All values are chosen by the client.
namespace cimd::gateway {

// Reads parameters and adds errors in them to `problems`. Both arguments outlive it.
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

// Which properties of a resource to return: the parameters fields and include_fields.
class Projection {
 public:
  static std::vector<std::string_view> Parameters() { return {"fields", "include_fields"}; }

  // Adds a problem for each malformed parameter.
  static Projection Read(const HttpRequest& request, std::vector<ErrorDetail>& problems);

  // Ignores names that the object does not have.
  json::Value Apply(json::Value object) const;

 private:
  // Empty: all.
  absl::flat_hash_set<std::string> fields_;
  bool include_ = true;
};

inline constexpr int64_t kDefaultPageSize = 50;
inline constexpr int64_t kMaxPageSize = 100;

// A query for a list: paging, form and projection, which are the same for all resources.
struct ListQuery {
  // The names of all parameters: `filters` and those that Read reads.
  static std::vector<std::string_view> Parameters(std::vector<std::string_view> filters = {});

  void Read(const HttpRequest& request, std::vector<ErrorDetail>& problems,
            int64_t default_page_size = kDefaultPageSize);

  // Sets the paging fields of a List request. The RPC is made even when `matches_none` or `limit` is 0, because it also
  // checks that the caller may list.
  template <typename Request>
  void Page(Request& request) const {
    // The server limits how many elements can be skipped.
    request.set_skip(static_cast<int32_t>(std::min<int64_t>(start, std::numeric_limits<int32_t>::max())));
    request.set_page_token(from);
    request.set_include_total_size(form == Form::kTotals);
    // 0 would mean the server's default.
    request.set_page_size(static_cast<int32_t>(std::max<int64_t>(limit, 1)));
  }

  // The response body in the requested form, with the projection applied to each of `elements` (an array). `property`
  // is the array's name in forms that are objects.
  json::Value Json(std::string_view property, json::Value elements, int64_t total_size,
                   const std::string& next_page_token) const;

  // Adds a problem if the server ended the page before `limit` elements, because of their size, and the form has no way
  // to ask for the rest.
  void CheckWhole(int elements, const std::string& next_page_token, std::vector<ErrorDetail>& problems) const;

  enum class Form {
    kArray,       // page, per_page: an array
    kTotals,      // with include_totals: {start, limit, total, clients}
    kCheckpoint,  // from, take: {next, clients}; wins over the others
  } form = Form::kArray;
  int64_t start = 0;
  int64_t limit = 0;
  std::string from;
  // A filter cannot match anything in this system, such as is_first_party=true.
  bool matches_none = false;
  Projection projection;
};

// The query parameter for a paging field of a List request; other fields unchanged.
std::string ListQueryProperty(std::string_view field);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_LIST_QUERY_H_
