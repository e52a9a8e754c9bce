#ifndef CIMD_SERVER_GATEWAY_HTTP_ROUTER_H_
#define CIMD_SERVER_GATEWAY_HTTP_ROUTER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/gateway/http/http_message.h"

namespace cimd::gateway {

struct PathSegment;

struct Route {
  std::string method;
  // "/api/v2/clients/{id}": literal segments, and parameters that match one whole segment, which is decoded and not
  // empty. A last segment "{rest...}" matches all remaining segments, at least one, as sent.
  std::string path;
  HttpHandler handler;
  // Pages of any origin may call the route and read the answer (CORS). Only for routes without credentials that a
  // browser adds by itself.
  bool cors = false;
  // An issuer's path of at most kMaxIssuerSegments segments may precede the template. It becomes
  // HttpRequest::issuer_path, as sent. A match without it is preferred. The same for all methods of a template.
  bool under_issuer = false;
};

inline constexpr size_t kMaxIssuerSegments = 4;

// The result of routing: a route with its parameters, or a null route and the answer to give.
struct Resolution {
  const Route* route = nullptr;
  HttpFields params;
  std::string issuer_path;
  HttpFields query;
  HttpResponse answer;
};

// Finds the handler of a request, by path and then by method. 404: no template matches. 405 with Allow: the path has no
// such method. 400: the target is malformed (request_target.h). The most specific template is chosen: at the first
// segment in which two templates differ, a literal takes precedence over a parameter.
//
// Literals match the bytes as sent: "/%61pi" is not "/api", so that a proxy's rules for paths cannot be bypassed by
// encoding. An encoded dot segment may be the value of a parameter; elsewhere it is 400. HEAD uses the GET route.
// OPTIONS on a path with CORS routes is answered as a preflight (https://fetch.spec.whatwg.org/#cors-preflight-fetch).
//
// Immutable and therefore thread-safe. Outlives the requests that it handles.
class Router {
 public:
  // INVALID_ARGUMENT: a malformed template, or two routes with the same method and template.
  static absl::StatusOr<Router> Create(std::vector<Route> routes);

  // Pure.
  Resolution Resolve(absl::string_view method, absl::string_view target) const;

  // Resolves the request, then runs the handler or answers. Adds CORS headers to the answers of CORS routes.
  void Handle(HttpRequest request, Respond respond) const;
  // The same with the result of Resolve.
  static void Handle(Resolution resolution, HttpRequest request, Respond respond);

  // All routes. The pointers are valid for the lifetime of the router.
  std::vector<const Route*> routes() const;

 private:
  struct TemplateSegment {
    enum class Kind { kLiteral, kParameter, kRest } kind;
    std::string text;  // the literal, or the parameter's name
  };
  struct Path {
    std::vector<TemplateSegment> segments;
    std::vector<Route> routes;  // one per method
  };

  static absl::StatusOr<std::vector<TemplateSegment>> ParseTemplate(absl::string_view path);
  static bool MoreSpecific(const Path& a, const Path& b);
  // The values of the template's parameters; nullopt when the path does not match.
  static std::optional<HttpFields> Match(const std::vector<TemplateSegment>& segments,
                                         absl::Span<const PathSegment> sent);

  struct FoundPath {
    const Path* path = nullptr;  // null: none matches
    HttpFields params;
  };
  // The first path that matches `sent`; with `under_issuer`, only of those that may follow an issuer's path.
  FoundPath FindPath(absl::Span<const PathSegment> sent, bool under_issuer) const;

  // Most specific first.
  std::vector<Path> paths_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_ROUTER_H_
