#include "server/gateway/client_query.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "server/gateway/client_json.h"

namespace cimd::gateway {
namespace {

constexpr int64_t kDefaultPageSize = 50;
constexpr int64_t kMaxPageSize = 100;

// Types of applications that the API knows and that a CIMD client never has.
constexpr std::string_view kOtherAppTypes[] = {"non_interactive",
                                               "resource_server",
                                               "express_configuration",
                                               "rms",
                                               "box",
                                               "cloudbees",
                                               "concur",
                                               "dropbox",
                                               "mscrm",
                                               "echosign",
                                               "egnyte",
                                               "newrelic",
                                               "office365",
                                               "oag",
                                               "salesforce",
                                               "sentry",
                                               "sharepoint",
                                               "slack",
                                               "springcm",
                                               "sso_integration",
                                               "zendesk",
                                               "zoom"};

// Reads parameters and collects what is wrong with them.
class QueryReader {
 public:
  QueryReader(const HttpRequest& request, std::vector<ErrorDetail>& problems)
      : request_(request), problems_(problems) {}

  std::optional<bool> Flag(const char* name) {
    const std::string* value = request_.QueryValue(name);
    if (value == nullptr) return std::nullopt;
    if (*value != "true" && *value != "false") {
      Problem(name, "TYPE", "must be true or false");
      return std::nullopt;
    }
    return *value == "true";
  }

  int64_t Number(const char* name, int64_t otherwise, int64_t least, int64_t most) {
    const std::string* value = request_.QueryValue(name);
    if (value == nullptr) return otherwise;
    int64_t number = 0;
    const bool digits = !value->empty() && value->find_first_not_of("0123456789") == std::string::npos;
    if (!digits) {
      Problem(name, "TYPE", "must be an integer");
    } else if (!absl::SimpleAtoi(*value, &number) || number < least || number > most) {
      Problem(name, "OUT_OF_RANGE", fmt::format("must be from {} to {}", least, most));
    }
    return number;
  }

  std::string Text(const char* name) {
    const std::string* value = request_.QueryValue(name);
    if (value == nullptr) return {};
    if (value->empty()) Problem(name, "REQUIRED", "must not be empty");
    return *value;
  }

  std::vector<std::string> List(const char* name) {
    std::vector<std::string> items;
    for (absl::string_view item : absl::StrSplit(Text(name), ',', absl::SkipEmpty())) items.emplace_back(item);
    return items;
  }

  bool Has(const char* name) const { return request_.QueryValue(name) != nullptr; }

  void Problem(std::string_view name, std::string_view reason, std::string message) {
    problems_.push_back({std::string(name), std::string(reason), std::move(message)});
  }

 private:
  const HttpRequest& request_;
  std::vector<ErrorDetail>& problems_;
};

void ReadAppTypes(QueryReader& reader, ClientQuery& query) {
  std::vector<std::string> names = reader.List("app_type");
  for (const std::string& name : names) {
    v1::AppType found = v1::APP_TYPE_UNSPECIFIED;
    if (name == "native") found = v1::APP_TYPE_NATIVE;
    if (name == "regular_web") found = v1::APP_TYPE_REGULAR_WEB;
    if (name == "spa") found = v1::APP_TYPE_SPA;
    if (found != v1::APP_TYPE_UNSPECIFIED) {
      query.request.add_app_types(found);
    } else if (std::find(std::begin(kOtherAppTypes), std::end(kOtherAppTypes), name) == std::end(kOtherAppTypes)) {
      return reader.Problem("app_type", "FORMAT", "must be a list of application types, such as native,regular_web");
    }
  }
  if (!names.empty() && query.request.app_types().empty()) query.matches_none = true;
}

void ReadPaging(QueryReader& reader, ClientQuery& query) {
  if (reader.Has("from") || reader.Has("take")) {
    query.form = ClientQuery::Form::kCheckpoint;
    query.limit = reader.Number("take", kDefaultPageSize, 1, kMaxPageSize);
    query.request.set_page_token(reader.Text("from"));
    return;
  }
  query.form = reader.Flag("include_totals").value_or(false) ? ClientQuery::Form::kTotals : ClientQuery::Form::kArray;
  query.limit = reader.Number("per_page", kDefaultPageSize, 0, kMaxPageSize);
  const int64_t page = reader.Number("page", 0, 0, std::numeric_limits<int32_t>::max());
  query.start = page * query.limit;
  // How far one can skip is the server's to say.
  query.request.set_skip(static_cast<int32_t>(std::min<int64_t>(query.start, std::numeric_limits<int32_t>::max())));
  query.request.set_include_total_size(query.form == ClientQuery::Form::kTotals);
}

}  // namespace

Projection Projection::Read(const HttpRequest& request, std::vector<ErrorDetail>& problems) {
  QueryReader reader(request, problems);
  Projection projection;
  projection.fields_ = reader.List("fields");
  projection.include_ = reader.Flag("include_fields").value_or(true);
  return projection;
}

json::Value Projection::Apply(json::Value object) const {
  if (fields_.empty()) return object;
  json::Value projected = json::Value::object();
  for (auto& [name, value] : object.items()) {
    const bool named = std::find(fields_.begin(), fields_.end(), name) != fields_.end();
    if (named == include_) projected[name] = std::move(value);
  }
  return projected;
}

std::vector<std::string_view> ClientQuery::Parameters() {
  return {"fields", "include_fields", "page",      "per_page",       "include_totals",    "from",
          "take",   "app_type",       "is_global", "is_first_party", "external_client_id"};
}

std::variant<ClientQuery, std::vector<ErrorDetail>> ReadClientQuery(const HttpRequest& request) {
  std::vector<ErrorDetail> problems;
  QueryReader reader(request, problems);
  ClientQuery query;
  query.projection = Projection::Read(request, problems);
  ReadPaging(reader, query);
  ReadAppTypes(reader, query);
  query.request.set_external_client_id(reader.Text("external_client_id"));
  if (reader.Flag("is_first_party").value_or(false)) query.matches_none = true;
  if (reader.Flag("is_global").value_or(false)) query.matches_none = true;
  if (!problems.empty()) return problems;
  // The server takes 0 for its default.
  query.request.set_page_size(static_cast<int32_t>(std::max<int64_t>(query.limit, 1)));
  return query;
}

json::Value ClientListJson(const ClientQuery& query, const v1::ListClientsResponse& response) {
  json::Value clients = json::Value::array();
  if (!query.matches_none && query.limit > 0) {
    for (const v1::Client& client : response.clients()) {
      clients.push_back(query.projection.Apply(ClientJson(client, /*with_external=*/true)));
    }
  }
  switch (query.form) {
    case ClientQuery::Form::kArray:
      return clients;
    case ClientQuery::Form::kTotals:
      return {{"start", query.start},
              {"limit", query.limit},
              {"total", query.matches_none ? 0 : response.total_size()},
              {"clients", std::move(clients)}};
    case ClientQuery::Form::kCheckpoint: {
      json::Value object;
      if (!query.matches_none && !response.next_page_token().empty()) object["next"] = response.next_page_token();
      object["clients"] = std::move(clients);
      return object;
    }
  }
  return clients;
}

std::string ClientQueryProperty(std::string_view field) {
  if (field == "skip") return "page";
  if (field == "page_size") return "per_page";
  return std::string(field);
}

}  // namespace cimd::gateway
