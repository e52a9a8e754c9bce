#include "server/gateway/management/connections_api.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "server/gateway/json/json_members.h"
#include "server/gateway/json/json_response.h"
#include "server/gateway/json/list_query.h"
#include "server/gateway/json/message_json.h"

namespace cimd::gateway {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

// The Management API's default page of connections is larger than its default page of clients.
constexpr int64_t kDefaultConnectionsPage = 100;
constexpr int64_t kMaxClientsPage = 1000;

// All properties except options, which is an arbitrary JSON object.
constexpr Member kMembers[] = {
    {"name", "connection_name"},
    {"display_name", "display_name"},
    {"strategy", "strategy"},
    {"is_domain_connection", "is_domain_connection", Form::kFlag},
    {"show_as_button", "show_as_button", Form::kFlag},
    {"realms", "realms", Form::kTexts},
    {"metadata", "metadata", Form::kTextMap},
};
constexpr Member kChangeMembers[] = {{"client_id", "client"}, {"status", "enabled", Form::kFlag}};

std::string Property(std::string_view field) { return PropertyOf(field, "connection.", kMembers); }

std::string ChangeProperty(std::string_view field) {
  constexpr std::string_view kRoot = "changes";
  if (!field.starts_with(kRoot)) return std::string(field);
  const std::string_view path = field.substr(kRoot.size());
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return path.empty() ? "$" : std::string(path);
  const std::string property = PropertyOf(path.substr(dot + 1), "", kChangeMembers);
  return dot == 0 ? property : fmt::format("{}.{}", path.substr(0, dot), property);
}

std::string QueryProperty(std::string_view field) {
  if (field == "strategies") return "strategy";
  if (field == "connection_name") return "name";
  return ListQueryProperty(field);
}

json::Value ConnectionJson(const v1::Connection& connection) {
  json::Value object;
  object["id"] = LastSegment(connection.name());
  AddMembers(connection, kMembers, object);
  if (connection.has_options()) object["options"] = MessageJson(connection.options());
  return object;
}

ParsedPatch ReadConnection(json::Value body, v1::Connection& connection) {
  std::optional<json::Value> options = TakeMember(body, "options");
  ParsedPatch patch = ReadPatch(body, kMembers, connection);
  if (body.contains("metadata") && body["metadata"].is_object()) {
    patch.mask.add_paths("metadata");
    for (const auto& [key, value] : patch.map_changes) {
      if (value.has_value()) (*connection.mutable_metadata())[key] = *value;
    }
  }
  if (!options.has_value()) return patch;
  patch.mask.add_paths("options");
  if (options->is_null()) return patch;
  CheckNumbers(*options, "options", patch.problems);
  if (!options->is_object()) {
    patch.problems.push_back({"options", "TYPE", "must be an object"});
  } else if (absl::Status status = ReadMessage(*options, *connection.mutable_options()); !status.ok()) {
    patch.problems.push_back({"options", "FORMAT", std::string(status.message())});
  }
  return patch;
}

void Answer(const ExchangePtr& exchange, int status, const v1::Connection& connection) {
  exchange->Answer(JsonResponse(status, ConnectionJson(connection)));
}

void ListConnections(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  QueryReader reader(exchange->request(), problems);
  ListQuery query;
  query.Read(exchange->request(), problems, kDefaultConnectionsPage);
  v1::ListConnectionsRequest request;
  request.set_parent(exchange->tenant());
  for (std::string& strategy : reader.Texts("strategy")) request.add_strategies(std::move(strategy));
  request.set_connection_name(reader.Text("name"));
  if (auto domain = reader.Flag("is_domain_connection")) request.set_is_domain_connection(*domain);
  if (!problems.empty()) return exchange->FailInput(std::move(problems));
  query.Page(request);
  exchange->Call(&Connections::ListConnections, std::move(request),
                 [exchange, query = std::move(query)](const v1::ListConnectionsResponse& page) {
                   std::vector<ErrorDetail> cut;
                   query.CheckWhole(page.connections_size(), page.next_page_token(), cut);
                   if (!cut.empty()) return exchange->FailInput(std::move(cut));
                   json::Value connections = json::Value::array();
                   for (const auto& connection : page.connections()) connections.push_back(ConnectionJson(connection));
                   exchange->Answer(JsonResponse(200, query.Json("connections", std::move(connections),
                                                                 page.total_size(), page.next_page_token())));
                 });
}

void CreateConnection(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  v1::CreateConnectionRequest request;
  request.set_parent(exchange->tenant());
  ParsedPatch patch = ReadConnection(*std::move(body), *request.mutable_connection());
  if (!patch.problems.empty()) return exchange->FailInput(std::move(patch.problems));
  exchange->Call(&Connections::CreateConnection, std::move(request),
                 [exchange](const v1::Connection& connection) { Answer(exchange, 201, connection); });
}

void GetConnection(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  Projection projection = Projection::Read(exchange->request(), problems);
  if (!problems.empty()) return exchange->Fail(InvalidInput(InputPart::kQuery, std::move(problems)));
  v1::GetConnectionRequest request;
  request.set_name(exchange->ChildName("connections"));
  exchange->Call(&Connections::GetConnection, std::move(request),
                 [exchange, projection = std::move(projection)](const v1::Connection& connection) {
                   exchange->Answer(JsonResponse(200, projection.Apply(ConnectionJson(connection))));
                 });
}

void PatchConnection(const ExchangePtr& exchange) {
  const std::optional<bool> force = exchange->ReadFlag("force");
  if (!force.has_value()) return;
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  if (body->empty()) return exchange->FailInput({{"$", "REQUIRED", "names nothing to change"}});
  v1::UpdateConnectionRequest request;
  ParsedPatch patch = ReadConnection(*std::move(body), *request.mutable_connection());
  if (!patch.problems.empty()) return exchange->FailInput(std::move(patch.problems));
  request.mutable_connection()->set_name(exchange->ChildName("connections"));
  request.set_force(*force);
  *request.mutable_update_mask() = std::move(patch.mask);
  exchange->Call(&Connections::UpdateConnection, std::move(request),
                 [exchange](const v1::Connection& connection) { Answer(exchange, 200, connection); });
}

void DeleteConnection(const ExchangePtr& exchange) {
  const std::optional<bool> force = exchange->ReadFlag("force");
  if (!force.has_value()) return;
  v1::DeleteConnectionRequest request;
  request.set_name(exchange->ChildName("connections"));
  request.set_force(*force);
  exchange->Call(&Connections::DeleteConnection, std::move(request),
                 [exchange](const v1::DeleteConnectionResponse&) { exchange->Answer(NoContentResponse()); });
}

// {"clients": [...], "next": "..."}; the last page has no "next".
json::Value PageJson(std::string_view property, json::Value elements, const std::string& next_page_token) {
  json::Value object;
  object[std::string(property)] = std::move(elements);
  if (!next_page_token.empty()) object["next"] = next_page_token;
  return object;
}

void ListConnectionClients(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  QueryReader reader(exchange->request(), problems);
  v1::ListConnectionClientsRequest request;
  request.set_parent(exchange->ChildName("connections"));
  request.set_page_size(static_cast<int32_t>(reader.Number("take", kDefaultPageSize, 1, kMaxClientsPage)));
  request.set_page_token(reader.Text("from"));
  if (!problems.empty()) return exchange->FailInput(std::move(problems));
  exchange->Call(&Connections::ListConnectionClients, std::move(request),
                 [exchange](const v1::ListConnectionClientsResponse& page) {
                   json::Value clients = json::Value::array();
                   for (const std::string& name : page.clients()) clients.push_back({{"client_id", LastSegment(name)}});
                   exchange->Answer(JsonResponse(200, PageJson("clients", std::move(clients), page.next_page_token())));
                 });
}

void PatchConnectionClients(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadArrayBody();
  if (!body.has_value()) return;
  v1::UpdateConnectionClientsRequest request;
  request.set_name(exchange->ChildName("connections"));
  std::vector<ErrorDetail> problems;
  ReadElements(
      *body, "", kChangeMembers, [&request]() -> google::protobuf::Message& { return *request.add_changes(); },
      problems);
  for (size_t i = 0; problems.empty() && i < body->size(); ++i) {
    for (const Member& member : kChangeMembers) {
      const std::string property(member.property);
      if (!(*body)[i].contains(property) || (*body)[i][property].is_null()) {
        problems.push_back({fmt::format("[{}].{}", i, property), "REQUIRED", "is required"});
      }
    }
  }
  if (!problems.empty()) return exchange->FailInput(std::move(problems));
  for (auto& change : *request.mutable_changes()) {
    change.set_client(fmt::format("{}/clients/{}", exchange->tenant(), change.client()));
  }
  exchange->Call(&Connections::UpdateConnectionClients, std::move(request),
                 [exchange](const v1::UpdateConnectionClientsResponse&) { exchange->Answer(NoContentResponse()); });
}

void ListClientConnections(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  QueryReader reader(exchange->request(), problems);
  Projection projection = Projection::Read(exchange->request(), problems);
  v1::ListClientConnectionsRequest request;
  request.set_parent(exchange->client_name());
  for (std::string& strategy : reader.Texts("strategy")) request.add_strategies(std::move(strategy));
  request.set_page_size(static_cast<int32_t>(reader.Number("take", kDefaultPageSize, 1, kMaxPageSize)));
  request.set_page_token(reader.Text("from"));
  if (!problems.empty()) return exchange->FailInput(std::move(problems));
  exchange->Call(
      &Connections::ListClientConnections, std::move(request),
      [exchange, projection = std::move(projection)](const v1::ListClientConnectionsResponse& page) {
        json::Value connections = json::Value::array();
        for (const v1::Connection& connection : page.connections()) {
          connections.push_back(projection.Apply(ConnectionJson(connection)));
        }
        exchange->Answer(JsonResponse(200, PageJson("connections", std::move(connections), page.next_page_token())));
      });
}

}  // namespace

