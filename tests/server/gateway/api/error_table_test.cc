#include "server/gateway/json/error_table.h"

#include <set>
#include <string>
#include <string_view>

#include "cimd/v1/error_reason.pb.h"
#include "client/status.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"

namespace cimd::gateway {
namespace {

// Returns the error as a server sends it.
absl::Status ErrorWith(absl::StatusCode code, const std::string& reason, const std::string& domain = "cimd.v1") {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(domain);
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  return client::FromGrpcStatus(
      grpc::Status(static_cast<grpc::StatusCode>(code), "from the server", details.SerializeAsString()));
}

const std::set<std::string_view> kOAuthErrors = {
    "invalid_redirect_uri", "invalid_client_metadata", "invalid_request",         "invalid_token",
    "insufficient_scope",   "access_denied",           "temporarily_unavailable", "server_error"};

TEST(ErrorTableTest, KnowsEveryReason) {
  const auto* reasons = v1::ErrorReason_descriptor();
  ASSERT_GT(reasons->value_count(), 30);
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<v1::ErrorReason>(reasons->value(i)->number());
    if (reason == v1::ERROR_REASON_UNSPECIFIED) continue;
    SCOPED_TRACE(reasons->value(i)->name());
    const ErrorRow* row = FindErrorRow(reason);
    ASSERT_NE(row, nullptr);
    EXPECT_GE(row->status, 400);
    EXPECT_LT(row->status, 600);
    // The reference has no errorCode for 401.
    EXPECT_EQ(row->code.empty(), row->status == 401);
    EXPECT_TRUE(kOAuthErrors.contains(row->oauth_error)) << row->oauth_error;

    const std::string name = reasons->value(i)->name().substr(std::string_view("ERROR_REASON_").size());
    const ErrorRow found = ErrorRowOf(ErrorWith(absl::StatusCode::kInternal, name));
    EXPECT_EQ(found.reason, reason);
    EXPECT_EQ(found.status, row->status);
  }
}

TEST(ErrorTableTest, HasNoReasonTwice) {
  // FindErrorRow returns the first row. A second one would never be used.
  const auto* reasons = v1::ErrorReason_descriptor();
  std::set<const ErrorRow*> rows;
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<v1::ErrorReason>(reasons->value(i)->number());
    if (const ErrorRow* row = FindErrorRow(reason)) rows.insert(row);
  }
  EXPECT_EQ(rows.size(), static_cast<size_t>(reasons->value_count() - 1));
  EXPECT_EQ(*rows.rbegin() - *rows.begin() + 1, reasons->value_count() - 1);
}

struct Case {
  const char* reason;
  absl::StatusCode grpc_code;
  int status;
  const char* code;
  int oauth_status;
  const char* oauth_error;
};

