#include "server/policy/checks.h"

#include <utility>

namespace cimd::policy {
namespace {

constexpr size_t kMaxQuotedBytes = 80;

// RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E.
bool IsAllowedInDescription(char c) { return c >= 0x20 && c <= 0x7E && c != '"' && c != '\\'; }

}  // namespace

std::string_view OAuthError(v1::CheckReason reason, FlowStage stage, std::string_view parameter) {
  switch (reason) {
    case v1::CHECK_REASON_CLIENT_ID_MISSING:
    case v1::CHECK_REASON_REDIRECT_URI_MISSING:
    case v1::CHECK_REASON_REDIRECT_URI_MISMATCH:
    case v1::CHECK_REASON_RESPONSE_TYPE_MISSING:
    case v1::CHECK_REASON_PKCE_MISSING:
    case v1::CHECK_REASON_PKCE_METHOD:
    case v1::CHECK_REASON_PKCE_MALFORMED:
    case v1::CHECK_REASON_PARAMETER_FORBIDDEN:
    case v1::CHECK_REASON_PARAMETER_REPEATED:
    case v1::CHECK_REASON_GRANT_TYPE_MISSING:
    // The error is the same for both, so that the names of other connections cannot be guessed.
    case v1::CHECK_REASON_CONNECTION_UNKNOWN:
    case v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL:
      return "invalid_request";
    case v1::CHECK_REASON_CLIENT_UNKNOWN:
      return stage == FlowStage::kAuthorization ? "invalid_request" : "invalid_client";
    case v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING:
    case v1::CHECK_REASON_CLIENT_AUTHENTICATION_FAILED:
    case v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD:
      return "invalid_client";
    case v1::CHECK_REASON_CIMD_DISABLED:
    case v1::CHECK_REASON_CLIENT_BLOCKED:
    case v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED:
    case v1::CHECK_REASON_CONNECTION_NONE:
      return "unauthorized_client";
    case v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED:
      return "unsupported_response_type";
    case v1::CHECK_REASON_GRANT_TYPE_UNSUPPORTED:
      return "unsupported_grant_type";
    case v1::CHECK_REASON_AUDIENCE_MISSING:
    case v1::CHECK_REASON_RESOURCE_MALFORMED:
    case v1::CHECK_REASON_RESOURCE_AMBIGUOUS:
      return "invalid_target";
    case v1::CHECK_REASON_AUDIENCE_UNKNOWN:
      return stage == FlowStage::kRedemption ? "invalid_grant" : "invalid_target";
    case v1::CHECK_REASON_ACCESS_DENIED_BY_API:
    case v1::CHECK_REASON_GRANT_MISSING:
      return stage == FlowStage::kRedemption ? "invalid_grant" : "unauthorized_client";
    case v1::CHECK_REASON_SCOPES_NOT_GRANTED:
      return stage == FlowStage::kRedemption ? "invalid_grant" : "invalid_scope";
    case v1::CHECK_REASON_EXCEEDS_AUTHORIZATION:
      return parameter == "scope" ? "invalid_scope" : "invalid_target";
    case v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED:
    case v1::CHECK_REASON_REDIRECT_URI_REMOVED:
    case v1::CHECK_REASON_AUTH_METHOD_WEAKENED:
    case v1::CHECK_REASON_REDIRECT_URI_CHANGED:
    case v1::CHECK_REASON_CLIENT_REPLACED:
    case v1::CHECK_REASON_AUTHORIZATION_MISSING:
      return "invalid_grant";
    default:
      return "server_error";
  }
}

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text.substr(0, kMaxQuotedBytes)) quoted += IsAllowedInDescription(c) ? c : '?';
  quoted += text.size() > kMaxQuotedBytes ? "...'" : "'";
  return quoted;
}

void Checks::Fail(v1::CheckReason reason, std::string_view parameter, std::string description) {
  v1::FailedCheck& check = *failed_.Add();
  check.set_reason(reason);
  const std::string_view error = OAuthError(reason, stage_, parameter);
  check.set_error(error.data(), error.size());
  check.set_description(std::move(description));
  check.set_parameter(parameter.data(), parameter.size());
}

}  // namespace cimd::policy
