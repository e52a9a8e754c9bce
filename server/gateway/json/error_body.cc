#include "server/gateway/json/error_body.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_split.h"
#include "client/status.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "server/gateway/json/error_table.h"
#include "server/gateway/json/json_response.h"

namespace cimd::gateway {
namespace {

std::string_view PrefixOf(InputPart part) {
  return part == InputPart::kBody ? "Payload validation error" : "Query validation error";
}

std::string_view CodeOf(InputPart part) { return part == InputPart::kBody ? "invalid_body" : "invalid_query_string"; }

// "Payload validation error: 'must be a string' on property a, 'must not be empty' on property b."
std::string ValidationMessage(std::string_view prefix, const std::vector<ErrorDetail>& details) {
  std::string message(prefix);
  for (size_t i = 0; i < details.size(); ++i) {
    message += fmt::format("{} '{}' on property {}", i == 0 ? ":" : ",", details[i].message, details[i].field);
  }
  return message + ".";
}

std::string MetadataOf(const absl::Status& status, const std::string& key) {
  const std::optional<google::rpc::ErrorInfo> info = client::ErrorInfoOf(status);
  if (!info.has_value()) return {};
  const auto found = info->metadata().find(key);
  return found == info->metadata().end() ? std::string() : found->second;
}

std::vector<ErrorDetail> DetailsOf(const absl::Status& status, PropertyNames names) {
  std::vector<ErrorDetail> details;
  const std::optional<google::rpc::BadRequest> bad_request = client::BadRequestOf(status);
  if (!bad_request.has_value()) return details;
  for (const auto& violation : bad_request->field_violations()) {
    details.push_back({names(violation.field()), violation.reason(), violation.description()});
  }
  return details;
}

int RetryAfterSeconds(const absl::Status& status, int http_status) {
  if (http_status != 429 && http_status != 503) return 0;
  const std::optional<google::rpc::RetryInfo> retry = client::RetryInfoOf(status);
  if (!retry.has_value()) return 1;
  // Rounded up, because a client that retries too early is refused again.
  const int64_t seconds = retry->retry_delay().seconds() + (retry->retry_delay().nanos() > 0 ? 1 : 0);
  return static_cast<int>(std::clamp<int64_t>(seconds, 1, 3600));
}

// Whether the error is invalid_redirect_uri (RFC 7591 section 3.2.2): all violations concern redirect URIs. Warnings
// are ignored.
bool OnlyRedirectUris(const std::vector<ErrorDetail>& details) {
  return !details.empty() && std::all_of(details.begin(), details.end(), [](const ErrorDetail& detail) {
    return detail.reason.starts_with("REDIRECT_URI") || detail.message.starts_with("warning: ");
  });
}

void AddRetryAfter(const ApiError& error, HttpResponse& response) {
  if (error.retry_after_seconds > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(error.retry_after_seconds));
  }
}

}  // namespace

