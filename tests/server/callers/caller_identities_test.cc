#include "server/callers/caller_identities.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::callers {
namespace {

using ::cimd::testing::IsOk;
using ::cimd::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kGood[] = R"({
  "issuers": [{
    "issuer": "https://kubernetes.default.svc",
    "audiences": ["cimd"],
    "algorithms": ["RS256", "ES256"],
    "max_lifetime_seconds": 7200,
    "jwks_uri": "https://10.0.0.1/openid/v1/jwks",
    "ca_file": "/ca.pem",
    "allow_addresses": ["10.0.0.1/32"],
    "rules": [
      {"claims": {"sub": "system:serviceaccount:auth:server"}, "scopes": ["check:decisions"], "tenant": "acme"},
      {"claims": {"groups": {"contains": "admins"}, "email_verified": "yes"}, "scopes": ["*"], "platform": true}
    ]
  }],
  "certificates": [
    {"uri": "spiffe://example.org/ns/auth/sa/*", "scopes": ["read:clients"], "tenant": "acme"},
    {"dns_name": "*.auth.example.org", "scopes": ["read:tenants"], "platform": true}
  ]
})";

TEST(CallerIdentitiesTest, ReadsEverything) {
  absl::StatusOr<CallerIdentities> identities = ParseCallerIdentities(kGood);
  ASSERT_THAT(identities, IsOk());
  ASSERT_EQ(identities->issuers.size(), 1u);
  const Issuer& issuer = identities->issuers[0];
  EXPECT_EQ(issuer.expected.issuer, "https://kubernetes.default.svc");
  EXPECT_THAT(issuer.expected.audiences, ElementsAre("cimd"));
  EXPECT_THAT(issuer.expected.algorithms, ElementsAre(jose::Algorithm::kRs256, jose::Algorithm::kEs256));
  EXPECT_EQ(issuer.expected.max_lifetime, absl::Hours(2));
  EXPECT_THAT(issuer.allow_addresses, ElementsAre("10.0.0.1/32"));
  ASSERT_EQ(issuer.rules.size(), 2u);
  EXPECT_EQ(issuer.rules[0].grant.tenant, "acme");
  EXPECT_EQ(issuer.rules[1].grant.tenant, "");
  EXPECT_TRUE(issuer.rules[1].claims[0].contains);
  ASSERT_EQ(identities->certificates.size(), 2u);
  EXPECT_THAT(ParseCallerIdentities("{}"), IsOk());
}

TEST(CallerIdentitiesTest, NamesEveryMistake) {
  EXPECT_THAT(
      ParseCallerIdentities(R"({"issuer": [], "issuers": [{"issuer": "", "audiences": [], "algorithms": ["HS256"],
          "max_lifetime_seconds": 1e9, "jwks_uri": "http://x", "jwks_file": "f",
          "rules": [{"claims": {"sub": 5, "groups": {"has": "x"}}, "scopes": ["read:clientz"], "tenant": "Acme",
                     "platform": true}]}],
          "certificates": [{"uri": "spiffe://*/x", "dns_name": "*.org", "scopes": "read:clients"}, 7]})"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("$.issuer is not a member"), HasSubstr("$.issuers[0].issuer must be a string"),
                     HasSubstr("$.issuers[0].audiences must be an array"), HasSubstr("'HS256'"),
                     HasSubstr("$.issuers[0].max_lifetime_seconds must be"), HasSubstr("must begin with https://"),
                     HasSubstr("must have either \"jwks_file\" or \"jwks_uri\""),
                     HasSubstr("$.issuers[0].rules[0].claims.sub must be an object"),
                     HasSubstr("$.issuers[0].rules[0].claims.groups.has is not a member"), HasSubstr("'read:clientz'"),
                     HasSubstr("$.issuers[0].rules[0].tenant is not the id"),
                     HasSubstr("$.issuers[0].rules[0] must have either \"tenant\" or \"platform\": true"))));
}

