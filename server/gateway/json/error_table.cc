#include "server/gateway/json/error_table.h"

#include <optional>
#include <string>

#include "client/status.h"

namespace cimd::gateway {
namespace {

constexpr std::string_view kDomain = "cimd.v1";

constexpr ErrorRow kByReason[] = {
    // Requests in general.
    {v1::ERROR_REASON_FIELD_INVALID, 400, "invalid_body", "invalid_client_metadata"},
    {v1::ERROR_REASON_RESOURCE_NAME_INVALID, 400, "invalid_uri", "invalid_request"},
    {v1::ERROR_REASON_PAGE_TOKEN_INVALID, 400, "invalid_query_string", "invalid_request"},
    {v1::ERROR_REASON_UPDATE_MASK_INVALID, 400, "invalid_body", "invalid_request"},
    {v1::ERROR_REASON_FIELD_NOT_EDITABLE, 400, "invalid_body", "invalid_request"},
    {v1::ERROR_REASON_REQUEST_ID_REUSED, 400, "invalid_body", "invalid_request"},
    {v1::ERROR_REASON_ETAG_MISMATCH, 409, "etag_mismatch", "temporarily_unavailable"},
    {v1::ERROR_REASON_ACCESS_TOKEN_INVALID, 401, "", "invalid_token", "Invalid token"},
    {v1::ERROR_REASON_SCOPE_INSUFFICIENT, 403, "insufficient_scope", "insufficient_scope"},
    {v1::ERROR_REASON_TENANT_FORBIDDEN, 403, "tenant_forbidden", "access_denied"},
    {v1::ERROR_REASON_TENANT_REQUIRED, 400, "tenant_required", "invalid_request",
     "The access token is bound to no tenant: name one in the header x-cimd-tenant, or call at its issuer's address"},
    {v1::ERROR_REASON_METHOD_FORBIDDEN, 403, "method_forbidden", "access_denied"},
    {v1::ERROR_REASON_OVERLOADED, 429, "too_many_requests", "temporarily_unavailable"},
    {v1::ERROR_REASON_RATE_LIMITED, 429, "too_many_requests", "temporarily_unavailable"},
    {v1::ERROR_REASON_CURSOR_INVALID, 400, "invalid_query_string", "invalid_request"},
    {v1::ERROR_REASON_CURSOR_EXPIRED, 410, "cursor_expired", "invalid_request"},
    {v1::ERROR_REASON_WATCH_TOO_SLOW, 429, "watch_too_slow", "temporarily_unavailable"},
    {v1::ERROR_REASON_TOO_MANY_STREAMS, 429, "too_many_streams", "temporarily_unavailable"},
    {v1::ERROR_REASON_RESOURCE_TOO_LARGE, 400, "invalid_body", "invalid_request"},
    {v1::ERROR_REASON_CONTENTION, 503, "contention", "temporarily_unavailable"},
    {v1::ERROR_REASON_DEADLINE_EXCEEDED, 504, "deadline_exceeded", "temporarily_unavailable"},
    {v1::ERROR_REASON_SHUTTING_DOWN, 503, "service_unavailable", "temporarily_unavailable"},
    {v1::ERROR_REASON_STORAGE_FAILED, 500, "internal_error", "server_error"},
    {v1::ERROR_REASON_INTERNAL, 500, "internal_error", "server_error"},

    // Tenants.
    {v1::ERROR_REASON_TENANT_NOT_FOUND, 404, "inexistent_tenant", "access_denied", "The tenant does not exist"},
    {v1::ERROR_REASON_TENANT_EXISTS, 409, "tenant_conflict", "invalid_request"},
    {v1::ERROR_REASON_TENANT_NOT_EMPTY, 409, "tenant_not_empty", "invalid_request"},
    {v1::ERROR_REASON_TENANT_BEING_DELETED, 409, "tenant_being_deleted", "access_denied"},
    {v1::ERROR_REASON_DOMAIN_TAKEN, 409, "domain_conflict", "invalid_request"},
    {v1::ERROR_REASON_CIMD_DISABLED, 400, "operation_not_supported", "access_denied"},
    {v1::ERROR_REASON_SERVER_METADATA_INCOMPLETE, 404, "server_metadata_incomplete", "invalid_request"},

    // Clients.
    {v1::ERROR_REASON_CLIENT_NOT_FOUND, 404, "inexistent_client", "invalid_request", "The client does not exist"},
    {v1::ERROR_REASON_CLIENT_ID_URL_INVALID, 400, "invalid_body", "invalid_client_metadata"},
    {v1::ERROR_REASON_CLIENT_BLOCKED, 409, "client_blocked", "access_denied"},
    {v1::ERROR_REASON_BLOCK_NOT_FOUND, 404, "inexistent_client_block", "invalid_request"},
    {v1::ERROR_REASON_CLIENT_PINNED, 409, "client_pinned", "access_denied"},
    {v1::ERROR_REASON_CLIENT_NOT_PINNED, 409, "client_not_pinned", "invalid_request"},
    {v1::ERROR_REASON_CLIENT_HAS_NO_KEYS, 400, "operation_not_supported", "invalid_request"},

    // Documents.
    {v1::ERROR_REASON_DOCUMENT_INVALID, 400, "invalid_client_metadata", "invalid_client_metadata"},
    {v1::ERROR_REASON_DOCUMENT_CHANGED, 409, "document_changed", "invalid_client_metadata"},
    {v1::ERROR_REASON_DOCUMENT_NOT_FOUND, 404, "inexistent_document", "invalid_request"},
    {v1::ERROR_REASON_DOCUMENT_NOT_FETCHED, 400, "client_metadata_not_retrieved", "invalid_client_metadata"},

    // APIs, grants, connections.
    {v1::ERROR_REASON_RESOURCE_SERVER_EXISTS, 409, "resource_server_conflict", "invalid_request"},
    {v1::ERROR_REASON_RESOURCE_SERVER_NOT_FOUND, 404, "inexistent_resource_server", "invalid_request",
     "The resource server does not exist"},
    {v1::ERROR_REASON_RESOURCE_SERVER_IN_USE, 409, "resource_server_in_use", "invalid_request"},
    {v1::ERROR_REASON_SCOPE_IN_USE, 409, "scope_in_use", "invalid_request"},
    {v1::ERROR_REASON_SCOPE_UNKNOWN, 400, "invalid_body", "invalid_request"},
    {v1::ERROR_REASON_CLIENT_GRANT_EXISTS, 409, "client_grant_conflict", "invalid_request"},
    {v1::ERROR_REASON_CLIENT_GRANT_NOT_FOUND, 404, "inexistent_client_grant", "invalid_request",
     "The client grant does not exist"},
    {v1::ERROR_REASON_CLIENT_IN_USE, 409, "client_in_use", "invalid_request"},
    {v1::ERROR_REASON_CONNECTION_EXISTS, 409, "connection_conflict", "invalid_request"},
    {v1::ERROR_REASON_CONNECTION_NOT_FOUND, 404, "inexistent_connection", "invalid_request",
     "The connection does not exist"},
    {v1::ERROR_REASON_CONNECTION_IN_USE, 409, "connection_in_use", "invalid_request"},
    {v1::ERROR_REASON_DOMAIN_CONNECTIONS_EXHAUSTED, 409, "domain_connections_exhausted", "invalid_request"},

    // Access tokens, audit, the server.
    {v1::ERROR_REASON_ACCESS_TOKEN_OUTLIVES_CALLER, 403, "access_token_outlives_caller", "access_denied"},
    {v1::ERROR_REASON_SCOPE_NOT_HELD, 403, "scope_not_held", "access_denied"},
    {v1::ERROR_REASON_ACCESS_TOKEN_NOT_FOUND, 404, "inexistent_access_token", "invalid_request"},
    {v1::ERROR_REASON_ACCESS_TOKENS_EXHAUSTED, 409, "access_tokens_exhausted", "invalid_request"},
    {v1::ERROR_REASON_AUDIT_EVENT_NOT_FOUND, 404, "inexistent_audit_event", "invalid_request"},
    {v1::ERROR_REASON_BACKUP_DISABLED, 409, "backup_disabled", "invalid_request"},
    {v1::ERROR_REASON_BACKUP_EXISTS, 409, "backup_conflict", "invalid_request"},
};

// The row for a status without a reason, or with a reason that the table lacks.
ErrorRow RowByCode(absl::StatusCode code) {
  constexpr v1::ErrorReason kNone = v1::ERROR_REASON_UNSPECIFIED;
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return {kNone, 400, "invalid_body", "invalid_request", "The request was refused"};
    case absl::StatusCode::kUnauthenticated:
      return {kNone, 401, "", "invalid_token", "Invalid token"};
    case absl::StatusCode::kPermissionDenied:
      return {kNone, 403, "access_denied", "access_denied", "Access was denied"};
    case absl::StatusCode::kNotFound:
      return {kNone, 404, "not_found", "invalid_request", "There is no such thing"};
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return {kNone, 409, "conflict", "invalid_request", "The request does not fit the present state"};
    case absl::StatusCode::kResourceExhausted:
      return {kNone, 429, "too_many_requests", "temporarily_unavailable", "Too much is under way"};
    case absl::StatusCode::kUnavailable:
      return {kNone, 503, "service_unavailable", "temporarily_unavailable",
              "The service is not available at the moment"};
    case absl::StatusCode::kDeadlineExceeded:
      return {kNone, 504, "deadline_exceeded", "temporarily_unavailable", "The service took too long to answer"};
    case absl::StatusCode::kCancelled:
      // The client has disconnected. The status appears only in the log.
      return {kNone, 499, "cancelled", "temporarily_unavailable", "The request was cancelled"};
    default:
      return {kNone, 500, "internal_error", "server_error", "An internal error"};
  }
}

}  // namespace

