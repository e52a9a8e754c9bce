#include "server/jose/jwk_set.h"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jose/algorithm.h"
#include "server/jose/jwk.h"
#include "server/jose/key_fault.h"
#include "server/json/strict_json.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::jose {
namespace {

using ::cimd::testing::TestSigner;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Lines(const std::vector<KeyFinding>& findings) {
  std::vector<std::string> lines;
  for (const KeyFinding& finding : findings) {
    lines.push_back(std::string(KeyFaultName(finding.fault)) + " " + finding.path);
  }
  return lines;
}

std::vector<std::string> Kids(const JwkSet& set) {
  std::vector<std::string> kids;
  for (const Jwk& key : set.keys) kids.push_back(key.kid);
  return kids;
}

std::string SetOf(const std::vector<std::string>& keys) {
  std::string text = R"({"keys":[)";
  for (size_t i = 0; i < keys.size(); ++i) text.append(i == 0 ? "" : ",").append(keys[i]);
  return text + "]}";
}

JwkSet Parse(const std::vector<std::string>& keys, KeyProfile profile = KeyProfile::kStandard) {
  return ParseJwkSet(SetOf(keys), profile);
}

std::string EcKey(std::string_view members) { return TestSigner::Ec(KeyType::kEcP256).PublicJwk(members); }

TEST(JwkSetTest, RefusesWhatIsNoKeySet) {
  const struct {
    std::string text;
    const char* finding;
  } kCases[] = {
      {"", "JSON_MALFORMED $"},
      {"null", "SET_MALFORMED $"},
      {"[]", "SET_MALFORMED $"},
      {R"({"kty":"RSA"})", "SET_MALFORMED $.keys"},
      {R"({"keys":{}})", "SET_MALFORMED $.keys"},
      {R"({"Keys":[]})", "SET_MALFORMED $.keys"},
      {R"({"keys":[],"keys":[]})", "JSON_MEMBER_DUPLICATE $.keys"},
      {R"({"keys":[{"kty":"RSA","kty":"EC"}]})", "JSON_MEMBER_DUPLICATE $.keys[0].kty"},
      {R"({"keys":[{"kty":"RSA","k\u0074y":"EC"}]})", "JSON_MEMBER_DUPLICATE $.keys[0].kty"},
      {R"({"keys":[]} x)", "JSON_MALFORMED $"},
      {"\xef\xbb\xbf{\"keys\":[]}", "BYTE_ORDER_MARK $"},
      {"{\"keys\":[\"\xff\"]}", "JSON_UTF8_INVALID $.keys[0]"},
      {SetOf(std::vector<std::string>(kMaxKeys + 1, "{}")), "TOO_MANY_KEYS $.keys"},
      {R"({"keys":[]})" + std::string(kMaxJwkSetBytes, ' '), "SET_TOO_LARGE $"},
  };
  for (const auto& test : kCases) {
    const JwkSet set = ParseJwkSet(test.text, KeyProfile::kStandard);
    EXPECT_TRUE(set.refused) << test.text;
    EXPECT_THAT(set.keys, IsEmpty());
    EXPECT_THAT(Lines(set.violations), ElementsAre(test.finding)) << test.text;
  }
  const std::string deep = R"({"keys":[)" + std::string(1000, '[') + std::string(1000, ']') + "]}";
  const JwkSet set = ParseJwkSet(deep, KeyProfile::kStandard);
  EXPECT_TRUE(set.refused);
  ASSERT_EQ(set.violations.size(), 1u);
  EXPECT_EQ(set.violations[0].fault, KeyFault::kJsonTooDeep);
}

TEST(JwkSetTest, TakesASetOfExactlyTheLimit) {
  std::string text = SetOf({EcKey(R"("kid":"a")")});
  text.resize(kMaxJwkSetBytes, ' ');
  EXPECT_THAT(Kids(ParseJwkSet(text, KeyProfile::kStandard)), ElementsAre("a"));
  text.push_back(' ');
  EXPECT_THAT(Kids(ParseJwkSet(text, KeyProfile::kStandard)), IsEmpty());
}

TEST(JwkSetTest, ReadsTheSetOfRfc7517) {
  std::ifstream file(CIMD_TESTDATA_DIR "/jose/rfc_examples.json");
  const std::string text = json::Value::parse(file)["public_key_set"].dump();
  for (const KeyProfile profile : {KeyProfile::kStandard, KeyProfile::kStrict}) {
    const JwkSet set = ParseJwkSet(text, profile);
    EXPECT_FALSE(set.refused);
    EXPECT_THAT(Kids(set), ElementsAre("2011-04-29"));
    EXPECT_EQ(set.keys[0].index, 1u);
    EXPECT_THAT(set.violations, IsEmpty());
    ASSERT_EQ(set.warnings.size(), 1u);
  }
}

TEST(JwkSetTest, ReportsEveryFindingAndKeepsTheGoodKeys) {
  const std::string bare = TestSigner::Ed25519().PublicJwk();
  const JwkSet set = Parse({
      EcKey(R"("kid":"a")"),
      R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",
      EcKey(R"("kid":"b","use":"enc")"),
      "7",
      bare,
      R"({"kty":"quantum"})",
  });
  EXPECT_FALSE(set.refused);
  ASSERT_EQ(set.keys.size(), 2u);
  EXPECT_EQ(set.keys[0].kid, "a");
  EXPECT_EQ(set.keys[1].kid, set.keys[1].thumbprint);
  EXPECT_EQ(set.keys[1].index, 4u);
  EXPECT_THAT(Lines(set.violations), ElementsAre("RSA_MODULUS_TOO_SMALL $.keys[1].n", "KEY_MALFORMED $.keys[3]"));
  EXPECT_THAT(Lines(set.warnings), ElementsAre("USE_NOT_SIGNATURE $.keys[2].use", "KID_COMPUTED $.keys[4]",
                                               "KEY_TYPE_UNSUPPORTED $.keys[5].kty"));
}

TEST(JwkSetTest, APrivateKeyRefusesTheWholeSet) {
  const JwkSet set = Parse({EcKey(R"("kid":"a")"), EcKey(R"("kid":"b","d":"AQAB")"), R"({"kty":"oct","k":"AQAB"})"});
  EXPECT_TRUE(set.refused);
  EXPECT_THAT(set.keys, IsEmpty());
  EXPECT_THAT(Lines(set.violations), ElementsAre("PRIVATE_KEY $.keys[1].d", "PRIVATE_KEY $.keys[2].k"));
}

TEST(JwkSetTest, NoUsableKeyIsAViolationThatWithdrawsTheKeys) {
  for (const std::vector<std::string>& keys :
       {std::vector<std::string>{}, {EcKey(R"("use":"enc")")}, {R"({"kty":"oct"})"}}) {
    const JwkSet set = Parse(keys);
    EXPECT_FALSE(set.refused);
    EXPECT_THAT(set.keys, IsEmpty());
    EXPECT_THAT(Lines(set.violations), ElementsAre("NO_USABLE_KEY $.keys"));
  }
  EXPECT_THAT(Lines(Parse({EcKey("")}, KeyProfile::kStrict).violations), ElementsAre("NO_USABLE_KEY $.keys"));
}

TEST(JwkSetTest, OneKidForTwoKeysRefusesTheSet) {
  const JwkSet set = Parse({EcKey(R"("kid":"a")"), EcKey(R"("kid":"b")"), EcKey(R"("kid":"a")")});
  EXPECT_TRUE(set.refused);
  EXPECT_THAT(set.keys, IsEmpty());
  EXPECT_THAT(Lines(set.violations), ElementsAre("KID_AMBIGUOUS $.keys[2].kid"));
}

TEST(JwkSetTest, AKidThatIsTheThumbprintOfAnotherKeyIsAmbiguous) {
  const std::string bare = EcKey("");
  const std::string thumbprint = Parse({bare}).keys[0].thumbprint;
  EXPECT_TRUE(Parse({bare, EcKey(R"("kid":")" + thumbprint + "\"")}).refused);
}

