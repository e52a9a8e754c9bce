#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/gateway/http/request_target.h"
#include "server/gateway/http/router.h"
#include "server/json/strict_json.h"
#include "tests/fuzz/fuzz_target.h"

// Input: a method, a space and a request target.
namespace cimd::fuzz {
namespace {

using gateway::HttpFields;
using gateway::Resolution;
using gateway::Route;
using gateway::Router;

const Router& Routes() {
  static const Router& router = *new Router([] {
    std::vector<Route> routes;
    const auto add = [&](const char* method, const char* path, bool cors = false) {
      routes.push_back({.method = method, .path = path, .handler = [](auto, auto) {}, .cors = cors});
    };
    add("GET", "/api/v2/clients");
    add("GET", "/api/v2/clients/{id}");
    add("PATCH", "/api/v2/clients/{id}");
    add("POST", "/api/v2/clients/cimd/preview");
    add("GET", "/api/v2/resource-servers/{id}");
    add("GET", "/.well-known/oauth-authorization-server/{issuer...}", /*cors=*/true);
    add("GET", "/healthz");
    absl::StatusOr<Router> created = Router::Create(std::move(routes));
    Require(created.ok());
    return *std::move(created);
  }());
  return router;
}

// Decoded text is used in RPCs and logs.
void CheckDecoded(const std::string& text) {
  Require(std::none_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); }));
  Require(std::holds_alternative<json::Value>(json::ParseStrict(
      json::Value(text).dump(-1, ' ', /*ensure_ascii=*/false, json::Value::error_handler_t::ignore))));
  Require(json::Value(text).dump(-1, ' ', false, json::Value::error_handler_t::ignore) ==
          json::Value(text).dump(-1, ' ', false, json::Value::error_handler_t::replace));
}

std::string Encode(const std::string& text) {
  std::string encoded;
  for (const char c : text) absl::StrAppend(&encoded, "%", absl::BytesToHexString(std::string(1, c)));
  return encoded;
}

void CheckForm(const HttpFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    CheckDecoded(name);
    CheckDecoded(value);
    absl::StrAppend(&text, "&", Encode(name), "=", Encode(value));
  }
  const auto again = gateway::ParseFormUrlEncoded(text);
  Require(again.ok() && *again == fields);
}

void CheckTarget(std::string_view target) {
  const auto parsed = gateway::ParseRequestTarget({target.data(), target.size()});
  if (!parsed.ok()) return Require(absl::IsInvalidArgument(parsed.status()));
  std::string joined;
  for (const gateway::PathSegment& segment : parsed->path) {
    absl::StrAppend(&joined, "/", segment.raw);
    Require(segment.raw != "." && segment.raw != ".." && segment.decoded.size() <= segment.raw.size());
    CheckDecoded(segment.decoded);
  }
  Require(joined == target.substr(0, target.find('?')) && joined.find("//") == std::string::npos);
  CheckForm(parsed->query);
}

void CheckRoute(std::string_view method, std::string_view target) {
  const Resolution resolution = Routes().Resolve({method.data(), method.size()}, {target.data(), target.size()});
  if (resolution.route != nullptr) {
    Require(resolution.route->method == method || (method == "HEAD" && resolution.route->method == "GET"));
    for (const auto& [name, value] : resolution.params) {
      CheckDecoded(value);
      Require(!value.empty() && (name != "id" || value.find('\0') == std::string::npos));
    }
    // A literal segment must match the undecoded path.
    const std::string& path = resolution.route->path;
    Require(target.starts_with(path.substr(0, path.find('{'))));
    return;
  }
  const int status = resolution.answer.status;
  Require(status == 400 || status == 404 || status == 405 || (status == 204 && method == "OPTIONS"));
  const bool allow = std::any_of(resolution.answer.headers.begin(), resolution.answer.headers.end(),
                                 [](const auto& header) { return header.first == "Allow"; });
  Require(status != 405 || allow);
}

}  // namespace

void FuzzOne(std::string_view input) {
  const auto [method, target] = SplitAt(input, ' ');
  CheckTarget(target);
  CheckRoute(method, target);
  if (const auto form = gateway::ParseFormUrlEncoded({target.data(), target.size()}); form.ok()) CheckForm(*form);
}

}  // namespace cimd::fuzz
