#ifndef CIMD_SERVER_GATEWAY_HTTP_REQUEST_TARGET_H_
#define CIMD_SERVER_GATEWAY_HTTP_REQUEST_TARGET_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/gateway/http/http_message.h"

// Parses the target of a request line (RFC 9112 section 3.2.1, RFC 3986). Pure. The client controls the input; the
// server bounds its length. Errors are INVALID_ARGUMENT with a message for the client that contains nothing from the
// input.
//
// Refuses targets that two URL parsers could interpret differently, because a proxy in front may have applied its rules
// to another interpretation: malformed percent-encoding, control characters and invalid UTF-8 after decoding, empty
// segments (except a last one), and the segments "." and "..".
namespace cimd::gateway {

struct PathSegment {
  absl::string_view raw;  // points into the target given to ParseRequestTarget
  std::string decoded;
};

struct RequestTarget {
  // "/" has one empty segment; "/a/" has "a" and an empty one.
  std::vector<PathSegment> path;
  HttpFields query;
};

// Parses the origin form, "/path?query", and refuses all others. Segments are split before they are decoded: "a%2Fb" is
// the one segment "a/b".
absl::StatusOr<RequestTarget> ParseRequestTarget(absl::string_view target);

// Parses a query or a body of type application/x-www-form-urlencoded. "+" is a space, "a" means "a=", and empty pairs
// are skipped. Names may repeat; the order is kept.
absl::StatusOr<HttpFields> ParseFormUrlEncoded(absl::string_view text);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_REQUEST_TARGET_H_