TEST(JwkSetTest, OnlyUsableKeysCompeteForAKid) {
  const JwkSet set = Parse({EcKey(R"("kid":"a","use":"enc")"), EcKey(R"("kid":"a","use":"sig")")});
  EXPECT_FALSE(set.refused);
  EXPECT_THAT(Kids(set), ElementsAre("a"));
}

TEST(JwkSetTest, TheSameKeyAgainIsLeftOut) {
  const std::string key = EcKey(R"("kid":"a")");
  const JwkSet set = Parse({key, key});
  EXPECT_THAT(Kids(set), ElementsAre("a"));
  EXPECT_THAT(Lines(set.warnings), ElementsAre("KEY_DUPLICATE $.keys[1]"));
}

TEST(JwkSetTest, OneKeyMayServeTwoAlgorithmsUnderOneKid) {
  const TestSigner signer = TestSigner::Rsa(2048);
  const JwkSet set =
      Parse({signer.PublicJwk(R"("kid":"a","alg":"RS256")"), signer.PublicJwk(R"("kid":"a","alg":"PS256")")});
  EXPECT_FALSE(set.refused);
  EXPECT_THAT(Kids(set), ElementsAre("a", "a"));
  EXPECT_THAT(set.warnings, IsEmpty());
}

KnownKids KnownOf(const JwkSet& set) {
  KnownKids known;
  for (const Jwk& key : set.keys) known.emplace(key.kid, key.thumbprint);
  return known;
}

