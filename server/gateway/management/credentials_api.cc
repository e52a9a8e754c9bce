#include "server/gateway/management/credentials_api.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "server/gateway/json/json_response.h"
#include "server/gateway/management/client_key_json.h"

namespace cimd::gateway {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

void GetKeys(const ExchangePtr& exchange, absl::AnyInvocable<void(v1::ClientKeys)> done) {
  v1::GetClientKeysRequest request;
  request.set_name(exchange->client_name());
  exchange->Call(&Metadata::GetClientKeys, std::move(request), std::move(done));
}

void ListCredentials(const ExchangePtr& exchange) {
  GetKeys(exchange, [exchange](const v1::ClientKeys& keys) {
    json::Value credentials = json::Value::array();
    for (const v1::ClientKey& key : keys.keys()) credentials.push_back(CredentialJson(key));
    exchange->Answer(JsonResponse(200, credentials));
  });
}

void GetCredential(const ExchangePtr& exchange) {
  GetKeys(exchange, [exchange](const v1::ClientKeys& keys) {
    for (const v1::ClientKey& key : keys.keys()) {
      if (CredentialId(key) != exchange->request().Param("credential_id")) continue;
      return exchange->Answer(JsonResponse(200, CredentialJson(key)));
    }
    exchange->Fail(
        ApiError{.status = 404, .code = "inexistent_credential", .message = "The client has no such key in force"});
  });
}

void RefuseChange(const ExchangePtr& exchange) {
  exchange->Fail(ApiError{.status = 400,
                          .code = "client_credentials_not_supported",
                          .message = "The client's keys come from its metadata document; its publisher changes them"});
}

}  // namespace

std::vector<Endpoint> CredentialEndpoints() {
  constexpr std::string_view kAll = "/api/v2/clients/{id}/credentials";
  constexpr std::string_view kOne = "/api/v2/clients/{id}/credentials/{credential_id}";
  return {
      {.method = "GET", .path = kAll, .handler = ListCredentials, .property_names = SameProperty},
      {.method = "POST", .path = kAll, .handler = RefuseChange, .property_names = SameProperty},
      {.method = "GET", .path = kOne, .handler = GetCredential, .property_names = SameProperty},
      {.method = "PATCH", .path = kOne, .handler = RefuseChange, .property_names = SameProperty},
      {.method = "DELETE", .path = kOne, .handler = RefuseChange, .property_names = SameProperty},
  };
}

}  // namespace cimd::gateway
