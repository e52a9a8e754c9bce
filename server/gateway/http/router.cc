#include "server/gateway/http/router.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/gateway/http/request_target.h"

namespace cimd::gateway {
namespace {

bool IsDotSegment(const PathSegment& segment) { return segment.decoded == "." || segment.decoded == ".."; }

// The methods of a path, as a list for Allow and Access-Control-Allow-Methods.
std::string MethodList(const std::vector<Route>& routes, bool cors_only) {
  std::set<absl::string_view> methods;
  for (const Route& route : routes) {
    if (cors_only && !route.cors) continue;
    methods.insert(route.method);
    if (route.method == "GET") methods.insert("HEAD");
    if (route.cors) methods.insert("OPTIONS");
  }
  return absl::StrJoin(methods, ", ");
}

HttpResponse PreflightResponse(const std::vector<Route>& routes) {
  HttpResponse response;
  response.status = 204;
  response.headers = {{"Allow", MethodList(routes, /*cors_only=*/false)},
                      {"Access-Control-Allow-Origin", "*"},
                      {"Access-Control-Allow-Methods", MethodList(routes, /*cors_only=*/true)},
                      // "*" does not cover Authorization; it has to be listed (Fetch standard).
                      {"Access-Control-Allow-Headers", "*, Authorization"},
                      {"Access-Control-Max-Age", "7200"}};
  return response;
}

void AddCorsHeaders(HttpResponse& response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back("Access-Control-Expose-Headers", "*");
}

}  // namespace

absl::StatusOr<std::vector<Router::TemplateSegment>> Router::ParseTemplate(absl::string_view path) {
  const auto malformed = [path] { return absl::InvalidArgumentError(absl::StrCat("Malformed path template ", path)); };
  if (!absl::ConsumePrefix(&path, "/")) return malformed();
  std::vector<TemplateSegment> segments;
  for (absl::string_view text : absl::StrSplit(path, '/')) {
    using Kind = TemplateSegment::Kind;
    if (!segments.empty() && segments.back().kind == Kind::kRest) return malformed();
    Kind kind = Kind::kLiteral;
    if (absl::ConsumePrefix(&text, "{")) {
      if (!absl::ConsumeSuffix(&text, "}")) return malformed();
      kind = absl::ConsumeSuffix(&text, "...") ? Kind::kRest : Kind::kParameter;
      if (text.empty()) return malformed();
    }
    if (text.find_first_of("{}") != text.npos) return malformed();
    segments.push_back({kind, std::string(text)});
  }
  return segments;
}

bool Router::MoreSpecific(const Path& a, const Path& b) {
  return std::lexicographical_compare(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                                      [](const auto& x, const auto& y) { return x.kind < y.kind; });
}

absl::StatusOr<Router> Router::Create(std::vector<Route> routes) {
  Router router;
  for (Route& route : routes) {
    absl::StatusOr<std::vector<TemplateSegment>> segments = ParseTemplate(route.path);
    if (!segments.ok()) return segments.status();
    // Templates that differ only in the names of parameters match the same paths.
    const auto same_template = [&](const Path& path) {
      return std::equal(path.segments.begin(), path.segments.end(), segments->begin(), segments->end(),
                        [](const TemplateSegment& a, const TemplateSegment& b) {
                          return a.kind == b.kind && (a.kind != TemplateSegment::Kind::kLiteral || a.text == b.text);
                        });
    };
    auto path = std::find_if(router.paths_.begin(), router.paths_.end(), same_template);
    if (path == router.paths_.end()) {
      router.paths_.push_back({*std::move(segments), {}});
      path = std::prev(router.paths_.end());
    } else if (path->routes.front().path != route.path) {
      return absl::InvalidArgumentError(absl::StrCat(route.path, " is the same as ", path->routes.front().path));
    }
    for (const Route& other : path->routes) {
      if (other.under_issuer != route.under_issuer) {
        return absl::InvalidArgumentError(absl::StrCat("Some routes of ", route.path, " are under an issuer"));
      }
      if (other.method == route.method) {
        return absl::InvalidArgumentError(absl::StrCat("Two routes for ", route.method, " ", route.path));
      }
    }
    path->routes.push_back(std::move(route));
  }
  std::stable_sort(router.paths_.begin(), router.paths_.end(), MoreSpecific);
  return router;
}

std::optional<HttpFields> Router::Match(const std::vector<TemplateSegment>& segments,
                                        absl::Span<const PathSegment> sent) {
  const bool has_rest = segments.back().kind == TemplateSegment::Kind::kRest;
  if (has_rest ? sent.size() < segments.size() : sent.size() != segments.size()) return std::nullopt;
  HttpFields params;
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto& [kind, text] = segments[i];
    if (kind == TemplateSegment::Kind::kLiteral) {
      if (sent[i].raw != text) return std::nullopt;
      continue;
    }
    if (sent[i].raw.empty()) return std::nullopt;
    if (kind == TemplateSegment::Kind::kParameter) {
      params.emplace_back(text, sent[i].decoded);
    } else {
      const auto append_raw = [](std::string* out, const PathSegment& segment) { absl::StrAppend(out, segment.raw); };
      params.emplace_back(text, absl::StrJoin(sent.begin() + i, sent.end(), "/", append_raw));
    }
  }
  return params;
}

