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

// All properties except scopes, an array of objects (see kScopeMembers). The constants are settings of features that do
// not exist here. Requests may contain them with these values only.
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

using OnFound = OnDone<v1::ResourceServer>;

// Whether the path has the form of an API's id. An identifier can have the same form.
bool MayBeId(const Exchange& exchange) {
  constexpr size_t kIdLength = 24;
  const std::string& id = exchange.request().Param("id");
  return id.size() == kIdLength && std::all_of(id.begin(), id.end(), absl::ascii_isalnum);
}

void LookUp(const ExchangePtr& exchange, OnFound done) {
  v1::LookupResourceServerRequest request;
  request.set_parent(exchange->tenant());
  request.set_identifier(exchange->request().Param("id"));
  exchange->TryCall(&Grants::LookupResourceServer, std::move(request), std::move(done));
}

// Chooses the error for a path that matches no API. `as_id` and `as_identifier` are the errors of the two look-ups.
// Returns `as_id` unless the look-up by identifier failed for a reason other than NOT_FOUND or PERMISSION_DENIED (the
// caller lacks read:resource_servers).
absl::Status NotFoundEitherWay(absl::Status as_id, absl::Status as_identifier) {
  const bool says_nothing = absl::IsNotFound(as_identifier) || absl::IsPermissionDenied(as_identifier);
  return says_nothing ? std::move(as_id) : std::move(as_identifier);
}

// Calls `method` for the API that the path names. `set_name` sets its resource name in the request. The path is tried
// as an id first, without a look-up, and as an identifier when there is no such id.
template <typename Response, typename Service, typename Request>
void CallByPath(const ExchangePtr& exchange, UnaryMethod<Service, Request, Response> method,
                std::type_identity_t<Request> request, void (*set_name)(std::type_identity_t<Request>&, std::string),
                absl::AnyInvocable<void(Response)> done) {
  auto by_identifier = [exchange, method, request, set_name](absl::Status as_id,
                                                             absl::AnyInvocable<void(Response)> done) {
    LookUp(exchange, [exchange, method, request, set_name, as_id = std::move(as_id),
                      done = std::move(done)](absl::StatusOr<v1::ResourceServer> api) mutable {
      if (!api.ok()) return exchange->Fail(as_id.ok() ? api.status() : NotFoundEitherWay(as_id, api.status()));
      set_name(request, api->name());
      exchange->Call(method, std::move(request), std::move(done));
    });
  };
  if (!MayBeId(*exchange)) return by_identifier(absl::OkStatus(), std::move(done));
  set_name(request, exchange->ChildName("resourceServers"));
  exchange->TryCall(method, std::move(request),
                    [exchange, by_identifier = std::move(by_identifier),
                     done = std::move(done)](absl::StatusOr<Response> result) mutable {
                      if (result.ok()) return done(*std::move(result));
                      if (!absl::IsNotFound(result.status())) return exchange->Fail(result.status());
                      by_identifier(result.status(), std::move(done));
                    });
}

void Find(const ExchangePtr& exchange, OnResourceServer done) {
  auto found = [exchange, done = std::move(done)](const absl::Status& as_id,
                                                  absl::StatusOr<v1::ResourceServer> api) mutable {
    if (api.ok()) return done(*std::move(api));
    exchange->Fail(as_id.ok() ? api.status() : NotFoundEitherWay(as_id, api.status()));
  };
  if (!MayBeId(*exchange)) {
    return LookUp(exchange, [found = std::move(found)](absl::StatusOr<v1::ResourceServer> api) mutable {
      found(absl::OkStatus(), std::move(api));
    });
  }
  v1::GetResourceServerRequest request;
  request.set_name(exchange->ChildName("resourceServers"));
  exchange->TryCall(&Grants::GetResourceServer, std::move(request),
                    [exchange, found = std::move(found)](absl::StatusOr<v1::ResourceServer> by_id) mutable {
                      if (!absl::IsNotFound(by_id.status())) return found(absl::OkStatus(), std::move(by_id));
                      LookUp(exchange,
                             [found = std::move(found), as_id = by_id.status()](
                                 absl::StatusOr<v1::ResourceServer> api) mutable { found(as_id, std::move(api)); });
                    });
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
                   std::vector<ErrorDetail> cut;
                   query.CheckWhole(page.resource_servers_size(), page.next_page_token(), cut);
                   if (!cut.empty()) return exchange->FailInput(std::move(cut));
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
  if (patch.mask.paths().empty()) {  // contains constants only
    return Find(exchange, [exchange](const v1::ResourceServer& api) { Answer(exchange, 200, api); });
  }
  *request.mutable_update_mask() = std::move(patch.mask);
  CallByPath<v1::ResourceServer>(
      exchange, &Grants::UpdateResourceServer, std::move(request),
      [](v1::UpdateResourceServerRequest& update, std::string name) {
        update.mutable_resource_server()->set_name(std::move(name));
      },
      [exchange](const v1::ResourceServer& api) { Answer(exchange, 200, api); });
}

void DeleteResourceServer(const ExchangePtr& exchange) {
  const std::optional<bool> force = exchange->ReadFlag("force");
  if (!force.has_value()) return;
  v1::DeleteResourceServerRequest request;
  request.set_force(*force);
  CallByPath<v1::DeleteResourceServerResponse>(
      exchange, &Grants::DeleteResourceServer, std::move(request),
      [](v1::DeleteResourceServerRequest& removal, std::string name) { removal.set_name(std::move(name)); },
      [exchange](const v1::DeleteResourceServerResponse&) { exchange->Answer(NoContentResponse()); });
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
