#include "server/policy/consent.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/policy/decide_in_world.h"
#include "tests/server/policy/decision_world.h"

namespace cimd::policy {
namespace {

using std::string_view;

TEST(ConsentTest, WhereTheCodeGoes) {
  struct Row {
    string_view redirect_uri;
    string_view host;
    bool loopback;
    bool unverifiable;
  };
  for (const Row& row : {Row{"https://app.acme.com:8443/cb?x", "app.acme.com", false, false},
                         {"https://XN--80AK6AA92E.com/cb", "xn--80ak6aa92e.com", false, false},
                         {"https://localhost.evil.com/cb", "localhost.evil.com", false, false},
                         {"https://127.evil.com/cb", "127.evil.com", false, false},
                         {"http://localhost:5000/cb", "localhost", true, true},
                         {"http://127.0.0.1/cb", "127.0.0.1", true, true},
                         {"http://[::1]:5000/cb", "[::1]", true, true},
                         // The port rule for loopback applies to http only. These hosts are still on the user's own
                         // machine.
                         {"https://localhost:8443/cb", "localhost", true, true},
                         {"https://app.localhost/cb", "app.localhost", true, true},
                         {"https://127.0.0.5/cb", "127.0.0.5", true, true},
                         {"https://[::1]/cb", "[::1]", true, true},
                         {"com.acme.app:/cb", "com.acme.app:", false, true},
                         {"Cursor://evil.com/cb", "cursor:", false, true}}) {
    SCOPED_TRACE(row.redirect_uri);
    const v1::ConsentFacts facts = DescribeConsent(v1::Client(), row.redirect_uri, {});
    EXPECT_EQ(facts.redirect_host(), row.host);
    EXPECT_EQ(facts.redirect_is_loopback(), row.loopback);
    EXPECT_EQ(facts.redirect_is_unverifiable(), row.unverifiable);
  }
}

TEST(ConsentTest, WhoTheClientIs) {
  struct Row {
    std::string client_uri;
    bool unverified;
  };
  for (const Row& row : {Row{"", false},
                         {"https://app.acme.com/about", false},
                         {"https://APP.acme.com:8443/", false},
                         {"https://acme.com/", true},
                         {"https://app.acme.com.evil.com/", true},
                         {"https://app.acme.com@evil.com/", true},
                         {"http://app.acme.com/", true},
                         {"nonsense", true}}) {
    SCOPED_TRACE(row.client_uri);
    v1::Client client;
    client.mutable_metadata()->set_external_client_id("https://App.acme.com:8443/client.json");
    client.mutable_metadata()->set_client_name("Acme");
    client.mutable_metadata()->set_client_uri(row.client_uri);
    client.mutable_metadata()->set_logo_uri("https://cdn.com/logo.png");
    const v1::ConsentFacts facts = DescribeConsent(client, kCallback, {});
    EXPECT_EQ(facts.client_name(), "Acme");
    EXPECT_EQ(facts.client_host(), "app.acme.com");
    EXPECT_EQ(facts.logo_uri(), "https://cdn.com/logo.png");
    EXPECT_EQ(facts.client_uri_unverified(), row.unverified);
  }
}

TEST(ConsentTest, AClientWithoutANameIsShownByItsHost) {
  v1::Client client;
  client.mutable_metadata()->set_external_client_id("https://App.acme.com:8443/client.json");
  EXPECT_EQ(DescribeConsent(client, kCallback, {}).client_name(), "app.acme.com");
}

TEST(ConsentTest, OfADecisionShowsTheEffectiveScopesWithTheirDescriptions) {
  v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
  request.set_scope("admin:notes write:notes offline_access read:notes");
  const v1::ConsentFacts consent = Decide(UsualWorld(), request).consent();
  ASSERT_EQ(consent.scopes_size(), 3);
  EXPECT_EQ(consent.scopes(0).value(), "write:notes");
  EXPECT_EQ(consent.scopes(0).description(), "Allows write:notes");
  EXPECT_EQ(consent.scopes(1).value(), "offline_access");
  EXPECT_EQ(consent.scopes(1).description(), "");
  EXPECT_EQ(consent.scopes(2).value(), "read:notes");
}

}  // namespace
}  // namespace cimd::policy
