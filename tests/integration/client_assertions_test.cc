// Client assertions over gRPC: which are accepted, which are refused with which reason, and that each can be used once.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "server/jose/base64url.h"
#include "tests/integration/confidential_client.h"

namespace cimd {
namespace {

using ::cimd::testing::IsOk;
using ::cimd::testing::TestSigner;
using jose::Algorithm;
using jose::KeyType;
using Json = nlohmann::ordered_json;

const TestSigner& Ec() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ec(KeyType::kEcP256));
  return signer;
}
const TestSigner& Ec384() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ec(KeyType::kEcP384));
  return signer;
}
const TestSigner& Rsa() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Rsa(2048));
  return signer;
}
const TestSigner& Stranger() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ec(KeyType::kEcP256));
  return signer;
}

class ClientAssertionsTest : public testing::ConfidentialClientTest {
 protected:
  void SetUp() override {
    ConfidentialClientTest::SetUp();
    PublishKeys({Jwk(Ec(), "ec"), Jwk(Rsa(), "rsa"), Jwk(Ec384(), "ec384")});
    ASSERT_THAT(Register(), IsOk());
    SetKeyRefresh(v1::KEY_REFRESH_MANUAL);
  }

  std::string With(const std::function<void(Json&)>& change) const {
    Json claims = Claims();
    change(claims);
    return Ec().Sign(Algorithm::kEs256, Header("ES256", "ec"), claims.dump());
  }
  std::string WithHeader(const std::string& header) const {
    return Ec().Sign(Algorithm::kEs256, header, Claims().dump());
  }
  int64_t now() const { return absl::ToUnixSeconds(clock_.Now()); }
};

TEST_F(ClientAssertionsTest, AnswersWithClientKeyAndVersion) {
  auto verified = Verify(Assertion(Ec(), "ec"), url());
  ASSERT_THAT(verified, IsOk());
  EXPECT_TRUE(verified->valid());
  EXPECT_EQ(verified->client(), name_);
  EXPECT_EQ(verified->client_id(), url());
  EXPECT_EQ(verified->document_version(), 1);
  EXPECT_EQ(verified->kid(), "ec");
  EXPECT_EQ(verified->thumbprint_sha256(), Keys()->keys(0).thumbprint_sha256());
  EXPECT_EQ(verified->alg(), "ES256");
  EXPECT_GE(verified->expire_time().seconds(), now() + 60);
}

