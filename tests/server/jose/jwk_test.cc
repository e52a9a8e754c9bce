#include "server/jose/jwk.h"

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jose/algorithm.h"
#include "server/jose/base64url.h"
#include "server/jose/key_fault.h"
#include "server/jose/key_strength.h"
#include "server/json/strict_json.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::jose {
namespace {

using ::cimd::testing::TestSigner;
using ::testing::ElementsAre;

json::Value RfcExamples() {
  std::ifstream file(CIMD_TESTDATA_DIR "/jose/rfc_examples.json");
  return json::Value::parse(file);
}

std::vector<std::string> Findings(const ParsedJwk& parsed) {
  std::vector<std::string> lines;
  for (const KeyFinding& finding : parsed.findings) {
    lines.push_back(std::string(KeyFaultName(finding.fault)) + " " + finding.path);
  }
  return lines;
}

// Returns "USED", "REFUSED" or "SKIPPED", followed by the findings.
std::vector<std::string> Outcome(const json::Value& jwk, KeyProfile profile = KeyProfile::kStandard) {
  const ParsedJwk parsed = ParseJwk(jwk, "$", profile);
  std::vector<std::string> lines = Findings(parsed);
  bool violation = false;
  for (const KeyFinding& finding : parsed.findings) violation = violation || IsViolation(finding.fault);
  lines.insert(lines.begin(), parsed.jwk.has_value() ? "USED" : violation ? "REFUSED" : "SKIPPED");
  return lines;
}

// One key of each type, generated once.
class JwkTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    rsa_ = new json::Value(json::Value::parse(TestSigner::Rsa(2048).PublicJwk(R"("kid":"rsa")")));
    ec_ = new json::Value(json::Value::parse(TestSigner::Ec(KeyType::kEcP256).PublicJwk(R"("kid":"ec")")));
    okp_ = new json::Value(json::Value::parse(TestSigner::Ed25519().PublicJwk(R"("kid":"okp")")));
  }

  // Returns `key` changed by `patch`: null removes a member.
  static json::Value With(const json::Value& key, std::string_view patch) {
    json::Value changed = key;
    const json::Value members = json::Value::parse(patch);
    for (const auto& [name, value] : members.items()) {
      if (value.is_null()) {
        changed.erase(name);
      } else {
        changed[name] = value;
      }
    }
    return changed;
  }

  static const json::Value& Rsa() { return *rsa_; }
  static const json::Value& Ec() { return *ec_; }
  static const json::Value& Okp() { return *okp_; }

 private:
  static const json::Value* rsa_;
  static const json::Value* ec_;
  static const json::Value* okp_;
};
const json::Value* JwkTest::rsa_ = nullptr;
const json::Value* JwkTest::ec_ = nullptr;
const json::Value* JwkTest::okp_ = nullptr;