ApiError ErrorOf(const absl::Status& status, InputPart part, PropertyNames names) {
  const ErrorRow row = ErrorRowOf(status);
  ApiError error{.status = row.status,
                 .code = std::string(row.code),
                 .message = row.message.empty() ? std::string(status.message()) : std::string(row.message),
                 .details = DetailsOf(status, names),
                 .oauth_error = std::string(row.oauth_error),
                 .retry_after_seconds = RetryAfterSeconds(status, row.status)};
  switch (row.reason) {
    case v1::ERROR_REASON_FIELD_INVALID:
      error.code = std::string(CodeOf(part));
      if (!error.details.empty()) error.message = ValidationMessage(PrefixOf(part), error.details);
      break;
    case v1::ERROR_REASON_CLIENT_ID_URL_INVALID:
      error.code = std::string(CodeOf(part));
      break;
    case v1::ERROR_REASON_RESOURCE_NAME_INVALID: {
      const std::string field = MetadataOf(status, "field");
      // Only an invalid name that came from the request's path is an invalid URI. Other resource names come from a
      // client_id in the body or query.
      const bool in_path = field.empty() || field == "parent" || field == "name" || field.ends_with(".name");
      if (!in_path) error.code = std::string(CodeOf(part));
      error.details = {{in_path ? "id" : names(field), "FORMAT", "does not have the form of an id"}};
      error.message = ValidationMessage(in_path ? "Path validation error" : PrefixOf(part), error.details);
      break;
    }
    case v1::ERROR_REASON_PAGE_TOKEN_INVALID:
      error.details = {{"from", "FORMAT", "was not given out by this server for this query; begin again without it"}};
      error.message = ValidationMessage(PrefixOf(InputPart::kQuery), error.details);
      break;
    case v1::ERROR_REASON_FIELD_NOT_EDITABLE:
    case v1::ERROR_REASON_UPDATE_MASK_INVALID:
      error.details = {{names(MetadataOf(status, "path")), "NOT_EDITABLE", "cannot be changed"}};
      error.message = ValidationMessage(PrefixOf(part), error.details);
      break;
    case v1::ERROR_REASON_DOCUMENT_INVALID:
      if (OnlyRedirectUris(error.details)) error.code = error.oauth_error = "invalid_redirect_uri";
      break;
    case v1::ERROR_REASON_DOCUMENT_NOT_FETCHED:
      error.fetch_kind = MetadataOf(status, "kind");
      error.fetch_reason = MetadataOf(status, "reason");
      break;
    case v1::ERROR_REASON_SCOPE_INSUFFICIENT:
      for (absl::string_view scope : absl::StrSplit(MetadataOf(status, "scope"), ", ", absl::SkipEmpty())) {
        error.scopes.emplace_back(scope);
      }
      break;
    default:
      break;
  }
  return error;
}

ApiError InvalidInput(InputPart part, std::vector<ErrorDetail> details) {
  std::string message = ValidationMessage(PrefixOf(part), details);
  return {.status = 400,
          .code = std::string(CodeOf(part)),
          .message = std::move(message),
          .details = std::move(details),
          .oauth_error = "invalid_request"};
}

ApiError InvalidToken(bool missing) {
  return {.status = 401, .message = "Invalid token", .oauth_error = "invalid_token", .token_missing = missing};
}

HttpResponse ManagementErrorResponse(const ApiError& error) {
  json::Value body;
  body["statusCode"] = error.status;
  body["error"] = std::string(ReasonPhrase(error.status));
  body["message"] = error.message;
  if (!error.code.empty()) body["errorCode"] = error.code;
  if (error.status == 401) body["attributes"]["error"] = error.message;
  for (const ErrorDetail& detail : error.details) {
    body["details"].push_back({{"field", detail.field}, {"reason", detail.reason}, {"message", detail.message}});
  }
  if (!error.fetch_kind.empty()) body["fetch_failure"] = {{"kind", error.fetch_kind}, {"reason", error.fetch_reason}};
  HttpResponse response = JsonResponse(error.status, body);
  if (error.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  AddRetryAfter(error, response);
  return response;
}

HttpResponse OAuthErrorResponse(const ApiError& error) {
  json::Value body;
  body["error"] = error.oauth_error;
  body["error_description"] = error.message;
  HttpResponse response = JsonResponse(OAuthStatus(error.oauth_error, error.status), body);
  if (error.oauth_error == "invalid_token") {
    response.headers.emplace_back("WWW-Authenticate",
                                  error.token_missing ? "Bearer" : "Bearer error=\"invalid_token\"");
  } else if (error.oauth_error == "insufficient_scope") {
    response.headers.emplace_back("WWW-Authenticate", fmt::format("Bearer error=\"insufficient_scope\", scope=\"{}\"",
                                                                  fmt::join(error.scopes, " ")));
  }
  AddRetryAfter(error, response);
  return response;
}

}  // namespace cimd::gateway
