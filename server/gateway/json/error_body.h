#ifndef CIMD_SERVER_GATEWAY_JSON_ERROR_BODY_H_
#define CIMD_SERVER_GATEWAY_JSON_ERROR_BODY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/gateway/http/http_message.h"

// Error responses in two forms: the Management API's and OAuth's.
namespace cimd::gateway {

// One problem of a request.
struct ErrorDetail {
  // The property, as the API calls it: "refresh_token.leeway".
  std::string field;
  // A name that programs may branch on: "TOO_LONG", or a FindingReason such as "CLIENT_ID_MISMATCH".
  std::string reason;
  std::string message;
};

struct ApiError {
  int status = 500;
  std::string code;
  std::string message;
  std::vector<ErrorDetail> details = {};
  std::string oauth_error = "invalid_request";
  // The request had no access token, so WWW-Authenticate carries no error code (RFC 6750 section 3.1).
  bool token_missing = false;
  // For insufficient_scope: the scopes of which one is needed.
  std::vector<std::string> scopes = {};
  // For Retry-After; 0: no header.
  int retry_after_seconds = 0;
  // FetchFailureKind and FetchFailureReason when a fetch failed; otherwise empty.
  std::string fetch_kind = {};
  std::string fetch_reason = {};
};

// The part of the HTTP request from which the fields of the RPC were read.
enum class InputPart { kBody, kQuery };

// Maps a field of an RPC's request to the API's property: "client.settings.refresh_token.leeway_seconds" to
// "refresh_token.leeway".
using PropertyNames = std::string (*)(std::string_view field);

// For endpoints whose properties have the names of the RPC's fields.
inline std::string SameProperty(std::string_view field) { return std::string(field); }

// The error response for a failed RPC. `status` is not OK.
ApiError ErrorOf(const absl::Status& status, InputPart part, PropertyNames names);

// 400 with all of `details` (not empty), for problems that the gateway found itself.
ApiError InvalidInput(InputPart part, std::vector<ErrorDetail> details);

// 401 for a request without an access token (`missing`), or with a malformed one.
ApiError InvalidToken(bool missing);

// {"statusCode":400,"error":"Bad Request","message":"...","errorCode":"invalid_body","details":[...]}. details and
// fetch_failure (why a document could not be read) are additions to the Management API; both are left out when empty.
HttpResponse ManagementErrorResponse(const ApiError& error);

// {"error":"invalid_client_metadata","error_description":"..."}: RFC 7591 section 3.2.2 and RFC 6750 section 3.
HttpResponse OAuthErrorResponse(const ApiError& error);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_ERROR_BODY_H_