std::vector<Endpoint> ConnectionEndpoints() {
  constexpr std::string_view kAll = "/api/v2/connections";
  constexpr std::string_view kOne = "/api/v2/connections/{id}";
  constexpr std::string_view kClients = "/api/v2/connections/{id}/clients";
  return {
      {.method = "GET",
       .path = kAll,
       .handler = ListConnections,
       .query = ListQuery::Parameters({"strategy", "name", "is_domain_connection"}),
       .repeatable = {"strategy"},
       .input = InputPart::kQuery,
       .property_names = QueryProperty},
      {.method = "POST", .path = kAll, .handler = CreateConnection, .property_names = Property},
      {.method = "GET",
       .path = kOne,
       .handler = GetConnection,
       .query = Projection::Parameters(),
       .property_names = Property},
      {.method = "PATCH", .path = kOne, .handler = PatchConnection, .query = {"force"}, .property_names = Property},
      {.method = "DELETE", .path = kOne, .handler = DeleteConnection, .query = {"force"}, .property_names = Property},
      {.method = "GET",
       .path = kClients,
       .handler = ListConnectionClients,
       .query = {"take", "from"},
       .input = InputPart::kQuery,
       .property_names = QueryProperty},
      {.method = "PATCH", .path = kClients, .handler = PatchConnectionClients, .property_names = ChangeProperty},
      {.method = "GET",
       .path = "/api/v2/clients/{id}/connections",
       .handler = ListClientConnections,
       .query = {"strategy", "take", "from", "fields", "include_fields"},
       .repeatable = {"strategy"},
       .input = InputPart::kQuery,
       .property_names = QueryProperty},
  };
}

}  // namespace cimd::gateway