TEST_F(JwkTest, JudgesMembersCommonToAllKeys) {
  const struct {
    const char* patch;
    std::vector<std::string> outcome;
  } kCases[] = {
      {R"({})", {"USED"}},
      {R"({"use":"sig","alg":"RS256","key_ops":["verify"],"x5c":["?"],"x5u":7,"unknown":{"d":1}})", {"USED"}},
      {R"({"key_ops":["sign","verify"]})", {"USED"}},
      {R"({"kid":null})", {"USED", "KID_COMPUTED $"}},
      {R"({"kid":"\u00e4 b"})", {"USED"}},
      {R"({"kid":""})", {"USED", "KID_COMPUTED $"}},
      {R"({"kid":7})", {"REFUSED", "KEY_MALFORMED $.kid"}},
      {R"({"kid":"a\u0000"})", {"REFUSED", "KEY_MALFORMED $.kid"}},
      {R"({"kid":"a\u001b[2J"})", {"REFUSED", "KEY_MALFORMED $.kid"}},
      {R"({"kty":null})", {"REFUSED", "KEY_MALFORMED $.kty"}},
      {R"({"kty":["RSA"]})", {"REFUSED", "KEY_MALFORMED $.kty"}},
      {R"({"kty":"rsa"})", {"SKIPPED", "KEY_TYPE_UNSUPPORTED $.kty"}},
      {R"({"kty":"oct"})", {"SKIPPED", "KEY_TYPE_UNSUPPORTED $.kty"}},
      {R"({"kty":"AKP","alg":"ML-DSA-44"})", {"SKIPPED", "KEY_TYPE_UNSUPPORTED $.kty"}},
      {R"({"use":"enc"})", {"SKIPPED", "USE_NOT_SIGNATURE $.use"}},
      {R"({"use":"SIG"})", {"SKIPPED", "USE_NOT_SIGNATURE $.use"}},
      {R"({"use":["sig"]})", {"REFUSED", "KEY_MALFORMED $.use"}},
      {R"({"key_ops":["encrypt"]})", {"SKIPPED", "KEY_OPS_NOT_VERIFY $.key_ops"}},
      {R"({"key_ops":["verify","wrapKey"]})", {"SKIPPED", "KEY_OPS_NOT_VERIFY $.key_ops"}},
      {R"({"key_ops":["sign"]})", {"SKIPPED", "KEY_OPS_NOT_VERIFY $.key_ops"}},
      {R"({"key_ops":[]})", {"USED"}},
      {R"({"use":"","alg":"","key_ops":[]})", {"USED"}},
      {R"({"kty":""})", {"REFUSED", "KEY_MALFORMED $.kty"}},
      {R"({"key_ops":["deriveKey","deriveBits"]})", {"SKIPPED", "KEY_OPS_NOT_VERIFY $.key_ops"}},
      {R"({"key_ops":["verify","verify"]})", {"REFUSED", "KEY_MALFORMED $.key_ops"}},
      {R"({"key_ops":"verify"})", {"REFUSED", "KEY_MALFORMED $.key_ops"}},
      {R"({"key_ops":[1]})", {"REFUSED", "KEY_MALFORMED $.key_ops"}},
      {R"({"alg":"PS512"})", {"USED"}},
      {R"({"alg":"ES256"})", {"REFUSED", "ALGORITHM_MISMATCH $.alg"}},
      {R"({"alg":"EdDSA"})", {"REFUSED", "ALGORITHM_MISMATCH $.alg"}},
      {R"({"alg":"RSA-OAEP-256"})", {"SKIPPED", "ALGORITHM_UNSUPPORTED $.alg"}},
      {R"({"alg":"HS256"})", {"SKIPPED", "ALGORITHM_UNSUPPORTED $.alg"}},
      {R"({"alg":"none"})", {"SKIPPED", "ALGORITHM_UNSUPPORTED $.alg"}},
      {R"({"alg":"rs256"})", {"SKIPPED", "ALGORITHM_UNSUPPORTED $.alg"}},
      {R"({"alg":256})", {"REFUSED", "KEY_MALFORMED $.alg"}},
  };
  for (const auto& test : kCases) EXPECT_EQ(Outcome(With(Rsa(), test.patch)), test.outcome) << test.patch;
  EXPECT_THAT(Outcome(json::Value("key")), ElementsAre("REFUSED", "KEY_MALFORMED $"));
  EXPECT_THAT(Outcome(json::Value::array()), ElementsAre("REFUSED", "KEY_MALFORMED $"));
  EXPECT_THAT(Outcome(json::Value::object()), ElementsAre("REFUSED", "KEY_MALFORMED $.kty"));
  EXPECT_THAT(Outcome(With(Rsa(), R"({"kid":")" + std::string(kMaxKidBytes, 'k') + R"("})")), ElementsAre("USED"));
  EXPECT_THAT(Outcome(With(Rsa(), R"({"kid":")" + std::string(kMaxKidBytes + 1, 'k') + R"("})")),
              ElementsAre("REFUSED", "KEY_MALFORMED $.kid"));
}

TEST_F(JwkTest, FindsEveryPrivateMemberInKeysOfEveryType) {
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}) {
    for (const char* kty : {"RSA", "EC", "OKP", "oct", "unknown"}) {
      json::Value key = With(Rsa(), R"({"use":"enc"})");
      key["kty"] = kty;
      key[member] = "AQAB";
      EXPECT_THAT(Outcome(key), ElementsAre("REFUSED", std::string("PRIVATE_KEY $.") + member)) << kty;
      key[member] = {{"r", "AQAB"}};
      EXPECT_THAT(Outcome(key), ElementsAre("REFUSED", std::string("PRIVATE_KEY $.") + member)) << kty;
    }
  }
  EXPECT_THAT(Outcome(With(Rsa(), R"({"q":false,"d":0})")),
              ElementsAre("REFUSED", "PRIVATE_KEY $.d", "PRIVATE_KEY $.q"));
}

TEST(AllowedAlgorithmsTest, AreFewerInTheStrictProfile) {
  EXPECT_THAT(AllowedAlgorithmNames(KeyProfile::kStrict), ElementsAre("RS256", "RS384", "PS256"));
  EXPECT_EQ(AllowedAlgorithmNames(KeyProfile::kStandard).size(), SupportedAlgorithmNames().size());
}

