#include "server/gateway/management/clients_api.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "fmt/format.h"
#include "server/gateway/json/error_table.h"
#include "server/gateway/json/json_response.h"
#include "server/gateway/management/client_json.h"
#include "server/gateway/management/client_query.h"

namespace cimd::gateway {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

// The properties of both import requests, and those of register only.
constexpr Member kPreviewMembers[] = {{"external_client_id", "external_client_id"}};
constexpr Member kRegisterMembers[] = {{"external_client_id", "external_client_id"},
                                       {"expected_document_sha256", "expected_document_sha256"}};

// Reads the body of an import request. `document` is bytes in the RPC and text in JSON. nullopt: the exchange has
// failed.
template <typename Request>
std::optional<Request> ReadImport(Exchange& exchange, Members members, bool ignore_unknown) {
  std::optional<json::Value> body = exchange.ReadBody();
  if (!body.has_value()) return std::nullopt;
  Request request;
  std::vector<ErrorDetail> problems;
  if (const auto document = body->find("document"); document != body->end()) {
    if (document->is_string()) {
      request.set_document(document->get<std::string>());
    } else {
      problems.push_back({"document", "TYPE", "must be a string"});
    }
    body->erase("document");
  }
  ParsedPatch parsed = ReadPatch(*body, members, request);
  for (ErrorDetail& problem : parsed.problems) {
    if (!ignore_unknown || problem.reason != "UNKNOWN") problems.push_back(std::move(problem));
  }
  if (!body->contains("external_client_id")) problems.push_back({"external_client_id", "REQUIRED", "is required"});
  if (!problems.empty()) {
    exchange.FailInput(std::move(problems));
    return std::nullopt;
  }
  request.set_parent(exchange.tenant());
  return request;
}

void PreviewClient(const ExchangePtr& exchange) {
  auto request = ReadImport<v1::PreviewClientRequest>(*exchange, kPreviewMembers, /*ignore_unknown=*/false);
  if (!request.has_value()) return;
  exchange->Call(&Registration::PreviewClient, *std::move(request),
                 [exchange](const v1::PreviewClientResponse& preview) {
                   exchange->Answer(JsonResponse(200, PreviewJson(preview)));
                 });
}

void RegisterClient(const ExchangePtr& exchange) {
  auto request = ReadImport<v1::RegisterClientRequest>(*exchange, kRegisterMembers, /*ignore_unknown=*/false);
  if (!request.has_value()) return;
  exchange->Call(&Registration::RegisterClient, *std::move(request),
                 [exchange](const v1::RegisterClientResponse& registered) {
                   HttpResponse response = JsonResponse(registered.created() ? 201 : 200, RegisterJson(registered));
                   if (registered.created()) {
                     response.headers.emplace_back(
                         "Location", fmt::format("/api/v2/clients/{}", LastSegment(registered.client().name())));
                   }
                   exchange->Answer(std::move(response));
                 });
}

void RegisterOAuthClient(const ExchangePtr& exchange) {
  auto request = ReadImport<v1::RegisterClientRequest>(*exchange, kPreviewMembers, /*ignore_unknown=*/true);
  if (!request.has_value()) return;
  exchange->Call(
      &Registration::RegisterClient, *std::move(request), [exchange](const v1::RegisterClientResponse& registered) {
        exchange->Answer(JsonResponse(registered.created() ? 201 : 200, ClientInformationJson(registered.client())));
      });
}

void ListClients(const ExchangePtr& exchange) {
  auto read = ReadClientQuery(exchange->request());
  if (auto* problems = std::get_if<std::vector<ErrorDetail>>(&read)) return exchange->FailInput(std::move(*problems));
  ClientQuery& query = std::get<ClientQuery>(read);
  query.request.set_parent(exchange->tenant());
  v1::ListClientsRequest request = query.request;
  exchange->Call(&Registration::ListClients, std::move(request),
                 [exchange, query = std::move(query)](const v1::ListClientsResponse& page) {
                   std::vector<ErrorDetail> cut;
                   query.CheckWhole(page.clients_size(), page.next_page_token(), cut);
                   if (!cut.empty()) return exchange->FailInput(std::move(cut));
                   exchange->Answer(JsonResponse(200, ClientListJson(query, page)));
                 });
}

void GetClient(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  Projection projection = Projection::Read(exchange->request(), problems);
  if (!problems.empty()) return exchange->Fail(InvalidInput(InputPart::kQuery, std::move(problems)));
  v1::GetClientRequest request;
  request.set_name(exchange->client_name());
  exchange->Call(&Registration::GetClient, std::move(request),
                 [exchange, projection = std::move(projection)](const v1::Client& client) {
                   exchange->Answer(JsonResponse(200, projection.Apply(ClientJson(client, /*with_external=*/true))));
                 });
}

// One PATCH. The RPC replaces client_metadata as a whole, so a change of single members reads the client first and
// writes with its etag.
class ClientPatch : public std::enable_shared_from_this<ClientPatch> {
 public:
  ClientPatch(ExchangePtr exchange, ParsedPatch patch, v1::Client client)
      : exchange_(std::move(exchange)), patch_(std::move(patch)) {
    *update_.mutable_client() = std::move(client);
    update_.mutable_client()->set_name(exchange_->client_name());
    *update_.mutable_update_mask() = patch_.mask;
  }

