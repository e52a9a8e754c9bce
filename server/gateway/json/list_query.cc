#include "server/gateway/json/list_query.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

namespace cimd::gateway {

std::optional<bool> QueryReader::Flag(const char* name) {
  const std::string* value = request_.QueryValue(name);
  if (value == nullptr) return std::nullopt;
  if (*value != "true" && *value != "false") {
    Problem(name, "TYPE", "must be true or false");
    return std::nullopt;
  }
  return *value == "true";
}

int64_t QueryReader::Number(const char* name, int64_t otherwise, int64_t least, int64_t most) {
  const std::string* value = request_.QueryValue(name);
  if (value == nullptr) return otherwise;
  int64_t number = 0;
  const bool digits = !value->empty() && value->find_first_not_of("0123456789") == std::string::npos;
  if (!digits) {
    Problem(name, "TYPE", "must be an integer");
  } else if (!absl::SimpleAtoi(*value, &number) || number < least || number > most) {
    Problem(name, "OUT_OF_RANGE", fmt::format("must be from {} to {}", least, most));
  } else {
    return number;
  }
  return otherwise;
}

std::string QueryReader::Text(const char* name) {
  const std::string* value = request_.QueryValue(name);
  if (value == nullptr) return {};
  if (value->empty()) Problem(name, "REQUIRED", "must not be empty");
  return *value;
}

std::vector<std::string> QueryReader::List(const char* name) {
  std::vector<std::string> items;
  for (absl::string_view item : absl::StrSplit(Text(name), ',', absl::SkipEmpty())) items.emplace_back(item);
  return items;
}

void QueryReader::Problem(std::string_view name, std::string_view reason, std::string message) {
  problems_.push_back({std::string(name), std::string(reason), std::move(message)});
}

Projection Projection::Read(const HttpRequest& request, std::vector<ErrorDetail>& problems) {
  QueryReader reader(request, problems);
  Projection projection;
  for (std::string& field : reader.List("fields")) projection.fields_.insert(std::move(field));
  projection.include_ = reader.Flag("include_fields").value_or(true);
  return projection;
}

json::Value Projection::Apply(json::Value object) const {
  if (fields_.empty()) return object;
  json::Value projected = json::Value::object();
  for (auto& [name, value] : object.items()) {
    if (fields_.contains(name) == include_) projected[name] = std::move(value);
  }
  return projected;
}

std::vector<std::string_view> ListQuery::Parameters(std::vector<std::string_view> filters) {
  for (std::string_view name : Projection::Parameters()) filters.push_back(name);
  for (std::string_view name : {"page", "per_page", "include_totals", "from", "take"}) filters.push_back(name);
  return filters;
}

void ListQuery::Read(const HttpRequest& request, std::vector<ErrorDetail>& problems, int64_t default_page_size) {
  projection = Projection::Read(request, problems);
  QueryReader reader(request, problems);
  if (reader.Has("from") || reader.Has("take")) {
    form = Form::kCheckpoint;
    limit = reader.Number("take", kDefaultPageSize, 1, kMaxPageSize);
    from = reader.Text("from");
    return;
  }
  form = reader.Flag("include_totals").value_or(false) ? Form::kTotals : Form::kArray;
  limit = reader.Number("per_page", default_page_size, 0, kMaxPageSize);
  start = limit * reader.Number("page", 0, 0, std::numeric_limits<int32_t>::max());
}

json::Value ListQuery::Json(std::string_view property, json::Value elements, int64_t total_size,
                            const std::string& next_page_token) const {
  json::Value shown = json::Value::array();
  if (!matches_none && limit > 0) {
    for (json::Value& element : elements) shown.push_back(projection.Apply(std::move(element)));
  }
  if (form == Form::kArray) return shown;
  json::Value object;
  if (form == Form::kTotals) {
    object["start"] = start;
    object["limit"] = limit;
    object["total"] = matches_none ? 0 : total_size;
  } else if (!matches_none && !next_page_token.empty()) {
    object["next"] = next_page_token;
  }
  object[std::string(property)] = std::move(shown);
  return object;
}

void ListQuery::CheckWhole(int elements, const std::string& next_page_token, std::vector<ErrorDetail>& problems) const {
  if (form == Form::kCheckpoint || matches_none || next_page_token.empty() || elements >= limit) return;
  problems.push_back(
      {"per_page", "OUT_OF_RANGE",
       fmt::format("the page is too large for one answer, which has room for {} of its elements; ask for "
                   "that many, or page with from and take",
                   elements)});
}

std::string ListQueryProperty(std::string_view field) {
  if (field == "skip") return "page";
  if (field == "page_size") return "per_page";
  return std::string(field);
}

}  // namespace cimd::gateway
