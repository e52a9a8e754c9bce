#include "server/gateway/management/resource_servers_api.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/ascii.h"
#include "server/gateway/json/json_members.h"
#include "server/gateway/json/json_response.h"
#include "server/gateway/json/list_query.h"

namespace cimd::gateway {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;
using OnResourceServer = absl::AnyInvocable<void(v1::ResourceServer)>;

// The scopes, an array of objects, go by kScopeMembers. The constants are settings of the reference product for what is
// not done here; they may be named with the value that is true here.
constexpr Member kMembers[] = {
    {"identifier", "identifier"},
    {"name", "display_name"},
    {"subject_type_authorization.user.policy", "subject_type_authorization.user", Form::kName},
    {"subject_type_authorization.client.policy", "subject_type_authorization.client", Form::kName},
    {"allow_offline_access", "allow_offline_access", Form::kFlag},
    {"token_lifetime", "token_lifetime_seconds", Form::kPositiveNumber},
    {"signing_alg", "", Form::kText, "RS256"},
    {"token_dialect", "", Form::kText, "access_token"},
    {"enforce_policies", "", Form::kFlag, false},
    {"skip_consent_for_verifiable_first_party_clients", "", Form::kFlag, false},
};
constexpr Member kScopeMembers[] = {{"value", "value"}, {"description", "description"}};

std::string Property(std::string_view field) { return PropertyOf(field, "resource_server.", kMembers); }

json::Value ResourceServerJson(const v1::ResourceServer& api) {
  json::Value object;
  object["id"] = LastSegment(api.name());
  AddFields(api, kMembers, object);
  object["scopes"] = json::Value::array();
  for (const v1::ResourceServerScope& scope : api.scopes()) {
    AddMembers(scope, kScopeMembers, object["scopes"].emplace_back(json::Value::object()));
  }
  return object;
}

ParsedPatch ReadResourceServer(json::Value body, v1::ResourceServer& api) {
  std::optional<json::Value> scopes = TakeMember(body, "scopes");
  ParsedPatch patch = ReadPatch(body, kMembers, api);
  if (!scopes.has_value()) return patch;
  patch.mask.add_paths("scopes");
  if (!scopes->is_null()) {
    ReadElements(
        *scopes, "scopes", kScopeMembers, [&api]() -> google::protobuf::Message& { return *api.add_scopes(); },
        patch.problems);
  }
  return patch;
}

void Answer(const ExchangePtr& exchange, int status, const v1::ResourceServer& api) {
  exchange->Answer(JsonResponse(status, ResourceServerJson(api)));
}

// Whether the path names an API by the id that it was given here.
bool NamesById(const Exchange& exchange) {
  constexpr size_t kIdLength = 24;
  const std::string& id = exchange.request().Param("id");
  return id.size() == kIdLength && std::all_of(id.begin(), id.end(), absl::ascii_isalnum);
}

void Find(const ExchangePtr& exchange, OnResourceServer done) {
  if (NamesById(*exchange)) {
    v1::GetResourceServerRequest request;
    request.set_name(exchange->ChildName("resourceServers"));
    return exchange->Call(&Grants::GetResourceServer, std::move(request), std::move(done));
  }
  v1::LookupResourceServerRequest request;
  request.set_parent(exchange->tenant());
  request.set_identifier(exchange->request().Param("id"));
  exchange->Call(&Grants::LookupResourceServer, std::move(request), std::move(done));
}

// Finds only the resource name, which an id says without a call.
void FindName(const ExchangePtr& exchange, absl::AnyInvocable<void(std::string)> done) {
  if (NamesById(*exchange)) return done(exchange->ChildName("resourceServers"));
  Find(exchange, [done = std::move(done)](const v1::ResourceServer& api) mutable { done(api.name()); });
}

void ListResourceServers(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  ListQuery query;
  query.Read(exchange->request(), problems);
  if (!problems.empty()) return exchange->FailInput(std::move(problems));
  v1::ListResourceServersRequest request;
  request.set_parent(exchange->tenant());
  for (std::string& identifier : exchange->request().QueryValues("identifiers")) {
    request.add_identifiers(std::move(identifier));
  }
  query.Page(request);
  exchange->Call(&Grants::ListResourceServers, std::move(request),
                 [exchange, query = std::move(query)](const v1::ListResourceServersResponse& page) {
                   json::Value apis = json::Value::array();
                   for (const v1::ResourceServer& api : page.resource_servers()) {
                     apis.push_back(ResourceServerJson(api));
                   }
                   exchange->Answer(JsonResponse(200, query.Json("resource_servers", std::move(apis), page.total_size(),
                                                                 page.next_page_token())));
                 });
}

void CreateResourceServer(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  v1::CreateResourceServerRequest request;
  request.set_parent(exchange->tenant());
  ParsedPatch patch = ReadResourceServer(*std::move(body), *request.mutable_resource_server());
  if (!patch.problems.empty()) return exchange->FailInput(std::move(patch.problems));
  exchange->Call(&Grants::CreateResourceServer, std::move(request),
                 [exchange](const v1::ResourceServer& api) { Answer(exchange, 201, api); });
}

void GetResourceServer(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  Projection projection = Projection::Read(exchange->request(), problems);
  if (!problems.empty()) return exchange->Fail(InvalidInput(InputPart::kQuery, std::move(problems)));
  Find(exchange, [exchange, projection = std::move(projection)](const v1::ResourceServer& api) {
    exchange->Answer(JsonResponse(200, projection.Apply(ResourceServerJson(api))));
  });
}

void PatchResourceServer(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  if (body->empty()) return exchange->FailInput({{"$", "REQUIRED", "names nothing to change"}});
  v1::UpdateResourceServerRequest request;
  ParsedPatch patch = ReadResourceServer(*std::move(body), *request.mutable_resource_server());
  if (!patch.problems.empty()) return exchange->FailInput(std::move(patch.problems));
  if (patch.mask.paths().empty()) {  // names only what is as it always is
    return Find(exchange, [exchange](const v1::ResourceServer& api) { Answer(exchange, 200, api); });
  }
  *request.mutable_update_mask() = std::move(patch.mask);
  FindName(exchange, [exchange, request = std::move(request)](std::string name) mutable {
    request.mutable_resource_server()->set_name(std::move(name));
    exchange->Call(&Grants::UpdateResourceServer, std::move(request),
                   [exchange](const v1::ResourceServer& api) { Answer(exchange, 200, api); });
  });
}

void DeleteResourceServer(const ExchangePtr& exchange) {
  const std::optional<bool> force = exchange->ReadFlag("force");
  if (!force.has_value()) return;
  FindName(exchange, [exchange, force = *force](std::string name) {
    v1::DeleteResourceServerRequest request;
    request.set_name(std::move(name));
    request.set_force(force);
    exchange->Call(&Grants::DeleteResourceServer, std::move(request),
                   [exchange](const v1::DeleteResourceServerResponse&) { exchange->Answer(NoContentResponse()); });
  });
}

}  // namespace

std::vector<Endpoint> ResourceServerEndpoints() {
  constexpr std::string_view kAll = "/api/v2/resource-servers";
  constexpr std::string_view kOne = "/api/v2/resource-servers/{id}";
  return {
      {.method = "GET",
       .path = kAll,
       .handler = ListResourceServers,
       .query = ListQuery::Parameters({"identifiers"}),
       .repeatable = {"identifiers"},
       .input = InputPart::kQuery,
       .property_names = ListQueryProperty},
      {.method = "POST", .path = kAll, .handler = CreateResourceServer, .property_names = Property},
      {.method = "GET",
       .path = kOne,
       .handler = GetResourceServer,
       .query = Projection::Parameters(),
       .property_names = Property},
      {.method = "PATCH", .path = kOne, .handler = PatchResourceServer, .property_names = Property},
      {.method = "DELETE",
       .path = kOne,
       .handler = DeleteResourceServer,
       .query = {"force"},
       .property_names = Property},
  };
}

}  // namespace cimd::gateway