TEST_F(JwkTest, MembersWithoutAValueCountAsAbsent) {
  // A public key as .NET serializes it.
  json::Value key = Rsa();
  for (const char* member : {"crv", "d", "dp", "dq", "k", "p", "q", "qi", "x", "y", "x5t", "x5u", "use", "alg"}) {
    key[member] = nullptr;
  }
  for (const char* member : {"oth", "key_ops", "x5c"}) key[member] = json::Value::array();
  EXPECT_THAT(Outcome(key), ElementsAre("USED"));
  EXPECT_THAT(Outcome(key, KeyProfile::kStrict), ElementsAre("USED", "ALGORITHM_DEFAULTED $"));
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}) {
    for (const char* value : {"null", R"("")", "[]", "{}"}) {
      key[member] = json::Value::parse(value);
      EXPECT_THAT(Outcome(key), ElementsAre("USED")) << member << " " << value;
    }
  }
}

TEST_F(JwkTest, JudgesRsaNumbers) {
  const struct {
    const char* patch;
    std::vector<std::string> outcome;
  } kCases[] = {
      {R"({"e":"Aw"})", {"USED"}},                                      // 3
      {R"({"e":"_____w"})", {"USED"}},                                  // 2^32 - 1
      {R"({"e":"AQ"})", {"REFUSED", "RSA_EXPONENT_INVALID $.e"}},       // 1
      {R"({"e":"Ag"})", {"REFUSED", "RSA_EXPONENT_INVALID $.e"}},       // 2
      {R"({"e":"AQAA"})", {"REFUSED", "RSA_EXPONENT_INVALID $.e"}},     // 65536
      {R"({"e":"AQAAAAE"})", {"REFUSED", "RSA_EXPONENT_INVALID $.e"}},  // 2^32 + 1
      {R"({"e":"AAEAAQ"})", {"REFUSED", "KEY_MALFORMED $.e"}},          // a leading zero byte
      {R"({"e":"AA"})", {"REFUSED", "KEY_MALFORMED $.e"}},              // 0
      {R"({"e":""})", {"REFUSED", "KEY_MALFORMED $.e"}},
      {R"({"e":"AQAB="})", {"REFUSED", "KEY_MALFORMED $.e"}},
      {R"({"e":65537})", {"REFUSED", "KEY_MALFORMED $.e"}},
      {R"({"e":null,"n":null})", {"REFUSED", "KEY_MALFORMED $.n", "KEY_MALFORMED $.e"}},
      {R"({"n":"AQAB"})", {"REFUSED", "RSA_MODULUS_TOO_SMALL $.n"}},
      {R"({"n":"not base64"})", {"REFUSED", "KEY_MALFORMED $.n"}},
  };
  for (const auto& test : kCases) EXPECT_EQ(Outcome(With(Rsa(), test.patch)), test.outcome) << test.patch;

  json::Value key = Rsa();
  std::string modulus = *DecodeBase64Url(key["n"].get<std::string>());
  key["n"] = EncodeBase64Url('\0' + modulus);
  EXPECT_THAT(Outcome(key), ElementsAre("REFUSED", "KEY_MALFORMED $.n"));
  modulus.back() = '\x2a';
  key["n"] = EncodeBase64Url(modulus);
  EXPECT_THAT(Outcome(key), ElementsAre("REFUSED", "RSA_MODULUS_WEAK $.n"));
}

// Returns an odd number with this many bits that is not divisible by a small prime.
std::string ModulusOfBits(int bits) {
  std::string modulus(static_cast<size_t>((bits + 7) / 8), '\xc5');
  modulus[0] = static_cast<char>(1 << ((bits - 1) % 8));
  for (int last = 1; last < 256; last += 2) {
    modulus.back() = static_cast<char>(last);
    if (!IsWeakRsaModulus(modulus)) return modulus;
  }
  ADD_FAILURE() << "no modulus of " << bits << " bits";
  return modulus;
}