TEST_F(ClientAssertionsTest, EveryForgeryIsRefusedForItsOwnReason) {
  struct Case {
    std::string name;
    std::string assertion;
    std::string reason;
  };
  const std::string good = Assertion(Ec(), "ec");
  const size_t first = good.find('.');
  const size_t last = good.rfind('.');
  const std::string payload = Claims().dump();
  const std::string input = testing::SigningInput(Header("ES256", "ec"), payload);
  const std::string rsa_jwk = Rsa().PublicJwk();
  const std::string stranger_jwk = Stranger().PublicJwk();
  const std::vector<Case> cases = {
      {"alg none", testing::SigningInput(R"({"alg":"none"})", payload) + ".", "NOT_COMPACT"},
      {"alg none, signed", WithHeader(R"({"alg":"none","kid":"ec"})"), "ALGORITHM_FORBIDDEN"},
      {"alg None", WithHeader(R"({"alg":"None","kid":"ec"})"), "ALGORITHM_FORBIDDEN"},
      {"HS256 with the public key", WithHeader(R"({"alg":"HS256","kid":"rsa"})"), "ALGORITHM_FORBIDDEN"},
      {"wrong curve", Ec384().Sign(Algorithm::kEs384, Header("ES384", "ec"), payload), "KEY_UNSUITABLE"},
      {"wrong algorithm for the key", Ec().Sign(Algorithm::kEs256, Header("RS256", "ec"), payload), "KEY_UNSUITABLE"},
      {"another's key", Stranger().Sign(Algorithm::kEs256, Header("ES256", "ec"), payload), "SIGNATURE_INVALID"},
      {"another's key without kid", Stranger().Sign(Algorithm::kEs256, R"({"alg":"ES256"})", payload),
       "SIGNATURE_INVALID"},
      {"embedded jwk", Stranger().Sign(Algorithm::kEs256, R"({"alg":"ES256","jwk":)" + stranger_jwk + "}", payload),
       "SIGNATURE_INVALID"},
      {"jku", Stranger().Sign(Algorithm::kEs256, R"({"alg":"ES256","jku":"https://evil.example/jwks.json"})", payload),
       "SIGNATURE_INVALID"},
      {"x5c", Stranger().Sign(Algorithm::kEs256, R"({"alg":"ES256","x5c":["AAAA"]})", payload), "SIGNATURE_INVALID"},
      {"unknown kid", Stranger().Sign(Algorithm::kEs256, Header("ES256", "nobody"), payload), "KEY_UNKNOWN"},
      {"DER signature", input + "." + jose::EncodeBase64Url(Ec().DerSignature(Algorithm::kEs256, input)),
       "SIGNATURE_INVALID"},
      {"claims exchanged", good.substr(0, first + 1) + jose::EncodeBase64Url(payload) + good.substr(last),
       "SIGNATURE_INVALID"},
      {"crit", WithHeader(R"({"alg":"ES256","kid":"ec","crit":["exp"]})"), "HEADER_CRITICAL"},
      {"b64 false", WithHeader(R"({"alg":"ES256","kid":"ec","b64":false})"), "PAYLOAD_UNENCODED"},
      {"alg twice", WithHeader(R"({"alg":"ES256","alg":"none"})"), "HEADER_MEMBER_DUPLICATE"},
      {"kid of the wrong type", WithHeader(R"({"alg":"ES256","kid":1})"), "HEADER_MALFORMED"},
      {"access token", WithHeader(R"({"alg":"ES256","kid":"ec","typ":"at+jwt"})"), "TYPE_FORBIDDEN"},
      {"DPoP proof", WithHeader(R"({"alg":"ES256","kid":"ec","typ":"dpop+jwt"})"), "TYPE_FORBIDDEN"},
      {"logout token", WithHeader(R"({"alg":"ES256","kid":"ec","typ":"application/logout+jwt"})"), "TYPE_FORBIDDEN"},
      {"padding", good + "=", "ENCODING_INVALID"},
      {"white space", good.substr(0, first) + " " + good.substr(first), "ENCODING_INVALID"},
      {"standard alphabet", good.substr(0, last + 1) + "+/" + good.substr(last + 3), "ENCODING_INVALID"},
      {"four parts", good + ".x", "NOT_COMPACT"},
      {"no parts", "abc", "NOT_COMPACT"},
      {"JSON serialization", R"({"payload":"e30","signatures":[]})", "NOT_COMPACT"},
      {"oversize", std::string(8193, 'a'), "TOO_LARGE"},
      {"nothing", "", "ASSERTION_MISSING"},
      {"claims no object", Ec().Sign(Algorithm::kEs256, Header("ES256", "ec"), "[]"), "CLAIMS_MALFORMED"},
      {"sub twice", Ec().Sign(Algorithm::kEs256, Header("ES256", "ec"), R"({"sub":"a","sub":"b"})"), "CLAIM_DUPLICATE"},
      {"iss another", With([](Json& c) { c["iss"] = "https://other.example.net/client.json"; }), "ISSUER_MISMATCH"},
      {"iss missing", With([](Json& c) { c.erase("iss"); }), "ISSUER_MISMATCH"},
      {"sub unknown", With([](Json& c) { c["sub"] = "https://other.example.net/client.json"; }), "CLIENT_UNKNOWN"},
      {"sub with another case", With([&](Json& c) { c["sub"] = "HTTPS" + url().substr(5); }), "CLIENT_UNKNOWN"},
      {"aud another", With([](Json& c) { c["aud"] = "https://evil.example/"; }), "AUDIENCE_MISMATCH"},
      {"aud without the slash", With([](Json& c) { c["aud"] = "https://login.example.com"; }), "AUDIENCE_MISMATCH"},
      {"aud the token endpoint", With([](Json& c) { c["aud"] = testing::kTokenEndpoint; }), "AUDIENCE_MISMATCH"},
      {"aud two", With([](Json& c) {
         c["aud"] = {testing::kIssuer, "https://evil.example/"};
       }),
       "AUDIENCE_NOT_SOLE"},
      {"aud none", With([](Json& c) { c["aud"] = Json::array(); }), "AUDIENCE_MISMATCH"},
      {"expired", With([&](Json& c) { c["iat"] = now() - 100, c["exp"] = now() - 11; }), "EXPIRED"},
      {"no exp", With([](Json& c) { c.erase("exp"); }), "EXPIRY_MISSING"},
      {"too long a life", With([&](Json& c) { c["exp"] = now() + 320; }), "LIFETIME_TOO_LONG"},
      {"nbf in the future", With([&](Json& c) { c["nbf"] = now() + 30; }), "NOT_YET_VALID"},
      {"iat in the future", With([&](Json& c) { c["iat"] = now() + 30; }), "ISSUED_IN_FUTURE"},
      {"no jti", With([](Json& c) { c.erase("jti"); }), "JTI_MISSING"},
      {"empty jti", With([](Json& c) { c["jti"] = ""; }), "JTI_INVALID"},
      {"jti too long", With([](Json& c) { c["jti"] = std::string(257, 'j'); }), "JTI_INVALID"},
  };
  for (const Case& c : cases) EXPECT_EQ(Reason(Verify(c.assertion)), c.reason) << c.name;
  EXPECT_EQ(Reason(Verify(good)), "");
  EXPECT_EQ(key_requests(), 1);
}

TEST_F(ClientAssertionsTest, TheParametersAroundItCount) {
  EXPECT_EQ(Reason(Verify(Assertion(Ec(), "ec"), "https://other.example.net/client.json")), "CLIENT_ID_MISMATCH");
  v1::VerifyClientAssertionRequest request;
  request.set_parent("tenants/default");
  request.set_client_assertion(Assertion(Ec(), "ec"));
  request.set_client_assertion_type("urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
  EXPECT_EQ(Reason(server_.Call(server_.metadata(), &v1::MetadataService::Stub::VerifyClientAssertion, request)),
            "ASSERTION_TYPE_UNSUPPORTED");
}

TEST_F(ClientAssertionsTest, LeniencyIsForTheTenantToGive) {
  v1::Tenant tenant;
  tenant.set_token_endpoint_audience_accepted(true);
  tenant.set_assertion_type_required(true);
  server_.UpdateTenant(tenant, {"token_endpoint_audience_accepted", "assertion_type_required"});
  Json claims = Claims();
  claims["aud"] = testing::kTokenEndpoint;
  EXPECT_EQ(Reason(Verify(Ec().Sign(Algorithm::kEs256, Header("ES256", "ec"), claims.dump()))), "TYPE_NOT_EXPLICIT");
  const std::string typed = R"({"alg":"ES256","kid":"ec","typ":"client-authentication+jwt"})";
  EXPECT_EQ(Reason(Verify(Ec().Sign(Algorithm::kEs256, typed, claims.dump()))), "");
}

TEST_F(ClientAssertionsTest, NoKidMeansEveryKeyThatFits) {
  EXPECT_EQ(Reason(Verify(Ec().Sign(Algorithm::kEs256, R"({"alg":"ES256"})", Claims().dump()))), "");
  EXPECT_EQ(Reason(Verify(Rsa().Sign(Algorithm::kRs512, R"({"alg":"RS512"})", Claims().dump()))), "");
}

TEST_F(ClientAssertionsTest, OfManyUsesAtOnceExactlyOneWins) {
  for (int round = 0; round < 5; ++round) {
    const std::string assertion = Assertion(Ec(), "ec");
    std::atomic<int> valid = 0;
    std::atomic<int> replayed = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < 16; ++i) {
      callers.emplace_back([&] {
        const std::string reason = Reason(Verify(assertion));
        if (reason.empty()) ++valid;
        if (reason == "REPLAYED") ++replayed;
      });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(valid, 1);
    EXPECT_EQ(replayed, 15);
  }
}

TEST_F(ClientAssertionsTest, AUsedAssertionStaysUsedAfterARestart) {
  const std::string used = Assertion(Ec(), "ec");
  const std::string unused = Assertion(Ec(), "ec");
  EXPECT_EQ(Reason(Verify(used)), "");
  server_.Restart();
  EXPECT_EQ(Reason(Verify(used)), "REPLAYED");
  EXPECT_EQ(Reason(Verify(unused)), "");
}

// A client gets a new resource name when it is registered again.
TEST_F(ClientAssertionsTest, AUsedAssertionStaysUsedAfterTheClientIsRegisteredAgain) {
  for (int i = 0; i < 12; ++i) {
    const std::string used = Assertion(Ec(), "ec");
    EXPECT_EQ(Reason(Verify(used)), "");
    v1::DeleteClientRequest remove;
    remove.set_name(name_);
    ASSERT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::DeleteClient, remove), IsOk());
    ASSERT_THAT(Register(), IsOk());
    EXPECT_NE(name_, remove.name());
    EXPECT_EQ(Reason(Verify(used)), "REPLAYED");
  }
}

