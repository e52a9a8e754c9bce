#include "server/policy/redirect_checks.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace cimd::policy {
namespace {

using std::string_view;

v1::Client ClientWith(const std::vector<std::string>& callbacks) {
  v1::Client client;
  for (const std::string& callback : callbacks) client.mutable_metadata()->add_callbacks(callback);
  return client;
}

TEST(RegisteredRedirectUriTest, ExactButForThePortOfLoopbackUris) {
  // URIs that real clients register, with and without a port.
  const v1::Client client =
      ClientWith({"https://app.acme.com/cb", "https://app.acme.com/cb?tenant=1", "http://localhost/callback",
                  "http://127.0.0.1:33418/", "http://[::1]/callback", "com.acme.app:/cb"});
  struct Row {
    string_view requested;
    bool registered;
  };
  for (const Row& row : {Row{"https://app.acme.com/cb", true},
                         {"https://app.acme.com/cb?tenant=1", true},
                         {"https://app.acme.com/cb?tenant=2", false},
                         {"https://app.acme.com/cb/", false},
                         {"https://app.acme.com/CB", false},
                         {"https://APP.acme.com/cb", false},
                         {"https://app.acme.com:443/cb", false},
                         {"http://app.acme.com/cb", false},
                         {"https://app.acme.com/cb#", false},
                         {"com.acme.app:/cb", true},
                         {"com.acme.app:/cb2", false},
                         {"com.acme.app://cb", false},
                         // localhost, registered without a port.
                         {"http://localhost/callback", true},
                         {"http://localhost:1/callback", true},
                         {"http://localhost:65535/callback", true},
                         {"http://localhost:65536/callback", false},
                         {"http://localhost:0/callback", false},
                         {"http://localhost:/callback", false},
                         {"http://localhost:080/callback", false},
                         {"http://localhost:1/callback/", false},
                         {"http://localhost:1/", false},
                         {"http://localhost:1/callback?x", false},
                         {"http://localhost:1/callback#x", false},
                         {"https://localhost:1/callback", false},
                         {"http://LOCALHOST:1/callback", false},
                         {"http://localhost.:1/callback", false},
                         {"http://localhost.evil.com:1/callback", false},
                         {"http://localhost:1@evil.com/callback", false},
                         {"http://user@localhost:1/callback", false},
                         // 127.0.0.1, registered with a port.
                         {"http://127.0.0.1:33418/", true},
                         {"http://127.0.0.1:60005/", true},
                         {"http://127.0.0.1/", true},
                         {"http://127.0.0.1", false},
                         {"http://127.0.0.1:60005", false},
                         {"http://127.0.0.1:60005/x", false},
                         {"http://127.0.0.2:33418/", false},
                         {"http://127.1:33418/", false},
                         {"http://2130706433:33418/", false},
                         {"http://0x7f000001:33418/", false},
                         // The three hosts are not interchangeable.
                         {"http://localhost:33418/", false},
                         {"http://127.0.0.1:1/callback", false},
                         {"http://[::1]:33418/", false},
                         {"http://[::1]:5000/callback", true},
                         {"http://[0:0:0:0:0:0:0:1]:5000/callback", false},
                         {"http://[::ffff:127.0.0.1]:5000/callback", false},
                         {"", false},
                         {"*", false}}) {
    EXPECT_EQ(IsRegisteredRedirectUri(client, row.requested), row.registered) << row.requested;
  }
}

TEST(RegisteredRedirectUriTest, NothingIsRegisteredForAClientWithoutCallbacks) {
  EXPECT_FALSE(IsRegisteredRedirectUri(v1::Client(), "http://localhost:1/"));
  EXPECT_FALSE(IsRegisteredRedirectUri(v1::Client(), ""));
}

// A hostile document and a hostile request could each make the comparison expensive.
TEST(RegisteredRedirectUriTest, LongRequestsAgainstManyCallbacks) {
  std::vector<std::string> callbacks;
  for (int i = 0; i < 100; ++i) callbacks.push_back("http://localhost/" + std::to_string(i));
  const v1::Client client = ClientWith(callbacks);
  EXPECT_FALSE(IsRegisteredRedirectUri(client, "http://localhost:1/" + std::string(4000, 'a')));
  EXPECT_TRUE(IsRegisteredRedirectUri(client, "http://localhost:12345/99"));
}

TEST(CheckRedirectUriTest, AnUnknownClientHasNothingToCompareWith) {
  google::protobuf::RepeatedPtrField<v1::FailedCheck> failed;
  Checks checks(FlowStage::kAuthorization, failed);
  CheckRedirectUri(nullptr, "https://evil.com/cb", checks);
  EXPECT_TRUE(checks.passed());
  CheckRedirectUri(nullptr, "", checks);
  ASSERT_EQ(failed.size(), 1);
  EXPECT_EQ(failed[0].reason(), v1::CHECK_REASON_REDIRECT_URI_MISSING);
}

}  // namespace
}  // namespace cimd::policy