const ErrorRow* FindErrorRow(v1::ErrorReason reason) {
  for (const ErrorRow& row : kByReason) {
    if (row.reason == reason) return &row;
  }
  return nullptr;
}

ErrorRow ErrorRowOf(const absl::Status& status) {
  const std::optional<google::rpc::ErrorInfo> info = client::ErrorInfoOf(status);
  if (!info.has_value() || info->domain() != kDomain) return RowByCode(status.code());
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  v1::ErrorReason_Parse("ERROR_REASON_" + info->reason(), &reason);
  const ErrorRow* found = FindErrorRow(reason);
  if (found == nullptr) {
    // The reason comes from a newer server. The server's message is shown, because it is written for callers.
    ErrorRow row = RowByCode(status.code());
    row.message = "";
    return row;
  }
  ErrorRow row = *found;
  if (reason == v1::ERROR_REASON_STORAGE_FAILED && absl::IsUnavailable(status)) {
    row.status = 503;
    row.code = "service_unavailable";
    row.oauth_error = "temporarily_unavailable";
  }
  return row;
}

int OAuthStatus(std::string_view oauth_error, int status) {
  if (oauth_error == "access_denied" || oauth_error == "insufficient_scope") return 403;
  if (oauth_error == "invalid_token") return 401;
  if (oauth_error == "server_error") return 500;
  if (oauth_error == "temporarily_unavailable") return status >= 429 ? status : 503;
  return 400;
}

}  // namespace cimd::gateway