  void Run() {
    if (patch_.map_changes.empty() && update_.update_mask().paths_size() > 0) return Write();
    v1::GetClientRequest request;
    request.set_name(exchange_->client_name());
    exchange_->Call(&Registration::GetClient, std::move(request),
                    [self = shared_from_this()](const v1::Client& client) { self->Merge(client); });
  }

 private:
  // Enough for this many concurrent changes of one client. The request's deadline also ends the attempts.
  static constexpr int kMaxAttempts = 20;

  void Merge(const v1::Client& stored) {
    if (patch_.map_changes.empty()) return Answer(stored);  // contains constants only
    auto& map = *update_.mutable_client()->mutable_settings()->mutable_client_metadata();
    map = stored.settings().client_metadata();
    for (const auto& [key, value] : patch_.map_changes) {
      if (value.has_value()) {
        map[key] = *value;
      } else {
        map.erase(key);
      }
    }
    *update_.mutable_update_mask() = patch_.mask;
    update_.mutable_update_mask()->add_paths("settings.client_metadata");
    update_.mutable_client()->set_etag(stored.etag());
    Write();
  }

  void Write() {
    exchange_->TryCall(&Registration::UpdateClient, update_,
                       [self = shared_from_this()](absl::StatusOr<v1::Client> updated) {
                         if (updated.ok()) return self->Answer(*updated);
                         const bool raced = ErrorRowOf(updated.status()).reason == v1::ERROR_REASON_ETAG_MISMATCH;
                         if (!raced) return self->exchange_->Fail(updated.status());
                         if (++self->attempts_ < kMaxAttempts) return self->Run();
                         self->exchange_->Fail(Contention());
                       });
  }

  // The client sent no etag, so a mismatch is not its conflict: try again.
  static ApiError Contention() {
    return {.status = 503,
            .code = "contention",
            .message = "Concurrent changes of the client kept winning; nothing was changed",
            .retry_after_seconds = 1};
  }

  void Answer(const v1::Client& client) {
    exchange_->Answer(JsonResponse(200, ClientJson(client, /*with_external=*/false)));
  }

  const ExchangePtr exchange_;
  const ParsedPatch patch_;
  v1::UpdateClientRequest update_;
  int attempts_ = 0;
};

void PatchClient(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  if (body->empty()) return exchange->FailInput({{"$", "REQUIRED", "names nothing to change"}});
  v1::Client client;
  ParsedPatch patch = ReadPatch(*body, ClientMembers(), client);
  if (!patch.problems.empty()) return exchange->FailInput(std::move(patch.problems));
  std::make_shared<ClientPatch>(exchange, std::move(patch), std::move(client))->Run();
}

void DeleteClient(const ExchangePtr& exchange) {
  v1::DeleteClientRequest request;
  request.set_name(exchange->client_name());
  request.set_force(true);
  exchange->TryCall(&Registration::DeleteClient, std::move(request),
                    [exchange](const absl::StatusOr<v1::DeleteClientResponse>& deleted) {
                      const bool gone =
                          deleted.ok() || ErrorRowOf(deleted.status()).reason == v1::ERROR_REASON_CLIENT_NOT_FOUND;
                      if (!gone) return exchange->Fail(deleted.status());
                      exchange->Answer(NoContentResponse());
                    });
}

}  // namespace

std::vector<Endpoint> ClientEndpoints() {
  return {
      {.method = "POST",
       .path = "/api/v2/clients/cimd/preview",
       .handler = PreviewClient,
       .property_names = ClientProperty},
      {.method = "POST",
       .path = "/api/v2/clients/cimd/register",
       .handler = RegisterClient,
       .property_names = ClientProperty},
      {.method = "GET",
       .path = "/api/v2/clients",
       .handler = ListClients,
       .query = ClientQuery::Parameters(),
       .input = InputPart::kQuery,
       .property_names = ClientQueryProperty},
      {.method = "GET",
       .path = "/api/v2/clients/{id}",
       .handler = GetClient,
       .query = Projection::Parameters(),
       .property_names = ClientProperty},
      {.method = "PATCH", .path = "/api/v2/clients/{id}", .handler = PatchClient, .property_names = ClientProperty},
      {.method = "DELETE", .path = "/api/v2/clients/{id}", .handler = DeleteClient, .property_names = ClientProperty},
  };
}

Endpoint RegistrationEndpoint() {
  return {.method = "POST",
          .path = "/register",
          .handler = RegisterOAuthClient,
          .property_names = ClientProperty,
          .error_response = OAuthErrorResponse};
}

}  // namespace cimd::gateway
