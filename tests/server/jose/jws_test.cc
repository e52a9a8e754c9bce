#include "server/jose/jws.h"

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "gtest/gtest.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/base64url.h"
#include "server/jose/jwk.h"
#include "server/json/strict_json.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::jose {
namespace {

using ::cimd::testing::SigningInput;

// Returns the reason for the refusal, or "PARSED".
std::string_view Outcome(std::string_view compact) {
  const OrFault<Jws> jws = ParseJws(compact);
  const auto* fault = std::get_if<AssertionFault>(&jws);
  return fault == nullptr ? "PARSED" : AssertionFaultName(*fault);
}

std::string WithHeader(std::string_view header) { return SigningInput(header, "{}") + ".AAAA"; }

TEST(JwsTest, TakesOnlyTheCompactForm) {
  const std::string good = WithHeader(R"({"alg":"RS256"})");
  EXPECT_EQ(Outcome(good), "PARSED");
  const std::string header = EncodeBase64Url(R"({"alg":"RS256"})");
  const struct {
    std::string compact;
    const char* outcome;
  } kCases[] = {
      {"", "NOT_COMPACT"},
      {".", "NOT_COMPACT"},
      {"..", "NOT_COMPACT"},
      {header, "NOT_COMPACT"},
      {header + ".e30", "NOT_COMPACT"},
      {header + ".e30.", "NOT_COMPACT"},
      {".e30.AAAA", "NOT_COMPACT"},
      {header + "..AAAA", "PARSED"},  // an empty payload is valid in a JWS, though not in an assertion
      {good + ".", "NOT_COMPACT"},
      {good + ".AAAA", "NOT_COMPACT"},
      {good + ".AAAA.AAAA", "NOT_COMPACT"},  // the form of a JWE
      {good + "=", "ENCODING_INVALID"},
      {" " + good, "ENCODING_INVALID"},
      {good + "\n", "ENCODING_INVALID"},
      {header + ".e31.AAAA", "ENCODING_INVALID"},
      {header + ".e30=.AAAA", "ENCODING_INVALID"},
      {header + ".e30.AA+A", "ENCODING_INVALID"},
      {header + ".e30.AB", "ENCODING_INVALID"},
      {R"({"payload":"e30","protected":"e30","signature":"AAAA"})", "NOT_COMPACT"},
      {good + std::string(kMaxJwsBytes, 'A'), "TOO_LARGE"},
  };
  for (const auto& test : kCases) EXPECT_EQ(Outcome(test.compact), test.outcome) << test.compact;
}

TEST(JwsTest, BoundsTheSize) {
  const std::string start = SigningInput(R"({"alg":"RS256"})", "{}") + ".";
  std::string compact = start + std::string(kMaxJwsBytes - start.size(), 'A');
  // Remove characters until the rest is canonical base64url.
  while (!DecodeBase64Url(compact.substr(start.size())).has_value()) compact.pop_back();
  EXPECT_EQ(Outcome(compact), "PARSED");
  compact.append(4, 'A');
  EXPECT_EQ(Outcome(compact), "TOO_LARGE");
}

TEST(JwsTest, JudgesTheHeader) {
  const struct {
    std::string header;
    const char* outcome;
  } kCases[] = {
      {R"({"alg":"RS256"})", "PARSED"},
      {" {\t\"alg\" :\r\n\"ES256\"} ", "PARSED"},
      {R"({"alg":"EdDSA"})", "PARSED"},
      {R"({"alg":"Ed25519"})", "PARSED"},
      {R"({"alg":"PS512","kid":"a","typ":"JWT","cty":"x","zip":"DEF"})", "PARSED"},
      {R"({"alg":"RS256","jwk":{"kty":"RSA"},"jku":"https://evil.example/","x5u":"https://evil.example/","x5c":["AA"]})",
       "PARSED"},
      {R"({"alg":"none"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"None"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":""})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"HS256"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"HS384"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"HS512"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"rs256"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"RS256 "})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"RS256\u0000"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"RS1"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"ES256K"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"Ed448"})", "ALGORITHM_FORBIDDEN"},
      {R"({"alg":"RSA-OAEP","enc":"A128GCM"})", "ALGORITHM_FORBIDDEN"},
      {R"({})", "HEADER_MALFORMED"},
      {R"({"alg":null})", "HEADER_MALFORMED"},
      {R"({"alg":["RS256"]})", "HEADER_MALFORMED"},
      {R"({"Alg":"RS256"})", "HEADER_MALFORMED"},
      {R"({"alg":"RS256","kid":7})", "HEADER_MALFORMED"},
      {R"({"alg":"RS256","kid":""})", "HEADER_MALFORMED"},
      {R"({"alg":"RS256","kid":null})", "HEADER_MALFORMED"},
      {R"({"alg":"RS256","kid":")" + std::string(kMaxKidBytes, 'k') + R"("})", "PARSED"},
      {R"({"alg":"RS256","kid":")" + std::string(kMaxKidBytes + 1, 'k') + R"("})", "HEADER_MALFORMED"},
      {R"({"alg":"RS256","typ":7})", "HEADER_MALFORMED"},
      {R"({"alg":"RS256","crit":["exp"],"exp":1})", "HEADER_CRITICAL"},
      {R"({"alg":"RS256","crit":[]})", "HEADER_CRITICAL"},
      {R"({"alg":"RS256","crit":["b64"],"b64":false})", "HEADER_CRITICAL"},
      {R"({"alg":"none","crit":["alg"]})", "HEADER_CRITICAL"},
      {R"({"alg":"RS256","b64":false})", "PAYLOAD_UNENCODED"},
      {R"({"alg":"RS256","b64":true})", "PAYLOAD_UNENCODED"},
      {R"({"alg":"RS256","alg":"none"})", "HEADER_MEMBER_DUPLICATE"},
      {R"({"alg":"RS256","\u0061lg":"RS256"})", "HEADER_MEMBER_DUPLICATE"},
      {R"({"alg":"RS256","x":{"a":1,"a":2}})", "HEADER_MEMBER_DUPLICATE"},
      {R"(["RS256"])", "HEADER_MALFORMED"},
      {R"("RS256")", "HEADER_MALFORMED"},
      {R"({"alg":"RS256"}{})", "HEADER_MALFORMED"},
      {R"({"alg":"RS256",})", "HEADER_MALFORMED"},
      {R"({'alg':'RS256'})", "HEADER_MALFORMED"},
      {"\xef\xbb\xbf{\"alg\":\"RS256\"}", "HEADER_MALFORMED"},
      {"{\"alg\":\"RS256\",\"kid\":\"\xff\"}", "HEADER_MALFORMED"},
      {R"({"alg":"RS256","x":)" + std::string(2000, '[') + std::string(2000, ']') + "}", "HEADER_MALFORMED"},
  };
  for (const auto& test : kCases) EXPECT_EQ(Outcome(WithHeader(test.header)), test.outcome) << test.header;
}