Router::FoundPath Router::FindPath(absl::Span<const PathSegment> sent, bool under_issuer) const {
  for (const Path& path : paths_) {
    if (under_issuer && !path.routes.front().under_issuer) continue;
    if (std::optional<HttpFields> params = Match(path.segments, sent)) return {&path, *std::move(params)};
  }
  return {};
}

Resolution Router::Resolve(absl::string_view method, absl::string_view target) const {
  Resolution resolution;
  absl::StatusOr<RequestTarget> parsed = ParseRequestTarget(target);
  if (!parsed.ok()) {
    resolution.answer = ErrorResponse(400, parsed.status().message());
    return resolution;
  }
  const absl::Span<const PathSegment> sent = parsed->path;
  FoundPath found = FindPath(sent, /*under_issuer=*/false);
  for (size_t issuer = 1; found.path == nullptr && issuer <= kMaxIssuerSegments && issuer < sent.size(); ++issuer) {
    if (IsDotSegment(sent[issuer - 1])) break;
    absl::StrAppend(&resolution.issuer_path, "/", sent[issuer - 1].raw);
    found = FindPath(sent.subspan(issuer), /*under_issuer=*/true);
  }
  if (found.path == nullptr) {
    resolution.answer = std::any_of(sent.begin(), sent.end(), IsDotSegment)
                            ? ErrorResponse(400, "The path has a dot segment")
                            : ErrorResponse(404, "There is nothing at this path");
    return resolution;
  }
  const std::vector<Route>& routes = found.path->routes;
  const auto route_for = [&routes](absl::string_view name) {
    return std::find_if(routes.begin(), routes.end(), [&](const Route& route) { return route.method == name; });
  };
  auto route = route_for(method);
  if (route == routes.end() && method == "HEAD") route = route_for("GET");
  if (route != routes.end()) {
    resolution.route = &*route;
    resolution.params = std::move(found.params);
    resolution.query = std::move(parsed->query);
  } else if (method == "OPTIONS" &&
             std::any_of(routes.begin(), routes.end(), [](const Route& other) { return other.cors; })) {
    resolution.answer = PreflightResponse(routes);
  } else {
    resolution.answer = ErrorResponse(405, "The path does not support this method");
    resolution.answer.headers.emplace_back("Allow", MethodList(routes, /*cors_only=*/false));
  }
  return resolution;
}

std::vector<const Route*> Router::routes() const {
  std::vector<const Route*> routes;
  for (const Path& path : paths_) {
    for (const Route& route : path.routes) routes.push_back(&route);
  }
  return routes;
}

void Router::Handle(HttpRequest request, Respond respond) const {
  Resolution resolution = Resolve(request.method, request.target);
  Handle(std::move(resolution), std::move(request), std::move(respond));
}

void Router::Handle(Resolution resolution, HttpRequest request, Respond respond) {
  if (resolution.route == nullptr) {
    std::move(respond)(std::move(resolution.answer));
    return;
  }
  request.params = std::move(resolution.params);
  request.issuer_path = std::move(resolution.issuer_path);
  request.query = std::move(resolution.query);
  if (resolution.route->cors) {
    respond = [respond = std::move(respond)](HttpResponse response) mutable {
      AddCorsHeaders(response);
      std::move(respond)(std::move(response));
    };
  }
  resolution.route->handler(std::move(request), std::move(respond));
}

}  // namespace cimd::gateway
