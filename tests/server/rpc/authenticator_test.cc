#include "server/rpc/authenticator.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "tests/testing/error_matchers.h"

namespace cimd::rpc {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;

constexpr Method kTenantMethod{"x/T", WorkClass::kRead, Scoping::kTenant, {"read:clients", "update:clients"}};
constexpr Method kPlatformMethod{"x/P", WorkClass::kRead, Scoping::kPlatform, {"read:tenants"}};

Caller Holding(std::vector<std::string> scopes, const char* tenant) {
  return Caller{.scopes = std::move(scopes), .tenant = tenant};
}

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Authenticates without a client certificate and without earlier failures.
absl::StatusOr<Caller> Authenticate(const Authenticator& authenticator, std::string_view authorization,
                                    const PeerCertificate& certificate = {}) {
  return authenticator.Authenticate(
      authorization, kNow, [&] { return certificate; }, [] { return absl::OkStatus(); });
}

TEST(AuthenticatorTest, FindsCallersByTheDigestOfTheirToken) {
  const Authenticator authenticator({.by_token = [](std::string_view digest) -> absl::StatusOr<std::optional<Caller>> {
    if (digest == crypto::Sha256("good")) return Caller{.name = "caller"};
    if (digest == crypto::Sha256("broken")) return errors::Internal();
    return std::nullopt;
  }});
  EXPECT_EQ(Authenticate(authenticator, "Bearer good")->name, "caller");
  EXPECT_EQ(Authenticate(authenticator, "bearer good")->name, "caller");
  for (const std::string& authorization :
       {std::string(), std::string("good"), std::string("Bearer"), std::string("Bearer "), std::string("Bearer bad"),
        std::string("Bearer  good"), std::string("Basic good"), "Bearer " + std::string(10000, 'x'),
        std::string("Bearer a.b.c")}) {
    EXPECT_THAT(Authenticate(authenticator, authorization), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"))
        << authorization.substr(0, 40);
  }
  EXPECT_THAT(Authenticate(authenticator, "Bearer broken"), Fails(StatusCode::kInternal, "INTERNAL"));
}

TEST(AuthenticatorTest, TokenDecidesEvenWithACertificate) {
  const Authenticator authenticator({.by_token = [](std::string_view digest) -> absl::StatusOr<std::optional<Caller>> {
                                       if (digest == crypto::Sha256("good")) return Caller{.name = "token"};
                                       return std::nullopt;
                                     },
                                     .by_jwt = [](std::string_view jwt, absl::Time) -> std::optional<Caller> {
                                       if (jwt == "a.good.one") return Caller{.name = "jwt"};
                                       return std::nullopt;
                                     },
                                     .by_certificate = [](const PeerCertificate& certificate) -> std::optional<Caller> {
                                       if (!certificate.uris.empty()) return Caller{.name = certificate.uris[0]};
                                       return std::nullopt;
                                     }});
  const PeerCertificate certificate{.uris = {"spiffe://x"}};
  EXPECT_EQ(Authenticate(authenticator, "Bearer good", certificate)->name, "token");
  EXPECT_EQ(Authenticate(authenticator, "Bearer a.good.one", certificate)->name, "jwt");
  EXPECT_EQ(Authenticate(authenticator, "", certificate)->name, "spiffe://x");
  // A refused token must not fall back to the certificate of the proxy that forwarded it.
  for (const char* refused : {"Bearer bad", "Bearer a.bad.one", "Basic good", "Bearer ", " "}) {
    EXPECT_THAT(Authenticate(authenticator, refused, certificate),
                Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"))
        << refused;
  }
  EXPECT_THAT(Authenticate(authenticator, "", {.dns_names = {"x"}}),
              Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
}

TEST(AuthenticatorTest, AsksBeforeWorkOnUnfamiliarCredentials) {
  int lookups = 0;
  const Authenticator authenticator({.by_token = [&](std::string_view digest) -> absl::StatusOr<std::optional<Caller>> {
    ++lookups;
    if (digest == crypto::Sha256("good")) return Caller{};
    return std::nullopt;
  }});
  ASSERT_THAT(Authenticate(authenticator, "Bearer good"), IsOk());
  const auto from_bad_address = [&](std::string_view authorization) {
    return authenticator.Authenticate(
        authorization, kNow, [] { return PeerCertificate(); },
        [] { return errors::RateLimited("unauthenticated", 1, absl::Seconds(1)); });
  };
  for (const char* token : {"Bearer bad", "Bearer a.b.c", "", "Basic"}) {
    EXPECT_THAT(from_bad_address(token), Fails(StatusCode::kResourceExhausted, "RATE_LIMITED")) << token;
  }
  EXPECT_EQ(lookups, 1);
  // A caller that has authenticated before is not locked out by other callers from the same address.
  EXPECT_THAT(from_bad_address("Bearer good"), IsOk());
}

TEST(AuthenticatorTest, CredentialStandsUntilItExpiresOrIsRevoked) {
  bool revoked = false;
  int64_t revision = 7;
  const Authenticator authenticator(
      {.by_token = [&](std::string_view) -> absl::StatusOr<std::optional<Caller>> {
         if (revoked) return std::nullopt;
         return Caller{.kind = v1::CALLER_KIND_ACCESS_TOKEN, .expire_time = kNow + absl::Seconds(100)};
       },
       .by_jwt = [](std::string_view, absl::Time) -> std::optional<Caller> {
         return Caller{.kind = v1::CALLER_KIND_JWT, .expire_time = kNow + absl::Seconds(100), .identity_revision = 7};
       },
       .identity_revision = [&] { return revision; }});
  const absl::StatusOr<Caller> token = Authenticate(authenticator, "Bearer good");
  const absl::StatusOr<Caller> jwt = Authenticate(authenticator, "Bearer a.b.c");
  const auto ended = Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID");
  for (const auto& caller : {token, jwt}) {
    ASSERT_THAT(caller, IsOk());
    EXPECT_THAT(authenticator.CheckStanding(*caller, kNow + absl::Seconds(99)), IsOk());
    EXPECT_THAT(authenticator.CheckStanding(*caller, kNow + absl::Seconds(100)), ended);
  }
  revoked = true;
  EXPECT_THAT(authenticator.CheckStanding(*token, kNow), ended);
  EXPECT_THAT(authenticator.CheckStanding(*jwt, kNow), IsOk());
  revision = 8;
  EXPECT_THAT(authenticator.CheckStanding(*jwt, kNow), ended);
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
