#include "server/gateway/oauth/decisions_api.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/gateway/json/json_response.h"
#include "server/gateway/json/message_json.h"

namespace cimd::gateway {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

template <typename Request, typename Response, typename Service>
void Decide(const ExchangePtr& exchange, UnaryMethod<Service, Request, Response> method) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  if (body->contains("parent"))
    return exchange->FailInput({{"parent", "UNKNOWN", "is named by the header x-cimd-tenant or by the address"}});
  Request request;
  if (absl::Status status = ReadMessage(*body, request); !status.ok()) {
    return exchange->FailInput({{"$", "FORMAT", std::string(status.message())}});
  }
  request.set_parent(exchange->tenant());
  exchange->Call(method, std::move(request),
                 [exchange](const Response& decision) { exchange->Answer(JsonResponse(200, MessageJson(decision))); });
}

void DecideAuthorize(const ExchangePtr& exchange) {
  Decide<v1::AuthorizeRequestRequest, v1::AuthorizeRequestResponse>(exchange, &Grants::AuthorizeRequest);
}

void DecideToken(const ExchangePtr& exchange) {
  Decide<v1::AuthorizeTokenRequestRequest, v1::AuthorizeTokenRequestResponse>(exchange, &Grants::AuthorizeTokenRequest);
}

void VerifyAssertion(const ExchangePtr& exchange) {
  Decide<v1::VerifyClientAssertionRequest, v1::VerifyClientAssertionResponse>(exchange,
                                                                              &Metadata::VerifyClientAssertion);
}

}  // namespace

std::vector<Endpoint> DecisionEndpoints() {
  return {
      {.method = "POST", .path = "/decisions/authorize", .handler = DecideAuthorize, .property_names = SameProperty},
      {.method = "POST",
       .path = "/decisions/client-assertion",
       .handler = VerifyAssertion,
       .property_names = SameProperty},
      {.method = "POST", .path = "/decisions/token", .handler = DecideToken, .property_names = SameProperty},
  };
}

}  // namespace cimd::gateway
