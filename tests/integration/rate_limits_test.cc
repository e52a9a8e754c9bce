// Rate limits over gRPC.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using Admin = v1::AdminService::Stub;

// The rates are so low that no bucket refills during a test.
class RateLimitsTest : public ::testing::Test {
 protected:
  absl::Status GetTenant(grpc::ClientContext& context, const std::string& token) {
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    v1::GetTenantRequest request;
    request.set_name("tenants/default");
    v1::Tenant tenant;
    return client::FromGrpcStatus(server_.admin().GetTenant(&context, request, &tenant));
  }
  absl::Status GetTenant(const std::string& token) {
    grpc::ClientContext context;
    return GetTenant(context, token);
  }
  std::string Told(const grpc::ClientContext& context, const std::string& key) {
    const auto found = context.GetServerInitialMetadata().find(key);
    if (found == context.GetServerInitialMetadata().end()) return "";
    return std::string(found->second.data(), found->second.size());
  }

  testing::TestServer server_{
      {}, nullptr, {}, {.rate_limit = {"caller.read=0.001/3", "address.failures=0.001/2", "tenant.read=0.001/5"}}};
};

TEST_F(RateLimitsTest, RateLimitedCallerGetsARetryDelay) {
  for (int remaining = 2; remaining >= 0; --remaining) {
    grpc::ClientContext context;
    context.AddMetadata("x-ratelimit", "tell");
    ASSERT_THAT(GetTenant(context, server_.token()), IsOk());
    EXPECT_EQ(Told(context, "x-ratelimit-limit"), "3");
    EXPECT_EQ(Told(context, "x-ratelimit-remaining"), std::to_string(remaining));
    EXPECT_NE(Told(context, "x-ratelimit-reset"), "");
  }
  grpc::ClientContext context;
  const absl::Status refused = GetTenant(context, server_.token());
  EXPECT_THAT(refused, Fails(StatusCode::kResourceExhausted, "RATE_LIMITED"));
  EXPECT_EQ(client::ErrorInfoOf(refused)->metadata().at("class"), "read");
  const auto retry = client::RetryInfoOf(refused);
  ASSERT_TRUE(retry.has_value());
  EXPECT_NEAR(static_cast<double>(retry->retry_delay().seconds()), 999, 10);
  EXPECT_EQ(Told(context, "x-ratelimit-limit"), "") << "nobody asked";

  // Another caller has its own limit until the limit of the tenant is used up.
  server_.AddToken("another", {"*"}, "");  // Restarts the server, which resets the buckets.
  for (int i = 0; i < 3; ++i) EXPECT_THAT(GetTenant(server_.token()), IsOk()) << i;
  for (int i = 0; i < 2; ++i) EXPECT_THAT(GetTenant("another"), IsOk()) << i;
  EXPECT_THAT(GetTenant("another"), Fails(StatusCode::kResourceExhausted, "RATE_LIMITED"));
}

TEST_F(RateLimitsTest, ForbiddenCallsDoNotCountForTheTenant) {
  server_.AddToken("stranger", {"*"}, "other");
  server_.AddToken("third", {"*"}, "");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(GetTenant("stranger"), Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  }
  EXPECT_THAT(GetTenant("stranger"), Fails(StatusCode::kResourceExhausted, "RATE_LIMITED")) << "but its own";
  for (int i = 0; i < 3; ++i) EXPECT_THAT(GetTenant(server_.token()), IsOk()) << i;
  for (int i = 0; i < 2; ++i) EXPECT_THAT(GetTenant("third"), IsOk()) << i;
}

TEST_F(RateLimitsTest, TokenGuessesAreLimitedWithoutHurtingOthers) {
  EXPECT_THAT(GetTenant(server_.token()), IsOk());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(GetTenant("guess"), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  }
  EXPECT_THAT(GetTenant("guess"), Fails(StatusCode::kResourceExhausted, "RATE_LIMITED"));
  EXPECT_THAT(GetTenant(""), Fails(StatusCode::kResourceExhausted, "RATE_LIMITED"));
  // A caller that has authenticated from this address before is still served.
  EXPECT_THAT(GetTenant(server_.token()), IsOk());
}

TEST_F(RateLimitsTest, UntrustedPeersCannotForwardAddresses) {
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    context.AddMetadata("x-cimd-peer-address", "203.0.113." + std::to_string(i));
    EXPECT_THAT(GetTenant(context, "guess"), i < 2 ? Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID")
                                                   : Fails(StatusCode::kResourceExhausted, "RATE_LIMITED"));
  }
}

TEST(RateLimitOptionTest, MalformedLimitsStopTheStart) {
  testing::TempDir dir;
  ServerOptions options;
  options.data_dir = dir / "data";
  options.listen = "127.0.0.1:0";
  options.rate_limit = {"caller.reads=5"};
  EXPECT_THAT(Server::Start(options),
              testing::StatusIs(StatusCode::kInvalidArgument, ::testing::HasSubstr("caller.reads")));
}

}  // namespace
}  // namespace cimd