TEST_F(JwkTest, BoundsTheSizeOfRsaKeys) {
  const struct {
    int bits;
    KeyProfile profile;
    std::vector<std::string> outcome;
  } kCases[] = {
      {2047, KeyProfile::kStandard, {"REFUSED", "RSA_MODULUS_TOO_SMALL $.n"}},
      {2048, KeyProfile::kStandard, {"USED"}},
      {2049, KeyProfile::kStandard, {"USED"}},
      {8192, KeyProfile::kStandard, {"USED"}},
      {8193, KeyProfile::kStandard, {"REFUSED", "RSA_MODULUS_TOO_LARGE $.n"}},
      {2047, KeyProfile::kStrict, {"REFUSED", "RSA_MODULUS_TOO_SMALL $.n"}},
      {2048, KeyProfile::kStrict, {"USED"}},
      {4096, KeyProfile::kStrict, {"USED"}},
      {4097, KeyProfile::kStrict, {"REFUSED", "RSA_MODULUS_TOO_LARGE $.n"}},
  };
  for (const auto& test : kCases) {
    json::Value key = With(Rsa(), R"({"alg":"RS256"})");
    key["n"] = EncodeBase64Url(ModulusOfBits(test.bits));
    EXPECT_EQ(Outcome(key, test.profile), test.outcome) << test.bits;
  }
}

TEST_F(JwkTest, JudgesPoints) {
  const std::string short_x = EncodeBase64Url(std::string(31, '\1'));
  const struct {
    const json::Value& key;
    std::string patch;
    std::vector<std::string> outcome;
  } kCases[] = {
      {Ec(), R"({"alg":"ES256"})", {"USED"}},
      {Ec(), R"({"alg":"ES384"})", {"REFUSED", "ALGORITHM_MISMATCH $.alg"}},
      {Ec(), R"({"alg":"ES256K"})", {"SKIPPED", "ALGORITHM_UNSUPPORTED $.alg"}},
      {Ec(), R"({"alg":"ECDH-ES"})", {"SKIPPED", "ALGORITHM_UNSUPPORTED $.alg"}},
      {Ec(), R"({"crv":"P-384"})", {"REFUSED", "KEY_MALFORMED $.x"}},
      {Ec(), R"({"crv":"secp256k1"})", {"SKIPPED", "CURVE_UNSUPPORTED $.crv"}},
      {Ec(), R"({"crv":null})", {"REFUSED", "KEY_MALFORMED $.crv"}},
      {Ec(), R"({"y":null})", {"REFUSED", "KEY_MALFORMED $.y"}},
      {Ec(), R"({"x":")" + short_x + R"("})", {"REFUSED", "KEY_MALFORMED $.x"}},
      {Ec(), R"({"y":")" + short_x + R"("})", {"REFUSED", "KEY_MALFORMED $.y"}},
      {Ec(), R"({"y":")" + EncodeBase64Url(std::string(32, '\1')) + R"("})", {"REFUSED", "POINT_INVALID $"}},
      {Okp(), R"({"alg":"EdDSA"})", {"USED"}},
      {Okp(), R"({"alg":"Ed25519"})", {"USED"}},
      {Okp(), R"({"alg":"ES256"})", {"REFUSED", "ALGORITHM_MISMATCH $.alg"}},
      {Okp(), R"({"alg":"Ed448"})", {"SKIPPED", "ALGORITHM_UNSUPPORTED $.alg"}},
      {Okp(), R"({"crv":"X25519"})", {"SKIPPED", "CURVE_UNSUPPORTED $.crv"}},
      {Okp(), R"({"crv":"Ed448"})", {"SKIPPED", "CURVE_UNSUPPORTED $.crv"}},
      {Okp(), R"({"x":")" + short_x + R"("})", {"REFUSED", "KEY_MALFORMED $.x"}},
      {Okp(), R"({"x":")" + EncodeBase64Url(std::string(32, '\0')) + R"("})", {"REFUSED", "POINT_INVALID $.x"}},
  };
  for (const auto& test : kCases) EXPECT_EQ(Outcome(With(test.key, test.patch)), test.outcome) << test.patch;
}

TEST_F(JwkTest, StrictProfileKeepsTheLimitsOfTheReferenceProduct) {
  const struct {
    json::Value key;
    std::vector<std::string> outcome;
  } kCases[] = {
      {With(Rsa(), R"({"alg":"RS256"})"), {"USED"}},
      {With(Rsa(), R"({"alg":"RS384"})"), {"USED"}},
      {With(Rsa(), R"({"alg":"PS256"})"), {"USED"}},
      {Rsa(), {"USED", "ALGORITHM_DEFAULTED $"}},
      {With(Rsa(), R"({"alg":"RS512"})"), {"SKIPPED", "PROFILE_EXCLUDES $.alg"}},
      {With(Rsa(), R"({"alg":"PS384"})"), {"SKIPPED", "PROFILE_EXCLUDES $.alg"}},
      {With(Rsa(), R"({"alg":"ES256"})"), {"REFUSED", "ALGORITHM_MISMATCH $.alg"}},
      {Ec(), {"SKIPPED", "PROFILE_EXCLUDES $.kty"}},
      {Okp(), {"SKIPPED", "PROFILE_EXCLUDES $.kty"}},
  };
  for (const auto& test : kCases) EXPECT_EQ(Outcome(test.key, KeyProfile::kStrict), test.outcome) << test.key;
  const std::optional<Jwk> key = ParseJwk(Rsa(), "$", KeyProfile::kStrict).jwk;
  EXPECT_TRUE(key->Fits(Algorithm::kRs256));
  EXPECT_FALSE(key->Fits(Algorithm::kPs256));
}

