#ifndef CIMD_SERVER_GATEWAY_JSON_ERROR_TABLE_H_
#define CIMD_SERVER_GATEWAY_JSON_ERROR_TABLE_H_

#include <string_view>

#include "absl/status/status.h"
#include "cimd/v1/error_reason.pb.h"

namespace cimd::gateway {

// How the failure of an RPC is shown over HTTP.
struct ErrorRow {
  // UNSPECIFIED in rows for statuses without a known reason.
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  int status = 500;
  // errorCode of the Management API; for failures that it does not have, the reason in lower case. Empty: none.
  std::string_view code;
  // error of the OAuth endpoints: RFC 7591 section 3.2.2, RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1.
  std::string_view oauth_error;
  // Replaces the server's message; empty: the server's message is shown.
  std::string_view message = {};
};

// The row of an error: by its reason, or without a known reason by its code. A status without a reason comes from gRPC
// or from a proxy on the way to the server. Its message may contain addresses, so such rows have messages of their own.
// `status` is not OK.
ErrorRow ErrorRowOf(const absl::Status& status);

// The row of a reason; null when the table lacks it.
const ErrorRow* FindErrorRow(v1::ErrorReason reason);

// The HTTP status of an OAuth error. RFC 6749, 6750 and 7591 define most of them; `status` is used for the others.
int OAuthStatus(std::string_view oauth_error, int status);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_ERROR_TABLE_H_
