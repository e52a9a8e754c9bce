#include "server/gateway/management/credentials_api.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/server/gateway/api/gateway_test_base.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::GatewayTestBase;
using ::cimd::testing::IsError;
using ::cimd::testing::IsJson;
using ::cimd::testing::ParseJson;

constexpr char kCredentials[] = "/api/v2/clients/tpc_1/credentials";

v1::ClientKey SomeKey(const std::string& kid, const std::string& thumbprint) {
  v1::ClientKey key;
  key.set_kid(kid);
  key.set_thumbprint_sha256(thumbprint);
  key.set_kty("EC");
  key.set_crv("P-256");
  key.set_jwk(R"({"crv":"P-256","kty":"EC","x":"AA","y":"AQ"})");
  key.mutable_first_seen_time()->set_seconds(1780000000);
  key.mutable_last_seen_time()->set_seconds(1780000100);
  return key;
}

class CredentialsApiTest : public GatewayTestBase {
 protected:
  CredentialsApiTest() {
    v1::ClientKeys keys;
    *keys.add_keys() = SomeKey("one", "thumb1");
    *keys.add_keys() = SomeKey("two", "thumb2");
    keys.mutable_keys(1)->set_alg("ES256");
    *keys.add_withdrawn_keys() = SomeKey("old", "thumb0");
    plane_.get_client_keys.Answers(keys);
  }
};

TEST_F(CredentialsApiTest, ListsTheKeysInForce) {
  EXPECT_THAT(Get(kCredentials), IsJson(200, R"([
      {"id": "cred_thumb1", "name": "one", "kid": "one", "alg": "ES256", "credential_type": "public_key",
       "thumbprint_sha256": "thumb1", "created_at": "2026-05-28T20:26:40.000Z",
       "updated_at": "2026-05-28T20:28:20.000Z", "jwk": {"crv": "P-256", "kty": "EC", "x": "AA", "y": "AQ"}},
      {"id": "cred_thumb2", "name": "two", "kid": "two", "alg": "ES256", "credential_type": "public_key",
       "thumbprint_sha256": "thumb2", "created_at": "2026-05-28T20:26:40.000Z",
       "updated_at": "2026-05-28T20:28:20.000Z", "jwk": {"crv": "P-256", "kty": "EC", "x": "AA", "y": "AQ"}}])"));
  EXPECT_EQ(plane_.get_client_keys.requests().at(0).name(), "tenants/home/clients/tpc_1");
}

TEST_F(CredentialsApiTest, ListsNoneOfAClientWithoutKeys) {
  plane_.get_client_keys.Answers(v1::ClientKeys());
  EXPECT_THAT(Get(kCredentials), IsJson(200, "[]"));
}

TEST_F(CredentialsApiTest, NamesAnAlgorithmForEveryKindOfKey) {
  struct Case {
    const char* kty;
    const char* crv;
    const char* alg;
  };
  for (const Case& c : {Case{"RSA", "", "RS256"}, Case{"EC", "P-256", "ES256"}, Case{"EC", "P-384", "ES384"},
                        Case{"EC", "P-521", "ES512"}, Case{"OKP", "Ed25519", "EdDSA"}}) {
    v1::ClientKeys keys;
    *keys.add_keys() = SomeKey("k", "t");
    keys.mutable_keys(0)->set_kty(c.kty);
    keys.mutable_keys(0)->set_crv(c.crv);
    plane_.get_client_keys.Answers(keys);
    EXPECT_EQ(ParseJson(Get(kCredentials).body)[0]["alg"], c.alg) << c.kty << c.crv;
  }
}

TEST_F(CredentialsApiTest, GetsOneAndNotOneThatWasWithdrawn) {
  EXPECT_EQ(ParseJson(Get(std::string(kCredentials) + "/cred_thumb2").body)["kid"], "two");
  for (const char* id : {"cred_thumb0", "two", "cred_", "cred_thumb"}) {
    EXPECT_THAT(Get(std::string(kCredentials) + "/" + id), IsError(404, "inexistent_credential")) << id;
  }
}

TEST_F(CredentialsApiTest, CannotBeChanged) {
  const std::string one = std::string(kCredentials) + "/cred_thumb1";
  EXPECT_THAT(Send("POST", kCredentials, R"({"pem": "x"})"), IsError(400, "client_credentials_not_supported"));
  EXPECT_THAT(Send("PATCH", one, R"({"expires_at": null})"), IsError(400, "client_credentials_not_supported"));
  EXPECT_THAT(Send("DELETE", one), IsError(400, "client_credentials_not_supported"));
  EXPECT_TRUE(plane_.get_client_keys.requests().empty());
}

TEST_F(CredentialsApiTest, PassesARefusalOn) {
  plane_.get_client_keys.Answers(rpc::errors::ClientNotFound("tenants/home/clients/tpc_1"));
  EXPECT_THAT(Get(kCredentials), IsError(404, "inexistent_client"));
  EXPECT_EQ(SendRaw("GET", kCredentials, "Host: gateway.example\r\n").status, 401);
}

}  // namespace
}  // namespace cimd::gateway
