#include "server/gateway/management/client_grants_api.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "server/gateway/json/json_members.h"
#include "server/gateway/json/json_response.h"
#include "server/gateway/json/list_query.h"

namespace cimd::gateway {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

// The constants are settings of organizations, a feature that does not exist here. Requests may contain them with these
// values only.
constexpr Member kMembers[] = {
    {"client_id", "client"},
    {"audience", "audience"},
    {"scope", "scopes", Form::kTexts},
    {"subject_type", "subject_type", Form::kName},
    {"default_for", "default_for", Form::kName},
    {"allow_all_scopes", "allow_all_scopes", Form::kFlag},
    {"organization_usage", "", Form::kText, "deny"},
    {"allow_any_organization", "", Form::kFlag, false},
};

std::string Property(std::string_view field) { return PropertyOf(field, "client_grant.", kMembers); }

std::string QueryProperty(std::string_view field) { return field == "client" ? "client_id" : ListQueryProperty(field); }

json::Value ClientGrantJson(const v1::ClientGrant& grant) {
  json::Value object;
  object["id"] = LastSegment(grant.name());
  AddFields(grant, kMembers, object);
  if (!grant.client().empty()) object["client_id"] = LastSegment(grant.client());
  if (!grant.allow_all_scopes() && grant.scopes().empty()) object["scope"] = json::Value::array();
  return object;
}

std::string ClientName(const Exchange& exchange, std::string_view client_id) {
  return fmt::format("{}/clients/{}", exchange.tenant(), client_id);
}

// Reads a grant. The Management API names the client by its id; the RPC takes its resource name. nullopt: the exchange
// has failed.
std::optional<ParsedPatch> ReadClientGrant(Exchange& exchange, const json::Value& body, v1::ClientGrant& grant) {
  ParsedPatch patch = ReadPatch(body, kMembers, grant);
  if (!patch.problems.empty()) {
    exchange.FailInput(std::move(patch.problems));
    return std::nullopt;
  }
  if (!grant.client().empty()) grant.set_client(ClientName(exchange, grant.client()));
  return patch;
}

// A query parameter that names an enum value; `unspecified` when it is absent.
template <typename Enum>
Enum ReadName(QueryReader& reader, const char* name, Enum unspecified, std::initializer_list<Enum> values) {
  const std::string text = reader.Text(name);
  if (text.empty()) return unspecified;
  for (Enum value : values) {
    if (absl::AsciiStrToLower(ShortName(value)) == text) return value;
  }
  reader.Problem(name, "FORMAT", "is not a value that it can have here");
  return unspecified;
}

void ListClientGrants(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  QueryReader reader(exchange->request(), problems);
  ListQuery query;
  query.Read(exchange->request(), problems);
  v1::ListClientGrantsRequest request;
  request.set_parent(exchange->tenant());
  request.set_audience(reader.Text("audience"));
  if (const std::string id = reader.Text("client_id"); !id.empty()) request.set_client(ClientName(*exchange, id));
  request.set_subject_type(
      ReadName(reader, "subject_type", v1::SUBJECT_TYPE_UNSPECIFIED, {v1::SUBJECT_TYPE_CLIENT, v1::SUBJECT_TYPE_USER}));
  request.set_default_for(
      ReadName(reader, "default_for", v1::DEFAULT_FOR_UNSPECIFIED, {v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS}));
  query.matches_none = reader.Flag("allow_any_organization").value_or(false);
  if (!problems.empty()) return exchange->FailInput(std::move(problems));
  query.Page(request);
  exchange->Call(&Grants::ListClientGrants, std::move(request),
                 [exchange, query = std::move(query)](const v1::ListClientGrantsResponse& page) {
                   std::vector<ErrorDetail> cut;
                   query.CheckWhole(page.client_grants_size(), page.next_page_token(), cut);
                   if (!cut.empty()) return exchange->FailInput(std::move(cut));
                   json::Value grants = json::Value::array();
                   for (const v1::ClientGrant& grant : page.client_grants()) grants.push_back(ClientGrantJson(grant));
                   exchange->Answer(JsonResponse(
                       200, query.Json("client_grants", std::move(grants), page.total_size(), page.next_page_token())));
                 });
}

void CreateClientGrant(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  v1::CreateClientGrantRequest request;
  request.set_parent(exchange->tenant());
  if (!ReadClientGrant(*exchange, *body, *request.mutable_client_grant()).has_value()) return;
  exchange->Call(&Grants::CreateClientGrant, std::move(request), [exchange](const v1::ClientGrant& grant) {
    exchange->Answer(JsonResponse(201, ClientGrantJson(grant)));
  });
}

void GetClientGrant(const ExchangePtr& exchange) {
  v1::GetClientGrantRequest request;
  request.set_name(exchange->ChildName("clientGrants"));
  exchange->Call(&Grants::GetClientGrant, std::move(request), [exchange](const v1::ClientGrant& grant) {
    exchange->Answer(JsonResponse(200, ClientGrantJson(grant)));
  });
}

void PatchClientGrant(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  if (body->empty()) return exchange->FailInput({{"$", "REQUIRED", "names nothing to change"}});
  v1::UpdateClientGrantRequest request;
  std::optional<ParsedPatch> patch = ReadClientGrant(*exchange, *body, *request.mutable_client_grant());
  if (!patch.has_value()) return;
  if (patch->mask.paths().empty()) return GetClientGrant(exchange);  // contains constants only
  request.mutable_client_grant()->set_name(exchange->ChildName("clientGrants"));
  *request.mutable_update_mask() = std::move(patch->mask);
  exchange->Call(&Grants::UpdateClientGrant, std::move(request), [exchange](const v1::ClientGrant& grant) {
    exchange->Answer(JsonResponse(200, ClientGrantJson(grant)));
  });
}

void DeleteClientGrant(const ExchangePtr& exchange) {
  v1::DeleteClientGrantRequest request;
  request.set_name(exchange->ChildName("clientGrants"));
  exchange->Call(&Grants::DeleteClientGrant, std::move(request),
                 [exchange](const v1::DeleteClientGrantResponse&) { exchange->Answer(NoContentResponse()); });
}

}  // namespace

std::vector<Endpoint> ClientGrantEndpoints() {
  constexpr std::string_view kAll = "/api/v2/client-grants";
  constexpr std::string_view kOne = "/api/v2/client-grants/{id}";
  return {
      {.method = "GET",
       .path = kAll,
       .handler = ListClientGrants,
       .query =
           ListQuery::Parameters({"audience", "client_id", "subject_type", "default_for", "allow_any_organization"}),
       .input = InputPart::kQuery,
       .property_names = QueryProperty},
      {.method = "POST", .path = kAll, .handler = CreateClientGrant, .property_names = Property},
      {.method = "GET", .path = kOne, .handler = GetClientGrant, .property_names = Property},
      {.method = "PATCH", .path = kOne, .handler = PatchClientGrant, .property_names = Property},
      {.method = "DELETE", .path = kOne, .handler = DeleteClientGrant, .property_names = Property},
  };
}

}  // namespace cimd::gateway
