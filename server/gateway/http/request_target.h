#ifndef CIMD_SERVER_GATEWAY_HTTP_REQUEST_TARGET_H_
#define CIMD_SERVER_GATEWAY_HTTP_REQUEST_TARGET_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/gateway/http/http_message.h"

// Pure: what the request line's target means (RFC 9112 section 3.2.1, RFC 3986). All input is an attacker's, its length
// bounded by the server. Errors are INVALID_ARGUMENT with a message that may be shown to the client and quotes nothing.
//
// Whatever two readers of a URL could understand differently is refused rather than repaired, because a proxy in front
// may have decided by its own reading: malformed percent triplets, control characters and invalid UTF-8 after decoding,
// empty segments (except a last one) and the segments "." and "..".
namespace cimd::gateway {

struct PathSegment {
  absl::string_view raw;  // part of the target given to ParseRequestTarget
  std::string decoded;
};

struct RequestTarget {
  // Without the leading slash: "/" has one empty segment, "/a/" has "a" and an empty one.
  std::vector<PathSegment> path;
  HttpFields query;
};

// Reads the origin form, "/path?query". The absolute form (for proxies), the authority form and "*" are refused.
// A segment is split off before it is decoded, so "a%2Fb" is one segment, "a/b".
absl::StatusOr<RequestTarget> ParseRequestTarget(absl::string_view target);

// Reads a query, or a body of type application/x-www-form-urlencoded: "+" is a space, "a" is the same as "a=", empty
// pairs are skipped. Names may repeat; the order is kept.
absl::StatusOr<HttpFields> ParseFormUrlEncoded(absl::string_view text);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_REQUEST_TARGET_H_
