#include "server/gateway/backend/exchange.h"

#include <algorithm>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/status.h"
#include "fmt/format.h"
#include "server/gateway/backend/peer_address.h"
#include "server/gateway/json/json_members.h"
#include "server/gateway/json/list_query.h"

namespace cimd::gateway {
namespace {

// Longer values are not tokens of this system. They could exceed gRPC's limit for metadata.
constexpr size_t kMaxAuthorizationBytes = 4096;
constexpr size_t kMaxRequestIdBytes = 128;

bool IsGraphic(std::string_view text) { return std::all_of(text.begin(), text.end(), absl::ascii_isgraph); }

// The token of an Authorization header (RFC 6750 section 2.1; the scheme is case-insensitive). Empty when there is
// none, or when gRPC could not send it.
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

constexpr absl::string_view kTenantHeader = "x-cimd-tenant";

// The server's rule for tenant ids. It keeps header text that is not an id out of resource names.
bool IsTenantId(std::string_view id) {
  return !id.empty() && id.size() <= 63 && absl::ascii_islower(id.front()) && id.back() != '-' &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

ApiError InvalidTenantHeader(bool only_name) {
  return {.status = 400,
          .code = "invalid_header",
          .message = only_name
                         ? "The header x-cimd-tenant is not the id of a tenant"
                         : "The tenant is named more than once: by x-cimd-tenant, and again by it or by the path"};
}

// For a request whose path starts with an issuer's path that belongs to no tenant.
ApiError NobodysPath() { return {.status = 404, .code = "not_found", .message = "There is nothing at this path"}; }

ApiError UnsupportedMediaType() {
  return {.status = 415, .code = "unsupported_media_type", .message = "The body has to be of type application/json"};
}

}  // namespace

CallContext ContextOf(const HttpRequest& request) {
  CallContext context{.deadline = absl::Now() + kRequestTimeout, .cancellation = request.cancellation};
  if (!request.traceparent.empty()) context.metadata.emplace_back("traceparent", request.traceparent);
  if (std::string id = RequestIdOf(request); !id.empty()) context.metadata.emplace_back("x-request-id", std::move(id));
  // The zone of a link-local address is removed, because it has no meaning on other hosts. A client's own
  // X-Cimd-Peer-Address or X-Forwarded-For is never forwarded.
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
  call_.caller = std::make_shared<CallerFacts>();
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
  response.tenant = call_.caller->tenant.empty() ? LastSegment(tenant_) : call_.caller->tenant;
  for (auto& field : call_.caller->rate_limit) response.headers.push_back(std::move(field));
  std::move(respond_)(std::move(response));
}

void Exchange::Begin() {
  const std::string* authorization = request_.Header("authorization");
  const std::string token = authorization == nullptr ? std::string() : BearerToken(*authorization);
  if (token.empty()) return Fail(InvalidToken(/*missing=*/authorization == nullptr));
  call_.metadata.emplace_back("authorization", "Bearer " + token);
  if (CheckQuery()) ChooseTenant();
}

void Exchange::ChooseTenant() {
  if (const std::string* named = request_.Header(kTenantHeader)) {
    // A second header, or an issuer's path, could name a different tenant.
    const bool only_name = request_.HeaderCount(kTenantHeader) == 1 && request_.issuer_path.empty();
    if (!only_name || !IsTenantId(*named)) return Fail(InvalidTenantHeader(only_name));
    return Run("tenants/" + *named);
  }
  parts_.tenants.Find(request_.host, request_.issuer_path, call_,
                      [self = shared_from_this()](absl::StatusOr<std::string> tenant) {
                        if (!tenant.ok()) return self->Fail(tenant.status());
                        if (!tenant->empty()) return self->Run(*std::move(tenant));
                        if (!self->request_.issuer_path.empty()) return self->Fail(NobodysPath());
                        self->Run("tenants/-");
                      });
}

void Exchange::Run(std::string tenant) {
  tenant_ = std::move(tenant);
  endpoint_->handler(shared_from_this());
}

bool Exchange::CheckQuery() {
  std::vector<ErrorDetail> problems;
  absl::flat_hash_map<std::string_view, int> counts;
  for (const auto& [name, value] : request_.query) {
    const int count = ++counts[name];
    if (count == 1 && !Contains(endpoint_->query, name)) {
      problems.push_back({name, "UNKNOWN", "is not a parameter of this query"});
    } else if (count == 2 && Contains(endpoint_->query, name) && !Contains(endpoint_->repeatable, name)) {
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
  // Some SDKs send no Content-Type; this API takes nothing but JSON.
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
