#include "server/jose/client_assertion.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/base64url.h"
#include "server/jose/jwk.h"
#include "server/jose/jwk_set.h"
#include "server/json/strict_json.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::jose {
namespace {

using ::cimd::testing::SigningInput;
using ::cimd::testing::TestSigner;

constexpr char kClientId[] = "https://app.example/oauth/client.json";
constexpr char kIssuer[] = "https://login.example.com/";
constexpr char kTokenEndpoint[] = "https://login.example.com/oauth/token";
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

AssertionExpectations Expected() { return {.client_id = kClientId, .issuer = kIssuer}; }

// Returns the claims of a valid assertion, changed by `patch`: null removes a member.
std::string Claims(std::string_view patch = "{}") {
  json::Value claims = {{"iss", kClientId}, {"sub", kClientId},     {"aud", kIssuer},
                        {"jti", "id-1"},    {"iat", 1'800'000'000}, {"exp", 1'800'000'060}};
  claims.merge_patch(json::Value::parse(patch));
  return claims.dump();
}

// The client's keys, generated once: "rsa", "ec" (P-256), "ec384" and "okp".
struct Client {
  TestSigner rsa = TestSigner::Rsa(2048);
  TestSigner ec = TestSigner::Ec(KeyType::kEcP256);
  TestSigner ec384 = TestSigner::Ec(KeyType::kEcP384);
  TestSigner okp = TestSigner::Ed25519();
  std::vector<Jwk> keys =
      ParseJwkSet(R"({"keys":[)" + rsa.PublicJwk(R"("kid":"rsa","alg":"RS256")") + "," + ec.PublicJwk(R"("kid":"ec")") +
                      "," + ec384.PublicJwk(R"("kid":"ec384")") + "," + okp.PublicJwk(R"("kid":"okp")") + "]}",
                  KeyProfile::kStandard)
          .keys;
};

const Client& TheClient() {
  static const Client& client = *new Client();
  return client;
}

struct Judgement {
  // "VALID" or the name of the fault.
  std::string outcome;
  // The last step that was reached: "parse", "check" or "verify".
  std::string step;
  bool newer_keys_may_help = false;
  std::optional<VerifiedAssertion> verified;
};

Judgement Judge(std::string_view compact, absl::Span<const Jwk> keys,
                const AssertionExpectations& expected = Expected(), absl::Time now = kNow) {
  OrFault<ParsedAssertion> parsed = ParsedAssertion::Parse(compact);
  if (const auto* fault = std::get_if<AssertionFault>(&parsed)) {
    return {.outcome = std::string(AssertionFaultName(*fault)), .step = "parse", .verified = {}};
  }
  const OrFault<CheckedAssertion> checked =
      CheckedAssertion::Check(std::get<ParsedAssertion>(std::move(parsed)), expected, now);
  if (const auto* fault = std::get_if<AssertionFault>(&checked)) {
    return {.outcome = std::string(AssertionFaultName(*fault)), .step = "check", .verified = {}};
  }
  const CheckedAssertion& assertion = std::get<CheckedAssertion>(checked);
  const OrFault<VerifiedAssertion> verified = VerifiedAssertion::Verify(assertion, keys);
  if (const auto* fault = std::get_if<AssertionFault>(&verified)) {
    return {.outcome = std::string(AssertionFaultName(*fault)),
            .step = "verify",
            .newer_keys_may_help = assertion.NewerKeysMayHelp(*fault),
            .verified = {}};
  }
  return {.outcome = "VALID", .step = "verify", .verified = std::get<VerifiedAssertion>(verified)};
}

Judgement Judge(std::string_view compact) { return Judge(compact, TheClient().keys); }

std::string Signed(std::string_view claims, std::string_view header = R"({"alg":"ES256","kid":"ec"})") {
  return TheClient().ec.Sign(Algorithm::kEs256, header, claims);
}

TEST(ClientAssertionTest, AcceptsEveryAlgorithmThatFitsAKey) {
  const Client& client = TheClient();
  const struct {
    const char* header;
    Algorithm algorithm;
    const TestSigner& signer;
    const char* kid;
  } kCases[] = {
      {R"({"alg":"RS256","kid":"rsa","typ":"JWT"})", Algorithm::kRs256, client.rsa, "rsa"},
      {R"({"alg":"RS256"})", Algorithm::kRs256, client.rsa, "rsa"},
      {R"({"alg":"ES256","kid":"ec"})", Algorithm::kEs256, client.ec, "ec"},
      {R"({"alg":"ES384","typ":"client-authentication+jwt"})", Algorithm::kEs384, client.ec384, "ec384"},
      {R"({"alg":"EdDSA","kid":"okp"})", Algorithm::kEd25519, client.okp, "okp"},
      {R"({"alg":"Ed25519"})", Algorithm::kEd25519, client.okp, "okp"},
  };
  for (const auto& test : kCases) {
    const Judgement judgement = Judge(test.signer.Sign(test.algorithm, test.header, Claims()));
    ASSERT_EQ(judgement.outcome, "VALID") << test.header;
    EXPECT_EQ(judgement.verified->kid(), test.kid);
    EXPECT_EQ(judgement.verified->alg(), test.algorithm);
    EXPECT_EQ(judgement.verified->client_id(), kClientId);
    EXPECT_EQ(judgement.verified->jti(), "id-1");
    EXPECT_EQ(judgement.verified->remember_until(), kNow + absl::Seconds(70));
    EXPECT_EQ(judgement.verified->thumbprint().size(), 43u);
  }
}

TEST(ClientAssertionTest, TellsForWhichClientBeforeAnythingIsVerified) {
  const OrFault<ParsedAssertion> parsed = ParsedAssertion::Parse(Signed(Claims()));
  ASSERT_TRUE(std::holds_alternative<ParsedAssertion>(parsed));
  EXPECT_EQ(std::get<ParsedAssertion>(parsed).unverified_client_id(), kClientId);
  const OrFault<ParsedAssertion> nobody = ParsedAssertion::Parse(Signed(R"({"iss":"x"})"));
  EXPECT_EQ(std::get<ParsedAssertion>(nobody).unverified_client_id(), "");
}

TEST(ClientAssertionTest, JudgesClaims) {
  const std::string long_jti(kMaxJtiBytes + 1, 'j');
  const struct {
    std::string patch;
    const char* outcome;
  } kCases[] = {
      {R"({})", "VALID"},
      {R"({"iat":null})", "VALID"},
      {R"({"client_id":"anything","scope":"x","nested":{"a":[1]}})", "VALID"},
      // iss and sub.
      {R"({"iss":null})", "ISSUER_MISMATCH"},
      {R"({"iss":"https://other.example/oauth/client.json"})", "ISSUER_MISMATCH"},
      {R"({"iss":"https://APP.example/oauth/client.json"})", "ISSUER_MISMATCH"},
      {R"({"iss":"https://app.example/oauth/client.json/"})", "ISSUER_MISMATCH"},
      {R"({"iss":"https://app.example/oauth/client%2ejson"})", "ISSUER_MISMATCH"},
      {R"({"iss":"https://app.example/oauth/client.json\u0000"})", "ISSUER_MISMATCH"},
      {R"({"iss":["https://app.example/oauth/client.json"]})", "CLAIMS_MALFORMED"},
      {R"({"sub":null})", "SUBJECT_MISMATCH"},
      {R"({"sub":"user"})", "SUBJECT_MISMATCH"},
      {R"({"sub":""})", "SUBJECT_MISMATCH"},
      {R"({"sub":1})", "CLAIMS_MALFORMED"},
      // aud.
      {R"({"aud":["https://login.example.com/"]})", "VALID"},
      {R"({"aud":null})", "AUDIENCE_MISMATCH"},
      {R"({"aud":[]})", "AUDIENCE_MISMATCH"},
      {R"({"aud":""})", "AUDIENCE_MISMATCH"},
      {R"({"aud":"https://login.example.com"})", "AUDIENCE_MISMATCH"},
      {R"({"aud":"https://LOGIN.example.com/"})", "AUDIENCE_MISMATCH"},
      {R"({"aud":"https://login.example.com/oauth/token"})", "AUDIENCE_MISMATCH"},
      {R"({"aud":"https://login.example.com.evil.example/"})", "AUDIENCE_MISMATCH"},
      {R"({"aud":["https://login.example.com/","https://evil.example/"]})", "AUDIENCE_NOT_SOLE"},
      {R"({"aud":["https://login.example.com/","https://login.example.com/"]})", "AUDIENCE_NOT_SOLE"},
      {R"({"aud":[["https://login.example.com/"]]})", "CLAIMS_MALFORMED"},
      {R"({"aud":[7]})", "CLAIMS_MALFORMED"},
      {R"({"aud":{"0":"https://login.example.com/"}})", "CLAIMS_MALFORMED"},
      {R"({"aud":true})", "CLAIMS_MALFORMED"},
      // exp. The current time is 1800000000.
      {R"({"exp":null})", "EXPIRY_MISSING"},
      {R"({"exp":1799999991,"iat":null})", "VALID"},
      {R"({"exp":1799999990.5,"iat":null})", "VALID"},
      {R"({"exp":1799999990,"iat":null})", "EXPIRED"},
      {R"({"exp":0,"iat":null})", "EXPIRED"},
      {R"({"exp":1800000300})", "VALID"},
      {R"({"exp":1800000300.5})", "LIFETIME_TOO_LONG"},
      {R"({"exp":1800000301})", "LIFETIME_TOO_LONG"},
      {R"({"exp":1800000310,"iat":null})", "VALID"},
      {R"({"exp":1800000311,"iat":null})", "LIFETIME_TOO_LONG"},
      {R"({"exp":1800000310,"iat":1800000010})", "VALID"},
      {R"({"exp":253402300799})", "LIFETIME_TOO_LONG"},
      {R"({"exp":253402300800})", "CLAIMS_MALFORMED"},
      {R"({"exp":1e300})", "CLAIMS_MALFORMED"},
      {R"({"exp":18446744073709551615})", "CLAIMS_MALFORMED"},
      {R"({"exp":-1})", "CLAIMS_MALFORMED"},
      {R"({"exp":"1800000060"})", "CLAIMS_MALFORMED"},
      {R"({"exp":[1800000060]})", "CLAIMS_MALFORMED"},
      {R"({"exp":true})", "CLAIMS_MALFORMED"},
      // iat and nbf.
      {R"({"iat":1800000010})", "VALID"},
      {R"({"iat":1800000011})", "ISSUED_IN_FUTURE"},
      {R"({"iat":1799999760})", "VALID"},
      {R"({"iat":1799999759})", "LIFETIME_TOO_LONG"},
      {R"({"iat":0})", "LIFETIME_TOO_LONG"},
      {R"({"iat":"now"})", "CLAIMS_MALFORMED"},
      {R"({"nbf":1800000010})", "VALID"},
      {R"({"nbf":1800000011})", "NOT_YET_VALID"},
      {R"({"nbf":0})", "VALID"},
      {R"({"nbf":false})", "CLAIMS_MALFORMED"},
      // jti.
      {R"({"jti":null})", "JTI_MISSING"},
      {R"({"jti":""})", "JTI_INVALID"},
      {R"({"jti":1})", "CLAIMS_MALFORMED"},
      {R"({"jti":")" + long_jti + R"("})", "JTI_INVALID"},
      {R"({"jti":")" + long_jti.substr(1) + R"("})", "VALID"},
  };
  for (const auto& test : kCases) {
    const Judgement judgement = Judge(Signed(Claims(test.patch)));
    EXPECT_EQ(judgement.outcome, test.outcome) << test.patch;
    EXPECT_FALSE(judgement.newer_keys_may_help);
  }
}

TEST(ClientAssertionTest, ChecksClaimsBeforeAnySignature) {
  // Each claim is wrong in turn, and so is the signature. The fault of the claim must be reported.
  const std::string signature = "." + EncodeBase64Url(std::string(64, 'x'));
  const std::string header = R"({"alg":"ES256","kid":"ec"})";
  EXPECT_EQ(Judge(SigningInput(header, Claims()) + signature).outcome, "SIGNATURE_INVALID");
  for (const char* patch : {R"({"iss":"x"})", R"({"sub":"x"})", R"({"aud":"x"})", R"({"exp":1})",
                            R"({"nbf":1900000000})", R"({"iat":1900000000})", R"({"jti":null})"}) {
    EXPECT_EQ(Judge(SigningInput(header, Claims(patch)) + signature).step, "check") << patch;
  }
}

TEST(ClientAssertionTest, RefusesPayloadsThatAreNoClaims) {
  for (const char* payload : {"", "null", "[]", "\"\"", "{", "{}x", "\xff", R"({"iss":"\ud800"})"}) {
    EXPECT_EQ(Judge(Signed(payload)).outcome, "CLAIMS_MALFORMED") << payload;
  }
  EXPECT_EQ(Judge(Signed(R"({"sub":"a","sub":"b"})")).outcome, "CLAIM_DUPLICATE");
  EXPECT_EQ(Judge(Signed(R"({"x":{"a":1,"\u0061":1}})")).outcome, "CLAIM_DUPLICATE");
  EXPECT_EQ(Judge(Signed(R"({"x":)" + std::string(999, '[') + std::string(999, ']') + "}")).outcome,
            "CLAIMS_MALFORMED");
  // A JWT inside a JWT.
  EXPECT_EQ(Judge(Signed(Signed(Claims()), R"({"alg":"ES256","cty":"JWT"})")).outcome, "CLAIMS_MALFORMED");
}

TEST(ClientAssertionTest, JudgesTheType) {
  const struct {
    const char* typ;
    const char* outcome;
    const char* outcome_if_explicit_type_required;
  } kCases[] = {
      {nullptr, "VALID", "TYPE_NOT_EXPLICIT"},
      {"JWT", "VALID", "TYPE_NOT_EXPLICIT"},
      {"jwt", "VALID", "TYPE_NOT_EXPLICIT"},
      {"application/jwt", "VALID", "TYPE_NOT_EXPLICIT"},
      {"client-authentication+jwt", "VALID", "VALID"},
      {"Application/Client-Authentication+JWT", "VALID", "VALID"},
      {"oauth-client-auth+jwt", "VALID", "VALID"},
      {"at+jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"application/at+jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"dpop+jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"secevent+jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"logout+jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"oauth-authz-req+jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"JOSE", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"application/application/jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"text/jwt", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
      {"JWT ", "TYPE_FORBIDDEN", "TYPE_FORBIDDEN"},
  };
  AssertionExpectations explicit_type = Expected();
  explicit_type.explicit_type_required = true;
  for (const auto& test : kCases) {
    json::Value header = {{"alg", "ES256"}};
    if (test.typ != nullptr) header["typ"] = test.typ;
    const std::string compact = Signed(Claims(), header.dump());
    EXPECT_EQ(Judge(compact).outcome, test.outcome) << header;
    EXPECT_EQ(Judge(compact, TheClient().keys, explicit_type).outcome, test.outcome_if_explicit_type_required)
        << header;
  }
}

TEST(ClientAssertionTest, AdmitsTheTokenEndpointWhenTold) {
  AssertionExpectations expected = Expected();
  expected.token_endpoint = kTokenEndpoint;
  const auto outcome = [&](std::string_view patch) {
    return Judge(Signed(Claims(patch)), TheClient().keys, expected).outcome;
  };
  EXPECT_EQ(outcome("{}"), "VALID");
  EXPECT_EQ(outcome(R"({"aud":"https://login.example.com/oauth/token"})"), "VALID");
  EXPECT_EQ(outcome(R"({"aud":["https://login.example.com/oauth/token"]})"), "VALID");
  EXPECT_EQ(outcome(R"({"aud":["https://login.example.com/","https://login.example.com/oauth/token"]})"),
            "AUDIENCE_NOT_SOLE");
  EXPECT_EQ(outcome(R"({"aud":"https://login.example.com/oauth/token/"})"), "AUDIENCE_MISMATCH");
}

TEST(ClientAssertionTest, AnUnsetExpectationMatchesNothing) {
  const std::string compact = Signed(Claims(R"({"iss":"","sub":"","aud":""})"));
  EXPECT_EQ(Judge(compact, TheClient().keys, {}).outcome, "ISSUER_MISMATCH");
  EXPECT_EQ(Judge(Signed(Claims(R"({"aud":""})")), TheClient().keys, {.client_id = kClientId}).outcome,
            "AUDIENCE_MISMATCH");
}

TEST(ClientAssertionTest, HoldsTheClientToTheAlgorithmOfItsDocument) {
  AssertionExpectations expected = Expected();
  expected.signing_alg = Algorithm::kRs256;
  EXPECT_EQ(Judge(Signed(Claims()), TheClient().keys, expected).outcome, "ALGORITHM_NOT_CHOSEN");
  expected.signing_alg = Algorithm::kEs256;
  EXPECT_EQ(Judge(Signed(Claims()), TheClient().keys, expected).outcome, "VALID");
}

TEST(ClientAssertionTest, ChoosesTheKey) {
  const Client& client = TheClient();
  const TestSigner stranger = TestSigner::Ec(KeyType::kEcP256);
  const struct {
    std::string compact;
    const char* outcome;
    bool newer_keys_may_help;
  } kCases[] = {
      {Signed(Claims(), R"({"alg":"ES256","kid":"new"})"), "KEY_UNKNOWN", true},
      {Signed(Claims(), R"({"alg":"ES256","kid":"EC"})"), "KEY_UNKNOWN", true},
      {Signed(Claims(), R"({"alg":"ES256","kid":"../ec"})"), "KEY_UNKNOWN", true},
      {Signed(Claims(), R"({"alg":"ES256","kid":"ec\u0000"})"), "KEY_UNKNOWN", true},
      {Signed(Claims(), R"({"alg":"ES256","kid":"rsa"})"), "KEY_UNSUITABLE", false},
      {Signed(Claims(), R"({"alg":"ES256","kid":"ec384"})"), "KEY_UNSUITABLE", false},
      {Signed(Claims(), R"({"alg":"PS256","kid":"rsa"})"), "KEY_UNSUITABLE", false},
      {client.rsa.Sign(Algorithm::kPs256, R"({"alg":"PS256","kid":"rsa"})", Claims()), "KEY_UNSUITABLE", false},
      {client.rsa.Sign(Algorithm::kRs384, R"({"alg":"RS384"})", Claims()), "KEY_UNSUITABLE", true},
      {Signed(Claims(), R"({"alg":"ES512"})"), "KEY_UNSUITABLE", true},
      {stranger.Sign(Algorithm::kEs256, R"({"alg":"ES256","kid":"ec"})", Claims()), "SIGNATURE_INVALID", false},
      {stranger.Sign(Algorithm::kEs256, R"({"alg":"ES256"})", Claims()), "SIGNATURE_INVALID", true},
  };
  for (const auto& test : kCases) {
    const Judgement judgement = Judge(test.compact);
    EXPECT_EQ(judgement.outcome, test.outcome) << test.compact;
    EXPECT_EQ(judgement.newer_keys_may_help, test.newer_keys_may_help) << test.compact;
  }
  EXPECT_EQ(Judge(Signed(Claims()), {}).outcome, "KEY_UNKNOWN");
  EXPECT_EQ(Judge(Signed(Claims(), R"({"alg":"ES256"})"), {}).outcome, "KEY_UNSUITABLE");
}

TEST(ClientAssertionTest, TriesABoundedNumberOfKeysWithoutAKid) {
  std::vector<TestSigner> signers;
  std::string set;
  for (int i = 0; i <= kMaxVerifications; ++i) {
    signers.push_back(TestSigner::Ec(KeyType::kEcP256));
    set.append(set.empty() ? "" : ",").append(signers.back().PublicJwk(R"("kid":")" + std::to_string(i) + "\""));
  }
  const std::vector<Jwk> keys = ParseJwkSet(R"({"keys":[)" + set + "]}", KeyProfile::kStandard).keys;
  ASSERT_EQ(keys.size(), static_cast<size_t>(kMaxVerifications) + 1);
  for (int i = 0; i <= kMaxVerifications; ++i) {
    const std::string anonymous = signers[i].Sign(Algorithm::kEs256, R"({"alg":"ES256"})", Claims());
    EXPECT_EQ(Judge(anonymous, keys).outcome, i < kMaxVerifications ? "VALID" : "KEY_NOT_NAMED") << i;
    const std::string header = R"({"alg":"ES256","kid":")" + std::to_string(i) + "\"}";
    EXPECT_EQ(Judge(signers[i].Sign(Algorithm::kEs256, header, Claims()), keys).outcome, "VALID") << i;
  }
}

TEST(ClientAssertionTest, FindsTheRightOneOfTwoOverlappingKeys) {
  const TestSigner old_key = TestSigner::Ed25519();
  const TestSigner new_key = TestSigner::Ed25519();
  const std::vector<Jwk> keys =
      ParseJwkSet(R"({"keys":[)" + old_key.PublicJwk() + "," + new_key.PublicJwk() + "]}", KeyProfile::kStandard).keys;
  ASSERT_EQ(keys.size(), 2u);
  const auto kid = [&](const TestSigner& signer, std::string_view header) {
    return Judge(signer.Sign(Algorithm::kEd25519, header, Claims()), keys).verified->kid();
  };
  EXPECT_EQ(kid(old_key, R"({"alg":"EdDSA"})"), keys[0].thumbprint);
  EXPECT_EQ(kid(new_key, R"({"alg":"EdDSA"})"), keys[1].thumbprint);
  EXPECT_EQ(kid(new_key, R"({"alg":"EdDSA","kid":")" + keys[1].thumbprint + "\"}"), keys[1].thumbprint);
}

// Assertions of attackers who do not have the private key, or who have recorded an assertion.
TEST(ClientAssertionTest, RefusesForgeries) {
  const Client& client = TheClient();
  const TestSigner attacker_ec = TestSigner::Ec(KeyType::kEcP256);
  const TestSigner attacker_rsa = TestSigner::Rsa(2048);
  const std::string good = Signed(Claims());
  ASSERT_EQ(Judge(good).outcome, "VALID");
  const std::string input = good.substr(0, good.rfind('.'));
  const std::string signature = *DecodeBase64Url(good.substr(good.rfind('.') + 1));
  const auto with_signature = [&](std::string_view bytes) { return input + "." + EncodeBase64Url(bytes); };
  const auto hmac = [](std::string_view header, std::string_view key) {
    const std::string text = SigningInput(header, Claims());
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), mac, &size);
    return text + "." + EncodeBase64Url(std::string_view(reinterpret_cast<const char*>(mac), size));
  };
  const std::string rsa_modulus = *DecodeBase64Url(json::Value::parse(client.rsa.PublicJwk())["n"].get<std::string>());
  const std::string evil_jwk = attacker_ec.PublicJwk(R"("kid":"ec")");

  const struct {
    const char* what;
    std::string compact;
    const char* outcome;
  } kCases[] = {
      {"alg none without a signature", SigningInput(R"({"alg":"none"})", Claims()) + ".", "NOT_COMPACT"},
      {"alg none with the recorded signature",
       SigningInput(R"({"alg":"none","kid":"ec"})", Claims()) + "." + EncodeBase64Url(signature),
       "ALGORITHM_FORBIDDEN"},
      {"alg nOnE", SigningInput(R"({"alg":"nOnE"})", Claims()) + ".AAAA", "ALGORITHM_FORBIDDEN"},
      {"HS256 with the modulus as secret", hmac(R"({"alg":"HS256","kid":"rsa"})", rsa_modulus), "ALGORITHM_FORBIDDEN"},
      {"HS256 with the JWK as secret", hmac(R"({"alg":"HS256","kid":"rsa"})", client.rsa.PublicJwk()),
       "ALGORITHM_FORBIDDEN"},
      {"an HMAC that claims to be RS256", hmac(R"({"alg":"RS256","kid":"rsa"})", rsa_modulus), "SIGNATURE_INVALID"},
      {"another key of the same kind", attacker_ec.Sign(Algorithm::kEs256, R"({"alg":"ES256","kid":"ec"})", Claims()),
       "SIGNATURE_INVALID"},
      {"another key of another kind", attacker_rsa.Sign(Algorithm::kRs256, R"({"alg":"RS256","kid":"ec"})", Claims()),
       "KEY_UNSUITABLE"},
      {"the attacker's key embedded",
       attacker_ec.Sign(Algorithm::kEs256, R"({"alg":"ES256","kid":"ec","jwk":)" + evil_jwk + "}", Claims()),
       "SIGNATURE_INVALID"},
      {"the attacker's key embedded, no kid",
       attacker_ec.Sign(Algorithm::kEs256, R"({"alg":"ES256","jwk":)" + evil_jwk + "}", Claims()), "SIGNATURE_INVALID"},
      {"the attacker's key set named",
       attacker_ec.Sign(
           Algorithm::kEs256,
           R"({"alg":"ES256","kid":"evil","jku":"https://evil.example/jwks","x5u":"https://evil.example/c"})",
           Claims()),
       "KEY_UNKNOWN"},
      {"P-384 signature under ES256",
       client.ec384.Sign(Algorithm::kEs384, R"({"alg":"ES256","kid":"ec384"})", Claims()), "KEY_UNSUITABLE"},
      {"P-384 signature for the P-256 key",
       client.ec384.Sign(Algorithm::kEs384, R"({"alg":"ES256","kid":"ec"})", Claims()), "SIGNATURE_INVALID"},
      {"PSS under RS256", client.rsa.Sign(Algorithm::kPs256, R"({"alg":"RS256","kid":"rsa"})", Claims()),
       "SIGNATURE_INVALID"},
      {"SHA-512 under RS256", client.rsa.Sign(Algorithm::kRs512, R"({"alg":"RS256","kid":"rsa"})", Claims()),
       "SIGNATURE_INVALID"},
      {"Ed25519 signature under ES256", client.okp.Sign(Algorithm::kEd25519, R"({"alg":"ES256","kid":"ec"})", Claims()),
       "SIGNATURE_INVALID"},
      {"ECDSA as DER", with_signature(client.ec.DerSignature(Algorithm::kEs256, input)), "SIGNATURE_INVALID"},
      {"ECDSA of zeros", with_signature(std::string(64, '\0')), "SIGNATURE_INVALID"},
      {"ECDSA with a byte more", with_signature(signature + '\0'), "SIGNATURE_INVALID"},
      {"ECDSA with a byte less", with_signature(signature.substr(0, 63)), "SIGNATURE_INVALID"},
      {"S in front of R", with_signature(signature.substr(32) + signature.substr(0, 32)), "SIGNATURE_INVALID"},
      {"a padded signature", good + "==", "ENCODING_INVALID"},
      {"a signature with a line break", good + "\n", "ENCODING_INVALID"},
      {"a second signature", good + good.substr(good.rfind('.')), "NOT_COMPACT"},
      {"other claims under the recorded signature",
       SigningInput(R"({"alg":"ES256","kid":"ec"})", Claims(R"({"jti":"id-2"})")) + "." + EncodeBase64Url(signature),
       "SIGNATURE_INVALID"},
      {"another header under the recorded signature",
       SigningInput(R"({"alg":"ES256"})", Claims()) + "." + EncodeBase64Url(signature), "SIGNATURE_INVALID"},
      {"crit", Signed(Claims(), R"({"alg":"ES256","kid":"ec","crit":["exp"],"exp":9})"), "HEADER_CRITICAL"},
      {"b64", Signed(Claims(), R"({"alg":"ES256","kid":"ec","b64":false})"), "PAYLOAD_UNENCODED"},
      {"alg twice", Signed(Claims(), R"({"alg":"none","kid":"ec","alg":"ES256"})"), "HEADER_MEMBER_DUPLICATE"},
      {"for another authorization server", Signed(Claims(R"({"aud":"https://other.example/"})")), "AUDIENCE_MISMATCH"},
      {"an access token", Signed(Claims(), R"({"alg":"ES256","kid":"ec","typ":"at+jwt"})"), "TYPE_FORBIDDEN"},
      {"a DPoP proof", Signed(Claims(), R"({"alg":"ES256","typ":"dpop+jwt","jwk":{}})"), "TYPE_FORBIDDEN"},
      {"of another client with its own key",
       Signed(Claims(R"({"iss":"https://evil.example/c","sub":"https://evil.example/c"})")), "ISSUER_MISMATCH"},
      {"oversize", Signed(Claims(R"({"x":")" + std::string(kMaxJwsBytes, 'x') + R"("})")), "TOO_LARGE"},
  };
  for (const auto& test : kCases) EXPECT_EQ(Judge(test.compact).outcome, test.outcome) << test.what;
  EXPECT_EQ(Judge(good, client.keys, Expected(), kNow + absl::Seconds(70)).outcome, "EXPIRED");
  EXPECT_EQ(Judge(good, client.keys, Expected(), kNow + absl::Seconds(69)).outcome, "VALID");
  EXPECT_EQ(Judge(good, client.keys, Expected(), kNow - absl::Seconds(11)).outcome, "ISSUED_IN_FUTURE");
}

TEST(ClientAssertionTest, HasRoomForLongIdentifiersAndLargeKeys) {
  const std::string client_id = "https://app.example/" + std::string(2028, 'c');
  const std::string issuer = "https://login.example/" + std::string(2026, 'i');
  const json::Value patch = {{"iss", client_id}, {"sub", client_id}, {"aud", issuer}, {"jti", std::string(256, 'j')}};
  const std::string input = SigningInput(R"({"alg":"RS512","typ":"JWT","kid":"rsa"})", Claims(patch.dump()));
  // The length of a signature with an RSA-8192 key.
  const std::string compact = input + "." + EncodeBase64Url(std::string(1024, 's'));
  EXPECT_EQ(Judge(compact, TheClient().keys, {.client_id = client_id, .issuer = issuer}).outcome, "KEY_UNSUITABLE");
}

TEST(ClientAssertionTest, NamesEveryFault) {
  std::vector<std::string_view> names;
  for (int value = 0; value <= static_cast<int>(AssertionFault::kSignatureInvalid); ++value) {
    const std::string_view name = AssertionFaultName(static_cast<AssertionFault>(value));
    EXPECT_FALSE(name.empty()) << value;
    EXPECT_THAT(names, ::testing::Not(::testing::Contains(name)));
    names.push_back(name);
  }
}

}  // namespace
}  // namespace cimd::jose