TEST_F(JwkTest, FitsItsOwnAlgorithmsOnly) {
  const auto fitting = [](const json::Value& jwk) {
    std::string names;
    const std::optional<Jwk> key = ParseJwk(jwk, "$", KeyProfile::kStandard).jwk;
    for (size_t i = 0; i < kAlgorithmCount; ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      if (key->Fits(algorithm)) names.append(AlgorithmName(algorithm)).append(" ");
    }
    return names;
  };
  EXPECT_EQ(fitting(Rsa()), "RS256 RS384 RS512 PS256 PS384 PS512 ");
  EXPECT_EQ(fitting(With(Rsa(), R"({"alg":"PS384"})")), "PS384 ");
  EXPECT_EQ(fitting(Ec()), "ES256 ");
  EXPECT_EQ(fitting(Okp()), "Ed25519 ");
  EXPECT_EQ(fitting(With(Okp(), R"({"alg":"EdDSA"})")), "Ed25519 ");
}

TEST_F(JwkTest, ComputesTheThumbprintsOfTheRfcs) {
  const json::Value examples = RfcExamples();
  for (const json::Value& example : examples["thumbprints"]) {
    const std::optional<Jwk> key = ParseJwk(example["jwk"], "$", KeyProfile::kStandard).jwk;
    ASSERT_TRUE(key.has_value()) << example["name"];
    EXPECT_EQ(key->thumbprint, example["thumbprint"]) << example["name"];
    EXPECT_EQ(key->kid, example["jwk"].value("kid", key->thumbprint)) << example["name"];
  }
}

TEST_F(JwkTest, RefusesThePrivateKeysOfTheRfcs) {
  const json::Value examples = RfcExamples();
  for (const json::Value& example : examples["private_keys"]) {
    EXPECT_THAT(Outcome(example["jwk"]),
                ElementsAre("REFUSED", "PRIVATE_KEY $." + example["member"].get<std::string>()))
        << example["name"];
  }
}

TEST_F(JwkTest, GoesToJsonAndBack) {
  for (const json::Value& jwk :
       {Rsa(), With(Rsa(), R"({"alg":"PS256","x5c":["x"],"use":"sig"})"), Ec(), With(Okp(), R"({"kid":"a\"\\\u00e4"})"),
        With(Okp(), R"({"kid":null,"alg":"EdDSA"})")}) {
    const std::optional<Jwk> key = ParseJwk(jwk, "$", KeyProfile::kStandard).jwk;
    ASSERT_TRUE(key.has_value());
    const json::Value stored = json::Value::parse(key->ToJson());
    const std::optional<Jwk> again = ParseJwk(stored, "$", KeyProfile::kStandard).jwk;
    ASSERT_TRUE(again.has_value()) << key->ToJson();
    EXPECT_EQ(again->kid, key->kid);
    EXPECT_EQ(again->kid_declared, key->kid_declared);
    EXPECT_EQ(again->type, key->type);
    EXPECT_EQ(again->alg, key->alg);
    EXPECT_EQ(again->thumbprint, key->thumbprint);
    EXPECT_EQ(again->ToJson(), key->ToJson());
    EXPECT_FALSE(stored.contains("x5c"));
  }
}

TEST_F(JwkTest, NamesAndDescribesEveryFault) {
  std::vector<std::string_view> names;
  for (int value = 0; value <= static_cast<int>(KeyFault::kKeyDuplicate); ++value) {
    const auto fault = static_cast<KeyFault>(value);
    EXPECT_FALSE(KeyFaultName(fault).empty()) << value;
    EXPECT_FALSE(KeyFaultMessage(fault).empty()) << value;
    EXPECT_THAT(names, ::testing::Not(::testing::Contains(KeyFaultName(fault))));
    names.push_back(KeyFaultName(fault));
    EXPECT_TRUE(IsViolation(fault) || !RefusesSet(fault)) << KeyFaultName(fault);
  }
}

}  // namespace
}  // namespace cimd::jose