TEST_F(ClientAssertionsTest, ARefusedAssertionIsNotUsedUp) {
  clock_.Advance(-absl::Minutes(1));
  const std::string early = Ec().Sign(Algorithm::kEs256, Header("ES256", "ec"), [&] {
    Json claims = Claims();
    claims["nbf"] = now() + 30;
    return claims.dump();
  }());
  EXPECT_EQ(Reason(Verify(early)), "NOT_YET_VALID");
  clock_.Advance(absl::Seconds(25));
  EXPECT_EQ(Reason(Verify(early)), "");
  EXPECT_EQ(Reason(Verify(early)), "REPLAYED");
}

TEST_F(ClientAssertionsTest, TheStateOfClientAndTenantCounts) {
  v1::BlockClientRequest block;
  block.set_parent("tenants/default");
  block.set_external_client_id(url());
  ASSERT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::BlockClient, block), IsOk());
  EXPECT_EQ(Reason(Verify(Assertion(Ec(), "ec"))), "CLIENT_BLOCKED");
  v1::Tenant off;
  server_.UpdateTenant(off, {"client_id_metadata_document_supported"});
  EXPECT_EQ(Reason(Verify(Assertion(Ec(), "ec"))), "CIMD_DISABLED");
}

TEST_F(ClientAssertionsTest, ATokenRequestCarriesItsAssertion) {
  v1::AuthorizeTokenRequestRequest request;
  request.set_parent("tenants/default");
  request.set_grant_type("client_credentials");
  request.set_audience("https://api.example.net/");
  auto decide = [&](const std::string& assertion) {
    request.set_client_assertion_type(testing::kJwtBearer);
    request.set_client_assertion(assertion);
    return server_.Call(server_.grants(), &v1::GrantsService::Stub::AuthorizeTokenRequest, request);
  };
  const std::string assertion = Assertion(Ec(), "ec");
  auto decision = decide(assertion);
  ASSERT_THAT(decision, IsOk());
  // The client is authenticated. The request fails because the API does not exist.
  EXPECT_EQ(decision->assertion_reason(), v1::ASSERTION_REASON_UNSPECIFIED);
  EXPECT_EQ(decision->key_thumbprint_sha256(), Keys()->keys(0).thumbprint_sha256());
  EXPECT_EQ(decision->client().name(), name_);
  ASSERT_EQ(decision->failed_checks_size(), 1);
  EXPECT_EQ(decision->failed_checks(0).reason(), v1::CHECK_REASON_AUDIENCE_UNKNOWN);

  decision = decide(assertion);
  ASSERT_THAT(decision, IsOk());
  EXPECT_FALSE(decision->allowed());
  EXPECT_EQ(decision->error(), "invalid_client");
  EXPECT_EQ(decision->assertion_reason(), v1::ASSERTION_REASON_REPLAYED);
  EXPECT_EQ(decision->failed_checks(0).reason(), v1::CHECK_REASON_CLIENT_AUTHENTICATION_FAILED);

  request.set_authentication_method("private_key_jwt");
  EXPECT_THAT(testing::ViolationsOf(decide(Assertion(Ec(), "ec"))),
              ::testing::ElementsAre("authentication_method FORMAT"));

  request.clear_authentication_method();
  v1::BatchAuthorizeRequest batch;
  batch.set_parent("tenants/default");
  request.set_client_assertion(Assertion(Ec(), "ec"));
  *batch.add_items()->mutable_token() = request;
  *batch.add_items()->mutable_token() = request;
  auto answers = server_.Call(server_.grants(), &v1::GrantsService::Stub::BatchAuthorize, batch);
  ASSERT_THAT(answers, IsOk());
  EXPECT_EQ(answers->items(0).token().assertion_reason(), v1::ASSERTION_REASON_UNSPECIFIED);
  EXPECT_EQ(answers->items(1).token().assertion_reason(), v1::ASSERTION_REASON_REPLAYED);
}

}  // namespace
}  // namespace cimd
