#include "server/rpc/authenticator.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/crypto/sha256.h"
#include "server/rpc/errors.h"
#include "tests/testing/error_matchers.h"

namespace cimd::rpc {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;

constexpr Method kTenantMethod{"x/T", Access::kRead, Scoping::kTenant, {"read:clients", "update:clients"}};
constexpr Method kPlatformMethod{"x/P", Access::kRead, Scoping::kPlatform, {"read:tenants"}};

Caller Holding(std::vector<std::string> scopes, const char* tenant) {
  return Caller{.scopes = std::move(scopes), .tenant = tenant};
}

TEST(AuthenticatorTest, FindsCallersByTheDigestOfTheirToken) {
  Authenticator authenticator([](std::string_view digest) -> absl::StatusOr<std::optional<Caller>> {
    if (digest == crypto::Sha256("good")) return Caller{.name = "caller"};
    if (digest == crypto::Sha256("broken")) return errors::Internal();
    return std::nullopt;
  });
  EXPECT_EQ(authenticator.Authenticate("Bearer good")->name, "caller");
  EXPECT_EQ(authenticator.Authenticate("bearer good")->name, "caller");
  for (const std::string& authorization :
       {std::string(), std::string("good"), std::string("Bearer"), std::string("Bearer "), std::string("Bearer bad"),
        std::string("Bearer  good"), std::string("Basic good"), "Bearer " + std::string(10000, 'x')}) {
    EXPECT_THAT(authenticator.Authenticate(authorization), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"))
        << authorization.substr(0, 40);
  }
  EXPECT_THAT(authenticator.Authenticate("Bearer broken"), Fails(StatusCode::kInternal, "INTERNAL"));
}

TEST(AuthenticatorTest, ACallerStandsAsLongAsItsToken) {
  bool revoked = false;
  Authenticator authenticator([&](std::string_view) -> absl::StatusOr<std::optional<Caller>> {
    if (revoked) return std::nullopt;
    return Caller{.name = "caller", .expire_time = absl::FromUnixSeconds(100)};
  });
  const absl::StatusOr<Caller> caller = authenticator.Authenticate("Bearer good");
  ASSERT_THAT(caller, IsOk());
  EXPECT_THAT(authenticator.CheckStanding(*caller, absl::FromUnixSeconds(99)), IsOk());
  EXPECT_THAT(authenticator.CheckStanding(*caller, absl::FromUnixSeconds(100)),
              Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  revoked = true;
  EXPECT_THAT(authenticator.CheckStanding(*caller, absl::FromUnixSeconds(99)),
              Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
}

TEST(AuthenticatorTest, AuthorizesByScopeThenByTenant) {
  struct Case {
    const char* what;
    Caller caller;
    const Method& method;
    const char* tenant;
    const char* reason;  // empty: allowed
  };
  const Case cases[] = {
      {"platform caller with the first scope", Holding({"read:clients"}, ""), kTenantMethod, "t", ""},
      {"platform caller with the second scope", Holding({"update:clients"}, ""), kTenantMethod, "t", ""},
      {"every scope", Holding({"*"}, ""), kPlatformMethod, "", ""},
      {"no scope", Holding({}, ""), kTenantMethod, "t", "SCOPE_INSUFFICIENT"},
      {"another scope", Holding({"read:tenants", "read:client"}, ""), kTenantMethod, "t", "SCOPE_INSUFFICIENT"},
      {"tenant caller at home", Holding({"read:clients"}, "t"), kTenantMethod, "t", ""},
      {"tenant caller abroad", Holding({"read:clients"}, "t"), kTenantMethod, "u", "TENANT_FORBIDDEN"},
      {"tenant caller nowhere", Holding({"read:clients"}, "t"), kTenantMethod, "", "TENANT_FORBIDDEN"},
      {"tenant caller at the platform", Holding({"*"}, "t"), kPlatformMethod, "", "METHOD_FORBIDDEN"},
  };
  for (const Case& c : cases) {
    absl::Status status = Authorize(c.caller, c.method, c.tenant);
    EXPECT_EQ(client::ReasonOf(status), c.reason) << c.what;
    EXPECT_EQ(status.ok(), *c.reason == '\0') << c.what;
  }
}

}  // namespace
}  // namespace cimd::rpc
