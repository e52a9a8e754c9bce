#ifndef CIMD_SERVER_GATEWAY_HTTP_ROUTER_H_
#define CIMD_SERVER_GATEWAY_HTTP_ROUTER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/gateway/http/http_message.h"

namespace cimd::gateway {

struct PathSegment;

struct Route {
  std::string method;
  // "/api/v2/clients/{id}": literal segments, and parameters that take one whole segment, decoded and not empty. A last
  // segment "{rest...}" takes all remaining segments, at least one, as they were sent (not decoded).
  std::string path;
  HttpHandler handler;
  // Pages of any origin may call it from a browser and read the answer: only for what needs no credentials that a
  // browser adds by itself.
  bool cors = false;
};

// What the router made of a method and a target: a route with its parameters, or, without one, the answer to give.
struct Resolution {
  const Route* route = nullptr;
  HttpFields params;
  HttpFields query;
  HttpResponse answer;
};

// Finds the handler of a request. The path decides first, then the method: 404 for a path that no template matches, 405
// with Allow for one that has no such method, 400 for a target that is not well-formed (request_target.h). The most
// specific template wins: at the first segment in which two differ, a literal before a parameter.
//
// Literals match what was sent, byte for byte: "/%61pi" is not "/api", so that rules of a proxy in front that look at
// the same bytes cannot be walked around. An encoded dot segment can be the value of a parameter; elsewhere it is 400.
// HEAD goes to the GET route; the server leaves the body out. OPTIONS on a path with cors routes is answered with what
// a browser's preflight wants to know (https://fetch.spec.whatwg.org/#cors-preflight-fetch).
//
// Immutable after Create, thereby thread-safe. The router has to outlive the requests that it handles.
class Router {
 public:
  // INVALID_ARGUMENT: a malformed template, or two routes for the same method and template.
  static absl::StatusOr<Router> Create(std::vector<Route> routes);

  // Pure: reads nothing but its arguments.
  Resolution Resolve(absl::string_view method, absl::string_view target) const;

  // Resolves and runs the handler, or answers. Adds the CORS headers to the answer of a cors route.
  void Handle(HttpRequest request, Respond respond) const;
  // The same with what Resolve made of the request.
  static void Handle(Resolution resolution, HttpRequest request, Respond respond);

  // All of them; as long as this lives.
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
  // The parameters that a path gives to a template; nothing if it does not match.
  static std::optional<HttpFields> Match(const std::vector<TemplateSegment>& segments,
                                         const std::vector<PathSegment>& sent);

  // Most specific first.
  std::vector<Path> paths_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_ROUTER_H_
