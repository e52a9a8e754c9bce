#ifndef CIMD_SERVER_GATEWAY_JSON_ERROR_TABLE_H_
#define CIMD_SERVER_GATEWAY_JSON_ERROR_TABLE_H_

#include <string_view>

#include "absl/status/status.h"
#include "cimd/v1/error_reason.pb.h"

namespace cimd::gateway {

// How a failed RPC looks over HTTP.
struct ErrorRow {
  // UNSPECIFIED in rows for failures that no cimd-server described.
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  int status = 500;
  // errorCode of the Management API. Where that API knows no such failure, the reason in its spelling. Empty: none.
  std::string_view code;
  // error of the OAuth endpoints: RFC 7591 section 3.2.2, RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1.
  std::string_view oauth_error;
  // Shown instead of the server's message; empty: the server's.
  std::string_view message = {};
};

// The row of an error: by the reason that the server gave, else by the code alone. A code without a reason comes from
// gRPC itself or from something between here and the server, so its row has a message of its own: theirs tell of
// addresses and ports. Never fails; `status` is not OK.
ErrorRow ErrorRowOf(const absl::Status& status);

// The row of a reason; null when the table lacks it.
const ErrorRow* FindErrorRow(v1::ErrorReason reason);

// HTTP status of an OAuth error whose row says `status`: RFC 7591 and RFC 6749 fix most of them.
int OAuthStatus(std::string_view oauth_error, int status);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_ERROR_TABLE_H_