TEST(TakeReusedKidsTest, RotationWithNewKidsIsFree) {
  const std::string a = EcKey(R"("kid":"a")");
  const std::string b = EcKey(R"("kid":"b")");
  JwkSet set = Parse({b, EcKey(R"("kid":"c")")});
  EXPECT_THAT(TakeReusedKids(KnownOf(Parse({a, b})), {}, set), IsEmpty());
  EXPECT_THAT(Kids(set), ElementsAre("b", "c"));
  EXPECT_THAT(set.violations, IsEmpty());
  EXPECT_THAT(TakeReusedKids({}, {}, set), IsEmpty());
}

TEST(TakeReusedKidsTest, AnotherKeyUnderAKnownKidIsTaken) {
  const KnownKids known = KnownOf(Parse({EcKey(R"("kid":"a")"), EcKey(R"("kid":"b")")}));
  JwkSet set = Parse({EcKey(R"("kid":"c")"), EcKey(R"("kid":"a")"), EcKey(R"("kid":"d")")});
  const std::vector<Jwk> taken = TakeReusedKids(known, {}, set);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].kid, "a");
  EXPECT_NE(taken[0].thumbprint, known.at("a"));
  EXPECT_FALSE(set.refused);
  EXPECT_THAT(Kids(set), ElementsAre("c", "d"));
  EXPECT_THAT(Lines(set.violations), ElementsAre("KID_REUSED $.keys[1].kid"));
}

TEST(TakeReusedKidsTest, AnAcceptedKeyStays) {
  const KnownKids known = KnownOf(Parse({EcKey(R"("kid":"a")"), EcKey(R"("kid":"b")")}));
  JwkSet set = Parse({EcKey(R"("kid":"a")"), EcKey(R"("kid":"b")")});
  const std::vector<std::string> accepted = {set.keys[0].thumbprint};
  EXPECT_EQ(TakeReusedKids(known, accepted, set).size(), 1u);
  EXPECT_THAT(Kids(set), ElementsAre("a"));
  EXPECT_THAT(Lines(set.violations), ElementsAre("KID_REUSED $.keys[1].kid"));
}

TEST(TakeReusedKidsTest, AKeyMayChangeItsKidOrItsAlgorithm) {
  const TestSigner signer = TestSigner::Rsa(2048);
  const KnownKids known = KnownOf(Parse({signer.PublicJwk(R"("kid":"a","alg":"RS256")")}));
  for (const char* members : {R"("kid":"b")", R"("kid":"a","alg":"PS256")"}) {
    JwkSet set = Parse({signer.PublicJwk(members)});
    EXPECT_THAT(TakeReusedKids(known, {}, set), IsEmpty()) << members;
    EXPECT_EQ(set.keys.size(), 1u) << members;
  }
}

TEST(TakeReusedKidsTest, SwappedKidsAreBothTaken) {
  const TestSigner one = TestSigner::Ec(KeyType::kEcP256);
  const TestSigner two = TestSigner::Ec(KeyType::kEcP256);
  const KnownKids known = KnownOf(Parse({one.PublicJwk(R"("kid":"1")"), two.PublicJwk(R"("kid":"2")")}));
  JwkSet set = Parse({one.PublicJwk(R"("kid":"2")"), two.PublicJwk(R"("kid":"1")")});
  EXPECT_EQ(TakeReusedKids(known, {}, set).size(), 2u);
  EXPECT_THAT(set.keys, IsEmpty());
  EXPECT_EQ(set.violations.size(), 2u);
}

}  // namespace
}  // namespace cimd::jose