TEST(ErrorTableTest, SaysWhatTheReferenceSays) {
  using Code = absl::StatusCode;
  const Case cases[] = {
      {"FIELD_INVALID", Code::kInvalidArgument, 400, "invalid_body", 400, "invalid_client_metadata"},
      {"RESOURCE_NAME_INVALID", Code::kInvalidArgument, 400, "invalid_uri", 400, "invalid_request"},
      {"PAGE_TOKEN_INVALID", Code::kInvalidArgument, 400, "invalid_query_string", 400, "invalid_request"},
      {"ACCESS_TOKEN_INVALID", Code::kUnauthenticated, 401, "", 401, "invalid_token"},
      {"SCOPE_INSUFFICIENT", Code::kPermissionDenied, 403, "insufficient_scope", 403, "insufficient_scope"},
      {"TENANT_FORBIDDEN", Code::kPermissionDenied, 403, "tenant_forbidden", 403, "access_denied"},
      {"OVERLOADED", Code::kResourceExhausted, 429, "too_many_requests", 429, "temporarily_unavailable"},
      {"CONTENTION", Code::kAborted, 503, "contention", 503, "temporarily_unavailable"},
      {"DEADLINE_EXCEEDED", Code::kDeadlineExceeded, 504, "deadline_exceeded", 504, "temporarily_unavailable"},
      {"SHUTTING_DOWN", Code::kUnavailable, 503, "service_unavailable", 503, "temporarily_unavailable"},
      {"STORAGE_FAILED", Code::kInternal, 500, "internal_error", 500, "server_error"},
      {"STORAGE_FAILED", Code::kUnavailable, 503, "service_unavailable", 503, "temporarily_unavailable"},
      {"CIMD_DISABLED", Code::kFailedPrecondition, 400, "operation_not_supported", 403, "access_denied"},
      {"TENANT_NOT_FOUND", Code::kNotFound, 404, "inexistent_tenant", 403, "access_denied"},
      {"CLIENT_NOT_FOUND", Code::kNotFound, 404, "inexistent_client", 400, "invalid_request"},
      {"CLIENT_ID_URL_INVALID", Code::kInvalidArgument, 400, "invalid_body", 400, "invalid_client_metadata"},
      {"CLIENT_BLOCKED", Code::kFailedPrecondition, 409, "client_blocked", 403, "access_denied"},
      {"DOCUMENT_CHANGED", Code::kAborted, 409, "document_changed", 400, "invalid_client_metadata"},
      {"RESOURCE_SERVER_NOT_FOUND", Code::kNotFound, 404, "inexistent_resource_server", 400, "invalid_request"},
      {"CONNECTION_NOT_FOUND", Code::kNotFound, 404, "inexistent_connection", 400, "invalid_request"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason);
    const ErrorRow row = ErrorRowOf(ErrorWith(c.grpc_code, c.reason));
    EXPECT_EQ(row.status, c.status);
    EXPECT_EQ(row.code, c.code);
    EXPECT_EQ(row.oauth_error, c.oauth_error);
    EXPECT_EQ(OAuthStatus(row.oauth_error, row.status), c.oauth_status);
  }
}

TEST(ErrorTableTest, TakesTheCodeOfWhatNoServerExplained) {
  const std::pair<absl::StatusCode, int> cases[] = {
      {absl::StatusCode::kCancelled, 499},          {absl::StatusCode::kUnknown, 500},
      {absl::StatusCode::kInvalidArgument, 400},    {absl::StatusCode::kDeadlineExceeded, 504},
      {absl::StatusCode::kNotFound, 404},           {absl::StatusCode::kAlreadyExists, 409},
      {absl::StatusCode::kPermissionDenied, 403},   {absl::StatusCode::kResourceExhausted, 429},
      {absl::StatusCode::kFailedPrecondition, 409}, {absl::StatusCode::kAborted, 409},
      {absl::StatusCode::kOutOfRange, 400},         {absl::StatusCode::kUnimplemented, 500},
      {absl::StatusCode::kInternal, 500},           {absl::StatusCode::kUnavailable, 503},
      {absl::StatusCode::kDataLoss, 500},           {absl::StatusCode::kUnauthenticated, 401}};
  for (const auto& [code, status] : cases) {
    SCOPED_TRACE(absl::StatusCodeToString(code));
    for (const absl::Status& error :
         {absl::Status(code, "ipv4:10.0.0.7:8470: refused"), ErrorWith(code, "CLIENT_NOT_FOUND", "another.example")}) {
      const ErrorRow row = ErrorRowOf(error);
      EXPECT_EQ(row.status, status);
      EXPECT_EQ(row.reason, v1::ERROR_REASON_UNSPECIFIED);
      // The answer must not contain gRPC's messages about addresses.
      EXPECT_FALSE(row.message.empty());
    }
  }
}

TEST(ErrorTableTest, ShowsTheMessageOfAReasonThatIsNewer) {
  const ErrorRow row = ErrorRowOf(ErrorWith(absl::StatusCode::kFailedPrecondition, "INVENTED_TOMORROW"));
  EXPECT_EQ(row.status, 409);
  EXPECT_EQ(row.message, "");
}

}  // namespace
}  // namespace cimd::gateway
