#include "server/gateway/backend/exchange.h"

#include <algorithm>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/status.h"
#include "fmt/format.h"
#include "server/gateway/json/json_members.h"
#include "server/gateway/json/list_query.h"
#include "server/gateway/backend/peer_address.h"

namespace cimd::gateway {
namespace {

// More is no token of ours, and more than gRPC may send in a header.
constexpr size_t kMaxAuthorizationBytes = 4096;
constexpr size_t kMaxRequestIdBytes = 128;

bool IsGraphic(std::string_view text) { return std::all_of(text.begin(), text.end(), absl::ascii_isgraph); }

// The token of an Authorization header (RFC 6750 section 2.1; the scheme's name is case-insensitive); empty when there
// is none in it, or one that gRPC could not send on.
std::string BearerToken(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "Bearer ";
  if (authorization.size() > kMaxAuthorizationBytes || !absl::StartsWithIgnoreCase(authorization, kScheme)) return {};
  std::string token(absl::StripAsciiWhitespace(authorization.substr(kScheme.size())));
  return IsGraphic(token) ? token : std::string();
}

bool IsJson(std::string_view content_type) {
  std::string media_type(content_type.substr(0, content_type.find(';')));
  absl::StripAsciiWhitespace(&media_type);
  return absl::EqualsIgnoreCase(media_type, "application/json");
}

bool Contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

ApiError UnsupportedMediaType() {
  return {.status = 415, .code = "unsupported_media_type", .message = "The body has to be of type application/json"};
}

}  // namespace

CallContext ContextOf(const HttpRequest& request) {
  CallContext context{.deadline = absl::Now() + kRequestTimeout, .cancellation = request.cancellation};
  if (!request.traceparent.empty()) context.metadata.emplace_back("traceparent", request.traceparent);
  if (std::string id = RequestIdOf(request); !id.empty()) context.metadata.emplace_back("x-request-id", std::move(id));
  // Without the zone of a link-local address, which means nothing to others. What the client says of itself stays here.
  std::string peer = request.peer_address.substr(0, request.peer_address.find('%'));
  if (!peer.empty()) context.metadata.emplace_back(kPeerAddress, std::move(peer));
  return context;
}

std::string RequestIdOf(const HttpRequest& request) {
  const std::string* id = request.Header("x-request-id");
  return id != nullptr && id->size() <= kMaxRequestIdBytes && IsGraphic(*id) ? *id : std::string();
}

HttpHandler Exchange::Handler(const GatewayParts& parts, Endpoint endpoint) {
  return
      [parts, endpoint = std::make_shared<const Endpoint>(std::move(endpoint))](HttpRequest request, Respond respond) {
        std::shared_ptr<Exchange> exchange(new Exchange(parts, endpoint, std::move(request), std::move(respond)));
        exchange->Begin();
      };
}

Exchange::Exchange(const GatewayParts& parts, std::shared_ptr<const Endpoint> endpoint, HttpRequest request,
                   Respond respond)
    : parts_(parts),
      endpoint_(std::move(endpoint)),
      request_(std::move(request)),
      respond_(std::move(respond)),
      call_(ContextOf(request_)) {
  call_.rate_limit = std::make_shared<RateLimitFields>();
}

void Exchange::Fail(const absl::Status& status) {
  const ApiError error = ErrorOf(status, endpoint_->input, endpoint_->property_names);
  std::string reason = client::ReasonOf(status);
  if (reason.empty()) reason = error.code;
  Fail(error, std::move(reason));
}

void Exchange::Fail(const ApiError& error, std::string reason) {
  HttpResponse response = endpoint_->error_response(error);
  response.reason = std::move(reason);
  Answer(std::move(response));
}

void Exchange::Answer(HttpResponse response) {
  response.tenant = LastSegment(tenant_);
  for (auto& field : *call_.rate_limit) response.headers.push_back(std::move(field));
  std::move(respond_)(std::move(response));
}

void Exchange::Begin() {
  const std::string* authorization = request_.Header("authorization");
  const std::string token = authorization == nullptr ? std::string() : BearerToken(*authorization);
  if (token.empty()) return Fail(InvalidToken(/*missing=*/authorization == nullptr));
  call_.metadata.emplace_back("authorization", "Bearer " + token);
  if (!CheckQuery()) return;
  parts_.tenants.Find(request_.host, /*issuer_path=*/"", call_,
                      [self = shared_from_this()](absl::StatusOr<std::string> tenant) {
                        if (!tenant.ok()) return self->Fail(tenant.status());
                        self->tenant_ = *std::move(tenant);
                        self->endpoint_->handler(self);
                      });
}

bool Exchange::CheckQuery() {
  std::vector<ErrorDetail> problems;
  for (const auto& [name, value] : request_.query) {
    if (!Contains(endpoint_->query, name)) {
      problems.push_back({name, "UNKNOWN", "is not a parameter of this query"});
    } else if (request_.QueryValues(name).size() > 1 && !Contains(endpoint_->repeatable, name)) {
      problems.push_back({name, "TOO_MANY", "is given more than once"});
    }
    if (problems.size() == 10) break;
  }
  if (problems.empty()) return true;
  Fail(InvalidInput(InputPart::kQuery, std::move(problems)));
  return false;
}

std::string Exchange::ChildName(std::string_view collection) const {
  return fmt::format("{}/{}/{}", tenant_, collection, request_.Param("id"));
}

std::optional<json::Value> Exchange::ReadJson() {
  // SDKs that leave the type out mean JSON: this API takes nothing else.
  const std::string* content_type = request_.Header("content-type");
  if (content_type != nullptr && !IsJson(*content_type)) {
    Fail(UnsupportedMediaType());
    return std::nullopt;
  }
  auto parsed = json::ParseStrict(request_.body);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) {
    FailInput({{error->path.empty() ? "$" : error->path, "JSON", error->message}});
    return std::nullopt;
  }
  return std::get<json::Value>(std::move(parsed));
}

std::optional<json::Value> Exchange::ReadBody() {
  std::optional<json::Value> value = ReadJson();
  if (!value.has_value() || value->is_object()) return value;
  FailInput({{"$", "TYPE", "must be an object"}});
  return std::nullopt;
}

std::optional<json::Value> Exchange::ReadArrayBody() {
  std::optional<json::Value> value = ReadJson();
  if (!value.has_value() || value->is_array()) return value;
  FailInput({{"$", "TYPE", "must be an array"}});
  return std::nullopt;
}

std::optional<bool> Exchange::ReadFlag(const char* name) {
  std::vector<ErrorDetail> problems;
  const bool flag = QueryReader(request_, problems).Flag(name).value_or(false);
  if (problems.empty()) return flag;
  Fail(InvalidInput(InputPart::kQuery, std::move(problems)));
  return std::nullopt;
}

}  // namespace cimd::gateway