TEST(CallerIdentitiesTest, NothingIsGivenByLeavingSomethingOut) {
  const struct {
    const char* what;
    const char* json;
  } cases[] = {
      {"neither tenant nor platform", R"({"certificates":[{"uri":"spiffe://a/b","scopes":["*"]}]})"},
      {"platform false", R"({"certificates":[{"uri":"spiffe://a/b","scopes":["*"],"platform":false}]})"},
      {"no scopes", R"({"certificates":[{"uri":"spiffe://a/b","platform":true}]})"},
      {"empty scopes", R"({"certificates":[{"uri":"spiffe://a/b","scopes":[],"platform":true}]})"},
      {"no name", R"({"certificates":[{"scopes":["*"],"platform":true}]})"},
      {"a wildcard for the trust domain", R"({"certificates":[{"uri":"spiffe://*","scopes":["*"],"platform":true}]})"},
      {"a wildcard inside", R"({"certificates":[{"uri":"spiffe://a/*/b","scopes":["*"],"platform":true}]})"},
      {"a wildcard for a part", R"({"certificates":[{"uri":"spiffe://a/b*","scopes":["*"],"platform":true}]})"},
      {"two wildcards", R"({"certificates":[{"uri":"spiffe://a/*/*","scopes":["*"],"platform":true}]})"},
      {"not a URI", R"({"certificates":[{"uri":"a/b","scopes":["*"],"platform":true}]})"},
      {"a wildcard for a top-level domain",
       R"({"certificates":[{"dns_name":"*.org","scopes":["*"],"platform":true}]})"},
      {"a wildcard alone", R"({"certificates":[{"dns_name":"*","scopes":["*"],"platform":true}]})"},
      {"a wildcard within a label", R"({"certificates":[{"dns_name":"a*.b.org","scopes":["*"],"platform":true}]})"},
      {"upper case", R"({"certificates":[{"dns_name":"A.b.org","scopes":["*"],"platform":true}]})"},
      {"rules without claims",
       R"({"issuers":[{"issuer":"i","audiences":["a"],"algorithms":["RS256"],"jwks_file":"f",
           "rules":[{"claims":{},"scopes":["*"],"platform":true}]}]})"},
      {"no rules", R"({"issuers":[{"issuer":"i","audiences":["a"],"algorithms":["RS256"],"jwks_file":"f"}]})"},
      {"no audiences", R"({"issuers":[{"issuer":"i","algorithms":["RS256"],"jwks_file":"f",
           "rules":[{"claims":{"sub":"x"},"scopes":["*"],"platform":true}]}]})"},
      {"no algorithms", R"({"issuers":[{"issuer":"i","audiences":["a"],"jwks_file":"f",
           "rules":[{"claims":{"sub":"x"},"scopes":["*"],"platform":true}]}]})"},
      {"no keys", R"({"issuers":[{"issuer":"i","audiences":["a"],"algorithms":["RS256"],
           "rules":[{"claims":{"sub":"x"},"scopes":["*"],"platform":true}]}]})"},
      {"an algorithm with a shared secret", R"({"issuers":[{"issuer":"i","audiences":["a"],"algorithms":["none"],
           "jwks_file":"f","rules":[{"claims":{"sub":"x"},"scopes":["*"],"platform":true}]}]})"},
      {"the same member twice", R"({"certificates":[],"certificates":[]})"},
      {"a list", "[]"},
      {"nothing", ""},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(ParseCallerIdentities(c.json), StatusIs(absl::StatusCode::kInvalidArgument)) << c.what;
  }
}

TEST(CallerIdentitiesTest, TheFirstRuleThatAppliesDecides) {
  const CallerIdentities identities = *ParseCallerIdentities(kGood);
  const Issuer& issuer = identities.issuers[0];
  const struct {
    const char* claims;
    int rule;  // -1: none
  } cases[] = {
      {R"({"sub": "system:serviceaccount:auth:server"})", 0},
      {R"({"sub": "system:serviceaccount:auth:server", "groups": ["admins"], "email_verified": "yes"})", 0},
      {R"({"sub": "system:serviceaccount:auth:server2"})", -1},
      {R"({"sub": "System:serviceaccount:auth:server"})", -1},
      {R"({"sub": ["system:serviceaccount:auth:server"]})", -1},
      {R"({"groups": ["users", "admins"], "email_verified": "yes"})", 1},
      {R"({"groups": ["users", "admins"]})", -1},
      {R"({"groups": "admins", "email_verified": "yes"})", -1},
      {R"({"groups": ["admins2", ["admins"], {"admins": 1}], "email_verified": "yes"})", -1},
      {R"({"groups": ["admins"], "email_verified": true})", -1},
      {R"({})", -1},
  };
  for (const auto& c : cases) {
    const ClaimRule* rule = FindRule(issuer, json::Value::parse(c.claims));
    EXPECT_EQ(rule == nullptr ? -1 : rule - issuer.rules.data(), c.rule) << c.claims;
  }
}

TEST(CallerIdentitiesTest, NamesInCertificatesAreComparedWhole) {
  const CallerIdentities identities = *ParseCallerIdentities(kGood);
  const struct {
    rpc::PeerCertificate certificate;
    const char* name;  // empty: no rule applies
  } cases[] = {
      {{.uris = {"spiffe://example.org/ns/auth/sa/server"}}, "spiffe://example.org/ns/auth/sa/server"},
      {{.uris = {"spiffe://example.org/ns/auth/sa/"}}, ""},
      {{.uris = {"spiffe://example.org/ns/auth/sa/a/b"}}, ""},
      {{.uris = {"spiffe://example.org/ns/auth/sa/.."}}, ""},
      {{.uris = {"spiffe://example.org/ns/auth/sa/*"}}, ""},
      {{.uris = {"spiffe://example.org/ns/auth/sa/a?x"}}, ""},
      {{.uris = {"spiffe://example.org/ns/auth/sa/a%2Fb"}}, ""},
      {{.uris = {"spiffe://example.org/ns/auth/sb/server"}}, ""},
      {{.uris = {"SPIFFE://example.org/ns/auth/sa/server"}}, ""},
      {{.uris = {"spiffe://example.org.evil/ns/auth/sa/server"}}, ""},
      {{.uris = {"spiffe://example.org/ns/auth/sa/server", "spiffe://example.org/other"}}, ""},
      {{.dns_names = {"a.auth.example.org"}}, "a.auth.example.org"},
      {{.dns_names = {"x.org", "A.Auth.example.org"}}, "A.Auth.example.org"},
      {{.dns_names = {"auth.example.org"}}, ""},
      {{.dns_names = {"a.b.auth.example.org"}}, ""},
      {{.dns_names = {"*.auth.example.org"}}, ""},
      {{.dns_names = {".auth.example.org"}}, ""},
      {{.dns_names = {"a.auth.example.org.evil"}}, ""},
      {{.dns_names = {"aauth.example.org"}}, ""},
      {{}, ""},
  };
  for (const auto& c : cases) {
    const std::string shown =
        ::testing::PrintToString(c.certificate.uris) + ::testing::PrintToString(c.certificate.dns_names);
    EXPECT_EQ(FindRule(identities, c.certificate).name, c.name) << shown;
  }
}

}  // namespace
}  // namespace cimd::callers
