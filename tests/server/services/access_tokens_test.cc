#include "server/services/admin/access_tokens.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/proto_time.h"
#include "tests/server/services/service_world.h"
#include "tests/testing/error_matchers.h"

namespace cimd::testing {
namespace {

using absl::StatusCode;

// The result of a request for an access token.
struct Case {
  const char* description;
  // Lifetime of the caller's credential from now. Zero: it does not expire.
  absl::Duration caller_ends;
  std::vector<std::string> caller_scopes;
  std::string caller_tenant;
  // Requested lifetime of the token from now. Zero: it does not expire.
  absl::Duration token_ends;
  std::vector<std::string> token_scopes;
  // Empty if the token is created.
  std::string reason;
};

TEST(AccessTokensTest, ATokenOutlivesItsMakerOnlyByAScopeOfItsOwn) {
  const std::string unbounded(rpc::kUnboundedAccessTokensScope);
  const absl::Duration never = absl::ZeroDuration();
  const absl::Duration soon = absl::Minutes(5);
  const absl::Duration later = absl::Hours(1);
  const Case cases[] = {
      {"a lasting caller", never, {"*"}, "", never, {"*"}, ""},
      {"a lasting caller gives the scope", never, {"*"}, "", never, {unbounded}, ""},
      {"up to the caller's end", soon, {"*"}, "", soon, {"read:clients"}, ""},
      {"beyond the caller's end", soon, {"*"}, "", later, {"read:clients"}, "ACCESS_TOKEN_OUTLIVES_CALLER"},
      {"for ever", soon, {"*"}, "", never, {"read:clients"}, "ACCESS_TOKEN_OUTLIVES_CALLER"},
      {"every scope does not stand for it", soon, {"*"}, "", soon, {unbounded}, "SCOPE_NOT_HELD"},
      {"the scope by name", soon, {"read:clients", unbounded}, "", never, {"read:clients"}, ""},
      {"the scope given on", soon, {unbounded}, "", never, {unbounded}, ""},
      {"a tenant's caller", soon, {"*", unbounded}, "t", never, {"read:clients"}, "ACCESS_TOKEN_OUTLIVES_CALLER"},
      {"a scope that is not held", never, {"read:clients"}, "", never, {"update:clients"}, "SCOPE_NOT_HELD"},
  };
  ServiceWorld world;
  for (const Case& c : cases) {
    rpc::RequestContext call = world.Call("AdminService/CreateAccessToken");
    call.caller.scopes = c.caller_scopes;
    call.caller.tenant = c.caller_tenant;
    if (c.caller_ends != never) call.caller.expire_time = call.now + c.caller_ends;
    v1::CreateAccessTokenRequest request;
    request.set_parent(ServiceWorld::kTenant);
    request.mutable_access_token()->set_display_name("x");
    for (const std::string& scope : c.token_scopes) request.mutable_access_token()->add_scopes(scope);
    if (c.token_ends != never) {
      services::ToProto(call.now + c.token_ends, *request.mutable_access_token()->mutable_expire_time());
    }
    const auto made = world.tokens->CreateAccessToken(call, request);
    if (c.reason.empty()) {
      EXPECT_THAT(made, IsOk()) << c.description;
    } else {
      EXPECT_THAT(made, Fails(StatusCode::kPermissionDenied, c.reason)) << c.description;
    }
  }
}

}  // namespace
}  // namespace cimd::testing
