#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/base64url.h"
#include "server/jose/jwk.h"
#include "server/jose/jwk_set.h"
#include "server/jose/jws.h"
#include "server/jose/public_key.h"
#include "server/json/strict_json.h"

// Test vectors of Project Wycheproof, read from the folder that CIMD_WYCHEPROOF_DIR names.
namespace cimd::jose {
namespace {

class WycheproofTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("CIMD_WYCHEPROOF_DIR") == nullptr) {
      GTEST_SKIP() << "CIMD_WYCHEPROOF_DIR is not set: the Wycheproof vectors are NOT tested";
    }
  }

  static json::Value Load(const std::string& name) {
    std::ifstream file(std::string(std::getenv("CIMD_WYCHEPROOF_DIR")) + "/" + name);
    EXPECT_TRUE(file.is_open()) << name;
    return json::Value::parse(file, nullptr, /*allow_exceptions=*/false);
  }

  static std::string Bytes(const json::Value& hex) { return absl::HexStringToBytes(hex.get<std::string>()); }

  // Encodes an unsigned integer without leading zero bytes, as in a JWK.
  static std::string EncodedInteger(const json::Value& hex) {
    std::string bytes = Bytes(hex);
    bytes.erase(0, bytes.find_first_not_of('\0'));
    return EncodeBase64Url(bytes);
  }

  // Runs every case of a file of signatures. `jwk_of` makes a JWK from a test group. "acceptable" cases, which a
  // lenient verifier accepts, must be refused.
  template <typename JwkOf>
  static void CheckSignatures(const std::string& file, Algorithm algorithm, const JwkOf& jwk_of) {
    const json::Value vectors = Load(file);
    int cases = 0;
    for (const json::Value& group : vectors["testGroups"]) {
      const std::optional<Jwk> key = ParseJwk(jwk_of(group), "$", KeyProfile::kStandard).jwk;
      for (const json::Value& test : group["tests"]) {
        SCOPED_TRACE(test.dump());
        ++cases;
        const bool verified = key.has_value() && key->key->Verify(algorithm, Bytes(test["msg"]), Bytes(test["sig"]));
        EXPECT_EQ(verified, test["result"] == "valid");
      }
    }
    EXPECT_EQ(cases, vectors["numberOfTests"]);
  }

  // Some groups of the ECDSA files have no JWK.
  static json::Value EcJwk(const json::Value& group) {
    const std::string& curve = group["publicKey"]["curve"].get_ref<const std::string&>();
    const std::string point = Bytes(group["publicKey"]["uncompressed"]).substr(1);
    return {{"kty", "EC"},
            {"crv", "P-" + curve.substr(4, 3)},
            {"x", EncodeBase64Url(point.substr(0, point.size() / 2))},
            {"y", EncodeBase64Url(point.substr(point.size() / 2))}};
  }
  static json::Value OkpJwk(const json::Value& group) { return group["publicKeyJwk"]; }
  static json::Value RsaJwk(const json::Value& group) {
    const json::Value& key = group["publicKey"];
    return {{"kty", "RSA"}, {"n", EncodedInteger(key["modulus"])}, {"e", EncodedInteger(key["publicExponent"])}};
  }
};

TEST_F(WycheproofTest, EcdsaP256) {
  CheckSignatures("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::kEs256, EcJwk);
}

TEST_F(WycheproofTest, EcdsaP384) {
  CheckSignatures("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::kEs384, EcJwk);
}

TEST_F(WycheproofTest, EcdsaP521) {
  CheckSignatures("ecdsa_secp521r1_sha512_p1363_test.json", Algorithm::kEs512, EcJwk);
}

TEST_F(WycheproofTest, Ed25519) { CheckSignatures("ed25519_test.json", Algorithm::kEd25519, OkpJwk); }

TEST_F(WycheproofTest, RsaPkcs1) { CheckSignatures("rsa_signature_2048_sha256_test.json", Algorithm::kRs256, RsaJwk); }

TEST_F(WycheproofTest, RsaPss) { CheckSignatures("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::kPs256, RsaJwk); }

// True if a usable key of the set verifies the JWS. The kid selects the key if the JWS has one.
bool VerifiesUnder(const JwkSet& set, const json::Value& compact) {
  // Some cases are in JSON serialization. In a request they would be a string too.
  const OrFault<Jws> parsed = ParseJws(compact.is_string() ? compact.get<std::string>() : compact.dump());
  const Jws* jws = std::get_if<Jws>(&parsed);
  if (jws == nullptr) return false;
  for (const Jwk& key : set.keys) {
    if (jws->kid.value_or(key.kid) == key.kid && VerifyJws(*jws, key)) return true;
  }
  return false;
}

// True for a shared secret. An empty one discloses nothing and is only useless.
bool IsSymmetric(const json::Value& key) { return key.value("kty", "") == "oct" && key.value("k", "") != ""; }

TEST_F(WycheproofTest, JsonWebSignature) {
  const json::Value vectors = Load("json_web_signature_test.json");
  int cases = 0;
  int verified_cases = 0;
  for (const json::Value& group : vectors["testGroups"]) {
    const json::Value& jwk = group.contains("public") ? group["public"] : group["private"];
    const json::Value document = {{"keys", json::Value::array({jwk})}};
    const JwkSet set = ParseJwkSet(document.dump(), KeyProfile::kStandard);
    EXPECT_EQ(set.refused, IsSymmetric(jwk)) << group["comment"];
    for (const json::Value& test : group["tests"]) {
      SCOPED_TRACE(test.dump());
      ++cases;
      const bool verified = VerifiesUnder(set, test["jws"]);
      verified_cases += verified ? 1 : 0;
      // The vectors expect these to verify, but they must be refused here: a key that is a shared secret, and two keys
      // of RFC 7520 whose "alg" is not the signature's ("PS256" for PS384) or does not exist ("ES521").
      const bool refused_here = IsSymmetric(jwk) || test["comment"] == "Figure20" || test["comment"] == "Figure27";
      EXPECT_EQ(verified, test["result"] == "valid" && !refused_here);
      if (!refused_here || IsSymmetric(jwk)) continue;
      json::Value corrected = document;
      corrected["keys"][0].erase("alg");
      EXPECT_TRUE(VerifiesUnder(ParseJwkSet(corrected.dump(), KeyProfile::kStandard), test["jws"]));
    }
  }
  EXPECT_EQ(cases, vectors["numberOfTests"]);
  EXPECT_GE(verified_cases, 30);
}

TEST_F(WycheproofTest, JsonWebKey) {
  const json::Value vectors = Load("json_web_key_test.json");
  int cases = 0;
  for (const json::Value& group : vectors["testGroups"]) {
    const json::Value& document = group.contains("public") ? group["public"] : group["private"];
    const JwkSet set = ParseJwkSet(document.dump(), KeyProfile::kStandard);
    bool symmetric = false;
    for (const json::Value& key : document["keys"]) symmetric = symmetric || IsSymmetric(key);
    EXPECT_EQ(set.refused, symmetric) << group["comment"];
    for (const json::Value& test : group["tests"]) {
      SCOPED_TRACE(test.dump());
      ++cases;
      EXPECT_EQ(VerifiesUnder(set, test["jws"]), test["result"] == "valid" && !symmetric);
    }
  }
  EXPECT_EQ(cases, vectors["numberOfTests"]);
}

}  // namespace
}  // namespace cimd::jose
