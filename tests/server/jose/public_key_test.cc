#include "server/jose/public_key.h"

#include <openssl/err.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "server/jose/algorithm.h"
#include "server/jose/base64url.h"
#include "server/json/strict_json.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::jose {
namespace {

using ::cimd::testing::TestSigner;

std::string Member(const std::string& jwk, const char* name) {
  return *DecodeBase64Url(json::Value::parse(jwk)[name].get<std::string>());
}

std::shared_ptr<const PublicKey> RsaKey(const TestSigner& signer) {
  const std::string jwk = signer.PublicJwk();
  return PublicKey::FromRsa(Member(jwk, "n"), Member(jwk, "e"));
}

std::shared_ptr<const PublicKey> EcKey(const TestSigner& signer, KeyType curve) {
  const std::string jwk = signer.PublicJwk();
  return PublicKey::FromEcPoint(curve, Member(jwk, "x"), Member(jwk, "y"));
}

TEST(PublicKeyTest, VerifiesUnderEveryAlgorithmOfItsType) {
  const TestSigner rsa = TestSigner::Rsa(2048);
  const TestSigner p256 = TestSigner::Ec(KeyType::kEcP256);
  const TestSigner p384 = TestSigner::Ec(KeyType::kEcP384);
  const TestSigner p521 = TestSigner::Ec(KeyType::kEcP521);
  const TestSigner ed25519 = TestSigner::Ed25519();
  const std::string ed25519_jwk = ed25519.PublicJwk();
  const struct {
    const TestSigner& signer;
    KeyType type;
    std::shared_ptr<const PublicKey> key;
  } kCases[] = {{rsa, KeyType::kRsa, RsaKey(rsa)},
                {p256, KeyType::kEcP256, EcKey(p256, KeyType::kEcP256)},
                {p384, KeyType::kEcP384, EcKey(p384, KeyType::kEcP384)},
                {p521, KeyType::kEcP521, EcKey(p521, KeyType::kEcP521)},
                {ed25519, KeyType::kEd25519, PublicKey::FromEd25519(Member(ed25519_jwk, "x"))}};
  for (const auto& test : kCases) {
    ASSERT_NE(test.key, nullptr);
    for (size_t i = 0; i < kAlgorithmCount; ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      SCOPED_TRACE(AlgorithmName(algorithm));
      if (KeyTypeFor(algorithm) != test.type) {
        EXPECT_FALSE(test.key->Verify(algorithm, "message", std::string(64, 'x')));
        continue;
      }
      const std::string signature = test.signer.Signature(algorithm, "message");
      EXPECT_TRUE(test.key->Verify(algorithm, "message", signature));
      EXPECT_FALSE(test.key->Verify(algorithm, "massage", signature));
      EXPECT_FALSE(test.key->Verify(algorithm, "message", signature + '\0'));
      EXPECT_FALSE(test.key->Verify(algorithm, "message", '\0' + signature));
      EXPECT_FALSE(test.key->Verify(algorithm, "message", signature.substr(1)));
      EXPECT_FALSE(test.key->Verify(algorithm, "message", ""));
      // A signature for one algorithm must not verify with another algorithm of the same key.
      for (size_t j = 0; j < kAlgorithmCount; ++j) {
        EXPECT_EQ(test.key->Verify(static_cast<Algorithm>(j), "message", signature), j == i);
      }
    }
  }
}

TEST(PublicKeyTest, RefusesPointsOffTheCurve) {
  const TestSigner signer = TestSigner::Ec(KeyType::kEcP256);
  const std::string x = Member(signer.PublicJwk(), "x");
  std::string y = Member(signer.PublicJwk(), "y");
  EXPECT_NE(PublicKey::FromEcPoint(KeyType::kEcP256, x, y), nullptr);
  EXPECT_EQ(PublicKey::FromEcPoint(KeyType::kEcP384, x, y), nullptr);
  EXPECT_EQ(PublicKey::FromEcPoint(KeyType::kRsa, x, y), nullptr);
  EXPECT_EQ(PublicKey::FromEcPoint(KeyType::kEcP256, x, x), nullptr);
  EXPECT_EQ(PublicKey::FromEcPoint(KeyType::kEcP256, std::string(32, '\xff'), y), nullptr);
  EXPECT_EQ(PublicKey::FromEcPoint(KeyType::kEcP256, std::string(32, '\0'), std::string(32, '\0')), nullptr);
  y.back() = static_cast<char>(y.back() ^ 1);
  EXPECT_EQ(PublicKey::FromEcPoint(KeyType::kEcP256, x, y), nullptr);
}

TEST(PublicKeyTest, LeavesNoErrorsForTlsToTripOver) {
  const TestSigner signer = TestSigner::Rsa(2048);
  const std::shared_ptr<const PublicKey> key = RsaKey(signer);
  ERR_clear_error();
  EXPECT_FALSE(key->Verify(Algorithm::kRs256, "message", std::string(256, '\x01')));
  EXPECT_FALSE(key->Verify(Algorithm::kPs256, "message", std::string(256, '\x01')));
  EXPECT_EQ(PublicKey::FromEcPoint(KeyType::kEcP256, std::string(32, '\1'), std::string(32, '\1')), nullptr);
  EXPECT_EQ(PublicKey::FromEd25519("short"), nullptr);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(PublicKeyTest, IsSharedByThreads) {
  const TestSigner rsa = TestSigner::Rsa(2048);
  const TestSigner p256 = TestSigner::Ec(KeyType::kEcP256);
  const std::shared_ptr<const PublicKey> rsa_key = RsaKey(rsa);
  const std::shared_ptr<const PublicKey> p256_key = EcKey(p256, KeyType::kEcP256);
  const std::string rsa_signature = rsa.Signature(Algorithm::kPs256, "message");
  const std::string p256_signature = p256.Signature(Algorithm::kEs256, "message");
  std::atomic<int> verified = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        verified += rsa_key->Verify(Algorithm::kPs256, "message", rsa_signature) ? 1 : 0;
        verified += p256_key->Verify(Algorithm::kEs256, "message", p256_signature) ? 1 : 0;
        verified += p256_key->Verify(Algorithm::kEs256, "massage", p256_signature) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(verified, 8 * 50 * 2);
}

}  // namespace
}  // namespace cimd::jose
