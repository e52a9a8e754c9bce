#include <cstdint>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/base64url.h"
#include "server/jose/client_assertion.h"
#include "server/jose/jwk.h"
#include "server/jose/jwk_set.h"
#include "server/jose/jws.h"
#include "server/json/strict_json.h"

// Damages valid input at random, identically in every run. Nothing may crash and no damaged input may verify.
namespace cimd::jose {
namespace {

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  // Changes `text` one to three times. Each change removes, changes, inserts, repeats or swaps some bytes.
  std::string Mutate(std::string text) {
    for (size_t changes = 1 + Below(3); changes > 0; --changes) {
      const size_t at = Below(text.size() + 1);
      const size_t length = Below(text.size() - at + 1) % 9;
      switch (Below(6)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(8)));
          break;
        case 2:
          text.insert(at, 1, kInteresting[Below(kInteresting.size())]);
          break;
        case 3:
          if (at < text.size()) text[at] = kInteresting[Below(kInteresting.size())];
          break;
        case 4:
          text.insert(Below(text.size() + 1), text.substr(at, length));
          break;
        case 5:
          if (!text.empty() && at < text.size()) std::swap(text[at], text[Below(text.size())]);
          break;
      }
    }
    return text;
  }

 private:
  static constexpr std::string_view kInteresting = "AQZaz09-_=.+/\\\"{}[],: \n\t\x7f\xc3\xff";

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }

  std::mt19937 random_;
};

json::Value Examples() {
  std::ifstream file(CIMD_TESTDATA_DIR "/jose/rfc_examples.json");
  return json::Value::parse(file);
}

TEST(MutationTest, NoDamagedJwsVerifies) {
  const json::Value examples = Examples();
  Mutator mutator(7515);
  int parsed_count = 0;
  for (const json::Value& example : examples["signatures"]) {
    const std::string good = example["jws"].get<std::string>();
    const Jwk key = *ParseJwk(example["jwk"], "$", KeyProfile::kStandard).jwk;
    for (int i = 0; i < 4000; ++i) {
      const std::string damaged = mutator.Mutate(good);
      if (damaged == good) continue;
      const OrFault<Jws> parsed = ParseJws(damaged);
      if (const Jws* jws = std::get_if<Jws>(&parsed)) {
        ++parsed_count;
        EXPECT_FALSE(VerifyJws(*jws, key)) << damaged;
      }
    }
  }
  EXPECT_GT(parsed_count, 1000);
}

TEST(MutationTest, DamagedAssertionsDoNoHarm) {
  // Valid enough to reach every check of the claims. No key in this test verifies it.
  const std::string claims =
      R"({"iss":"https://app.example/c","sub":"https://app.example/c","aud":["https://login.example/"],)"
      R"("exp":1800000060,"nbf":1800000000,"iat":1800000000,"jti":"id"})";
  const std::string header = R"({"alg":"EdDSA","typ":"JWT"})";
  const json::Value examples = Examples();
  const JwkSet set = ParseJwkSet(examples["public_key_set"].dump(), KeyProfile::kStandard);
  const AssertionExpectations expected = {.client_id = "https://app.example/c", .issuer = "https://login.example/"};
  Mutator mutator(7523);
  int checked_count = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string payload = i % 2 == 0 ? mutator.Mutate(claims) : claims;
    const std::string top = i % 2 == 0 ? header : mutator.Mutate(header);
    const std::string compact =
        EncodeBase64Url(top) + "." + EncodeBase64Url(payload) + "." + EncodeBase64Url(std::string(64, 's'));
    OrFault<ParsedAssertion> parsed = ParsedAssertion::Parse(compact);
    if (!std::holds_alternative<ParsedAssertion>(parsed)) continue;
    const OrFault<CheckedAssertion> checked = CheckedAssertion::Check(std::get<ParsedAssertion>(std::move(parsed)),
                                                                      expected, absl::FromUnixSeconds(1'800'000'000));
    if (!std::holds_alternative<CheckedAssertion>(checked)) continue;
    ++checked_count;
    EXPECT_TRUE(std::holds_alternative<AssertionFault>(
        VerifiedAssertion::Verify(std::get<CheckedAssertion>(checked), set.keys)));
  }
  EXPECT_GT(checked_count, 100);
}

TEST(MutationTest, NoDamagedKeyVerifies) {
  const json::Value examples = Examples();
  Mutator mutator(7517);
  int used_count = 0;
  for (const json::Value& example : examples["signatures"]) {
    const std::string good = json::Value{{"keys", json::Value::array({example["jwk"]})}}.dump();
    const OrFault<Jws> jws = ParseJws(example["jws"].get<std::string>());
    const std::string thumbprint = ParseJwkSet(good, KeyProfile::kStandard).keys[0].thumbprint;
    for (int i = 0; i < 1500; ++i) {
      const std::string damaged = mutator.Mutate(good);
      const JwkSet set = ParseJwkSet(damaged, KeyProfile::kStandard);
      EXPECT_EQ(set.keys.empty(), set.refused || !set.violations.empty()) << damaged;
      for (const Jwk& key : set.keys) {
        ++used_count;
        // Damage to a kid or an unknown member does not change the key.
        EXPECT_TRUE(key.thumbprint == thumbprint || !VerifyJws(std::get<Jws>(jws), key)) << damaged;
      }
    }
  }
  EXPECT_GT(used_count, 100);
}

TEST(MutationTest, EveryPrefixIsRefused) {
  const json::Value examples = Examples();
  const std::string set = examples["public_key_set"].dump();
  for (size_t length = 0; length < set.size(); ++length) {
    EXPECT_TRUE(ParseJwkSet(set.substr(0, length), KeyProfile::kStandard).refused) << length;
  }
  for (const json::Value& example : examples["signatures"]) {
    const std::string compact = example["jws"].get<std::string>();
    const Jwk key = *ParseJwk(example["jwk"], "$", KeyProfile::kStandard).jwk;
    for (size_t length = 0; length < compact.size(); ++length) {
      const OrFault<Jws> jws = ParseJws(compact.substr(0, length));
      EXPECT_FALSE(std::holds_alternative<Jws>(jws) && VerifyJws(std::get<Jws>(jws), key)) << length;
    }
  }
}

}  // namespace
}  // namespace cimd::jose