TEST(JwsTest, VerifiesTheExamplesOfTheRfcs) {
  std::ifstream file(CIMD_TESTDATA_DIR "/jose/rfc_examples.json");
  const json::Value examples = json::Value::parse(file);
  ASSERT_EQ(examples["signatures"].size(), 7u);
  for (const json::Value& example : examples["signatures"]) {
    SCOPED_TRACE(example["name"]);
    const std::string compact = example["jws"].get<std::string>();
    const std::optional<Jwk> key = ParseJwk(example["jwk"], "$", KeyProfile::kStandard).jwk;
    ASSERT_TRUE(key.has_value());
    OrFault<Jws> parsed = ParseJws(compact);
    ASSERT_TRUE(std::holds_alternative<Jws>(parsed)) << Outcome(compact);
    Jws& jws = std::get<Jws>(parsed);
    EXPECT_TRUE(VerifyJws(jws, *key));
    EXPECT_EQ(jws.kid.value_or(key->kid), key->kid);
    jws.signing_input.back() = static_cast<char>(jws.signing_input.back() ^ 1);
    EXPECT_FALSE(VerifyJws(jws, *key));
  }
}

TEST(JwsTest, HoldsTheKeyToItsDeclaredAlgorithm) {
  std::ifstream file(CIMD_TESTDATA_DIR "/jose/rfc_examples.json");
  const json::Value examples = json::Value::parse(file);
  for (json::Value example : examples["signatures"]) {
    const OrFault<Jws> jws = ParseJws(example["jws"].get<std::string>());
    const KeyType type = KeyTypeFor(std::get<Jws>(jws).alg);
    for (const std::string_view name : SupportedAlgorithmNames()) {
      if (KeyTypeFor(*ParseAlgorithm(name)) != type) continue;
      example["jwk"]["alg"] = name;
      const std::optional<Jwk> key = ParseJwk(example["jwk"], "$", KeyProfile::kStandard).jwk;
      ASSERT_TRUE(key.has_value());
      EXPECT_EQ(VerifyJws(std::get<Jws>(jws), *key), *ParseAlgorithm(name) == std::get<Jws>(jws).alg)
          << example["name"] << name;
    }
  }
}

}  // namespace
}  // namespace cimd::jose
