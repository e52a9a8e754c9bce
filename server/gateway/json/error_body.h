#ifndef CIMD_SERVER_GATEWAY_JSON_ERROR_BODY_H_
#define CIMD_SERVER_GATEWAY_JSON_ERROR_BODY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/gateway/http/http_message.h"

// Errors as HTTP shows them, in two forms: the Management API's and OAuth's.
namespace cimd::gateway {

// One thing wrong with a request.
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
  // Whether there was no access token at all, so that there is nothing to say against it (RFC 6750 section 3.1).
  bool token_missing = false;
  // The scopes, any of which would do, when that is what was missing.
  std::vector<std::string> scopes = {};
  // 0: none is told.
  int retry_after_seconds = 0;
  // FetchFailureKind and FetchFailureReason, when it was a fetch that failed.
  std::string fetch_kind = {};
  std::string fetch_reason = {};
};

// The part of a request that the caller's input came in, and with it the fields of the RPC.
enum class InputPart { kBody, kQuery };

// What the API calls a field of an RPC's request: "client.settings.refresh_token.leeway_seconds" is
// "refresh_token.leeway".
using PropertyNames = std::string (*)(std::string_view field);

// For a part of the API in which properties are called what the RPC calls its fields.
inline std::string SameProperty(std::string_view field) { return std::string(field); }

// What a failed RPC means for the HTTP client. `status` is not OK.
ApiError ErrorOf(const absl::Status& status, InputPart part, PropertyNames names);

// 400 with every one of `details` (not empty), which this gateway found itself.
ApiError InvalidInput(InputPart part, std::vector<ErrorDetail> details);

// 401 for a request without an access token, or with one that cannot be one.
ApiError InvalidToken(bool missing);

// {"statusCode":400,"error":"Bad Request","message":"...","errorCode":"invalid_body","details":[...]}. details is an
// addition of ours, left out when empty; so is fetch_failure, which says of a document that could not be read what kind
// of failure that was.
HttpResponse ManagementErrorResponse(const ApiError& error);

// {"error":"invalid_client_metadata","error_description":"..."}: RFC 7591 section 3.2.2 and RFC 6750 section 3.
HttpResponse OAuthErrorResponse(const ApiError& error);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_ERROR_BODY_H_
