#include "server/gateway/management/client_query.h"

#include <algorithm>
#include <utility>

#include "server/gateway/management/client_json.h"

namespace cimd::gateway {
namespace {

// Values of app_type that are valid in the Management API but that no CIMD client has.
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

}  // namespace

std::vector<std::string_view> ClientQuery::Parameters() {
  return ListQuery::Parameters({"app_type", "is_global", "is_first_party", "external_client_id"});
}

std::variant<ClientQuery, std::vector<ErrorDetail>> ReadClientQuery(const HttpRequest& request) {
  std::vector<ErrorDetail> problems;
  QueryReader reader(request, problems);
  ClientQuery query;
  query.Read(request, problems);
  ReadAppTypes(reader, query);
  query.request.set_external_client_id(reader.Text("external_client_id"));
  if (reader.Flag("is_first_party").value_or(false)) query.matches_none = true;
  if (reader.Flag("is_global").value_or(false)) query.matches_none = true;
  if (!problems.empty()) return problems;
  query.Page(query.request);
  return query;
}

json::Value ClientListJson(const ClientQuery& query, const v1::ListClientsResponse& response) {
  json::Value clients = json::Value::array();
  for (const v1::Client& client : response.clients()) clients.push_back(ClientJson(client, /*with_external=*/true));
  return query.Json("clients", std::move(clients), response.total_size(), response.next_page_token());
}

std::string ClientQueryProperty(std::string_view field) { return ListQueryProperty(field); }

}  // namespace cimd::gateway
