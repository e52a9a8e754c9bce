#include "server/gateway/oauth/server_metadata_endpoint.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "server/crypto/sha256.h"
#include "server/gateway/backend/recent_values.h"
#include "server/gateway/json/error_table.h"
#include "server/gateway/json/json_members.h"

namespace cimd::gateway {
namespace {

// The path of an issuer without the final slash: "/t1" for "https://as.example.com/t1/".
std::string PathOfIssuer(std::string_view issuer) {
  const size_t authority = issuer.find("://");
  const size_t path = authority == std::string_view::npos ? authority : issuer.find('/', authority + 3);
  std::string_view result = path == std::string_view::npos ? std::string_view() : issuer.substr(path);
  if (result.ends_with('/')) result.remove_suffix(1);
  return std::string(result);
}

// Whether `etag` matches an If-None-Match header, by weak comparison with each entry (RFC 9110 section 13.1.2).
bool MatchesEtag(const std::string* if_none_match, std::string_view etag) {
  if (if_none_match == nullptr) return false;
  for (absl::string_view candidate : absl::StrSplit(*if_none_match, ',')) {
    candidate = absl::StripAsciiWhitespace(candidate);
    absl::ConsumePrefix(&candidate, "W/");
    if (candidate == "*" || std::string_view(candidate.data(), candidate.size()) == etag) return true;
  }
  return false;
}

// The response to an unauthenticated client. It does not reveal which tenants exist or which settings a tenant lacks.
HttpResponse ErrorTo(const absl::Status& status) {
  const ErrorRow row = ErrorRowOf(status);
  if (row.status < 429) {
    HttpResponse response = ErrorResponse(404, "There is no authorization server metadata at this address");
    response.reason = client::ReasonOf(status);
    return response;
  }
  ApiError error = ErrorOf(status, InputPart::kQuery, SameProperty);
  error.details.clear();
  if (row.status == 500) error.message = "An internal error";
  HttpResponse response = ManagementErrorResponse(error);
  response.reason = client::ReasonOf(status);
  return response;
}

// The metadata of one tenant in the form in which it is served.
struct ServedMetadata {
  // Why the tenant has no metadata; OK when it has.
  absl::Status refusal;
  std::string issuer_path;
  std::string body;
  std::string etag;
};

ServedMetadata ServedOf(const absl::StatusOr<v1::ServerMetadata>& metadata) {
  if (!metadata.ok()) return {.refusal = OwnError(metadata.status(), "GetServerMetadata")};
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  ServedMetadata served;
  // The fields have the names of RFC 8414. Empty ones are omitted, as the RFC requires for arrays.
  if (!google::protobuf::util::MessageToJsonString(*metadata, &served.body, options).ok()) {
    return {.refusal = absl::InternalError("")};
  }
  served.etag = fmt::format("\"{}\"", crypto::Sha256Hex(served.body).substr(0, 32));
  served.issuer_path = PathOfIssuer(metadata->issuer());
  return served;
}

// Whether an answer is about the tenant and may be cached, not about the state of the server or the network.
bool IsTheTenants(const absl::Status& refusal) { return refusal.ok() || ErrorRowOf(refusal).status < 429; }

// A cache by the tenant's resource name. It limits the calls that unauthenticated clients can cause to about one a
// second for each tenant.
using RecentMetadata = RecentValues<std::shared_ptr<const ServedMetadata>>;
constexpr absl::Duration kTimeToLive = absl::Seconds(1);
constexpr size_t kMaxRecent = 1024;

// One request, from finding the tenant to the answer.
struct MetadataRequest {
  HttpRequest request;
  Respond respond;
  std::string issuer_path;
  CallContext context;

  std::string tenant = {};

  void Answer(const ServedMetadata& served) {
    if (!served.refusal.ok()) return Answer(ErrorTo(served.refusal));
    if (served.issuer_path != issuer_path) return Answer(ErrorTo(absl::NotFoundError("")));
    HttpResponse response;
    response.headers = {{"Cache-Control", "public, max-age=300"}, {"ETag", served.etag}};
    if (MatchesEtag(request.Header("if-none-match"), served.etag)) {
      response.status = 304;
    } else {
      response.body = served.body;
      response.headers.emplace_back("Content-Type", "application/json");
    }
    Answer(std::move(response));
  }

  void Answer(HttpResponse response) {
    response.tenant = tenant;
    std::move(respond)(std::move(response));
  }
};

void Serve(const GatewayParts& parts, const std::shared_ptr<RecentMetadata>& recent, HttpRequest request,
           Respond respond, std::string issuer_path) {
  CallContext context = ContextOf(request);
  auto exchange = std::make_shared<MetadataRequest>(
      MetadataRequest{std::move(request), std::move(respond), std::move(issuer_path), std::move(context)});
  parts.tenants.Find(exchange->request.host, exchange->issuer_path, exchange->context,
                     [parts, recent, exchange](absl::StatusOr<std::string> tenant) {
                       if (!tenant.ok()) return exchange->Answer(ErrorTo(tenant.status()));
                       if (tenant->empty() && !parts.default_tenant.empty())
                         *tenant = "tenants/" + parts.default_tenant;
                       if (tenant->empty()) return exchange->Answer(ErrorTo(absl::NotFoundError("")));
                       exchange->tenant = LastSegment(*tenant);
                       if (auto served = recent->Find(*tenant); served.has_value()) return exchange->Answer(**served);
                       v1::GetServerMetadataRequest rpc;
                       rpc.set_name(*tenant);
                       parts.backend.Call(
                           &Metadata::GetServerMetadata, std::move(rpc), OwnContext(exchange->context, parts.own_token),
                           [recent, exchange, name = *tenant](const absl::StatusOr<v1::ServerMetadata>& metadata) {
                             const auto served = std::make_shared<const ServedMetadata>(ServedOf(metadata));
                             if (IsTheTenants(served->refusal)) recent->Remember(name, served);
                             exchange->Answer(*served);
                           });
                     });
}

// The issuer's path, as sent, from a target with the well-known path in front of it (RFC 8414 section 3.1).
std::string InsertedPath(const HttpRequest& request) {
  std::string path = request.Param("issuer");
  if (path.empty()) return {};
  if (path.back() == '/') path.pop_back();
  return "/" + path;
}

}  // namespace

std::vector<Route> ServerMetadataRoutes(const GatewayParts& parts) {
  std::vector<Route> routes;
  const auto recent = std::make_shared<RecentMetadata>(kTimeToLive, kMaxRecent, absl::Now);
  const auto add = [&](std::string path, bool under_issuer) {
    routes.push_back({.method = "GET",
                      .path = std::move(path),
                      .handler =
                          [parts, recent](HttpRequest request, Respond respond) {
                            std::string path =
                                request.issuer_path.empty() ? InsertedPath(request) : request.issuer_path;
                            Serve(parts, recent, std::move(request), std::move(respond), std::move(path));
                          },
                      .cors = true,
                      .under_issuer = under_issuer});
  };
  for (const char* well_known : {"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"}) {
    add(fmt::format("{}/{{issuer...}}", well_known), /*under_issuer=*/false);
  }
  add("/.well-known/oauth-authorization-server", /*under_issuer=*/false);
  add("/.well-known/openid-configuration", /*under_issuer=*/true);
  return routes;
}

}  // namespace cimd::gateway
