#include "tests/server/jose/test_signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/jose/algorithm.h"
#include "server/jose/base64url.h"
#include "server/jose/public_key.h"

namespace cimd::testing {
namespace {

using jose::Algorithm;
using jose::KeyType;

void Require(bool condition) {
  if (!condition) std::abort();
}

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Returns the number as base64url, in `size` bytes, or in the minimum number of bytes if `size` is 0.
std::string EncodedNumber(const EVP_PKEY* key, const char* parameter, size_t size) {
  BIGNUM* number = nullptr;
  Require(EVP_PKEY_get_bn_param(key, parameter, &number) == 1);
  std::string bytes(size == 0 ? static_cast<size_t>(BN_num_bytes(number)) : size, '\0');
  Require(BN_bn2binpad(number, Bytes(bytes), static_cast<int>(bytes.size())) >= 0);
  BN_free(number);
  return jose::EncodeBase64Url(bytes);
}

const char* DigestName(Algorithm algorithm) {
  const std::string_view name = jose::AlgorithmName(algorithm);
  if (name == "Ed25519") return nullptr;
  return name.ends_with("256") ? "SHA256" : name.ends_with("384") ? "SHA384" : "SHA512";
}

void SetPadding(Algorithm algorithm, EVP_PKEY_CTX* context) {
  if (!jose::AlgorithmName(algorithm).starts_with("PS")) return;
  Require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

const char* CurveName(KeyType type) {
  return type == KeyType::kEcP256 ? "P-256" : type == KeyType::kEcP384 ? "P-384" : "P-521";
}

}  // namespace

struct TestSigner::Key {
  KeyType type;
  EVP_PKEY* key;
  Key(KeyType type, EVP_PKEY* key) : type(type), key(key) { Require(key != nullptr); }
  ~Key() { EVP_PKEY_free(key); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
};

TestSigner::TestSigner(std::shared_ptr<const Key> key) : key_(std::move(key)) {}

TestSigner TestSigner::Rsa(int bits) {
  return TestSigner(std::make_shared<Key>(KeyType::kRsa, EVP_RSA_gen(static_cast<size_t>(bits))));
}

TestSigner TestSigner::Ec(KeyType curve) {
  return TestSigner(std::make_shared<Key>(curve, EVP_EC_gen(CurveName(curve))));
}

TestSigner TestSigner::Ed25519() {
  return TestSigner(std::make_shared<Key>(KeyType::kEd25519, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
}

std::string TestSigner::PublicJwk(std::string_view members) const {
  std::string jwk;
  if (key_->type == KeyType::kRsa) {
    jwk = R"({"kty":"RSA","n":")" + EncodedNumber(key_->key, OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
          EncodedNumber(key_->key, OSSL_PKEY_PARAM_RSA_E, 0) + "\"";
  } else if (key_->type == KeyType::kEd25519) {
    std::string x(32, '\0');
    size_t size = x.size();
    Require(EVP_PKEY_get_raw_public_key(key_->key, Bytes(x), &size) == 1);
    jwk = R"({"kty":"OKP","crv":"Ed25519","x":")" + jose::EncodeBase64Url(x) + "\"";
  } else {
    const size_t size = jose::CoordinateBytes(key_->type);
    jwk = R"({"kty":"EC","crv":")" + std::string(CurveName(key_->type)) + R"(","x":")" +
          EncodedNumber(key_->key, OSSL_PKEY_PARAM_EC_PUB_X, size) + R"(","y":")" +
          EncodedNumber(key_->key, OSSL_PKEY_PARAM_EC_PUB_Y, size) + "\"";
  }
  if (!members.empty()) jwk.append(",").append(members);
  return jwk + "}";
}

std::string TestSigner::Sign(Algorithm algorithm, std::string_view header, std::string_view payload) const {
  const std::string input = SigningInput(header, payload);
  return input + "." + jose::EncodeBase64Url(Signature(algorithm, input));
}

std::string TestSigner::Signature(Algorithm algorithm, std::string_view message) const {
  const std::string signature = DerSignature(algorithm, message);
  const size_t size = jose::CoordinateBytes(key_->type);
  if (size == 0) return signature;
  const unsigned char* der = Bytes(signature);
  ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size()));
  Require(parts != nullptr);
  std::string raw(2 * size, '\0');
  Require(BN_bn2binpad(ECDSA_SIG_get0_r(parts), Bytes(raw), static_cast<int>(size)) >= 0 &&
          BN_bn2binpad(ECDSA_SIG_get0_s(parts), Bytes(raw) + size, static_cast<int>(size)) >= 0);
  ECDSA_SIG_free(parts);
  return raw;
}

std::string TestSigner::DerSignature(Algorithm algorithm, std::string_view message) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  Require(EVP_DigestSignInit_ex(context, &parameters, DigestName(algorithm), nullptr, nullptr, key_->key, nullptr) ==
          1);
  SetPadding(algorithm, parameters);
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key_->key));
  std::string signature(size, '\0');
  Require(EVP_DigestSign(context, Bytes(signature), &size, Bytes(message), message.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return signature;
}

std::function<bool()> TestSigner::BareVerification(Algorithm algorithm, std::string_view message) const {
  const std::string signature = DerSignature(algorithm, message);
  if (key_->type == KeyType::kEd25519) {
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    Require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_->key) == 1);
    return [=, text = std::string(message)] {
      return EVP_DigestVerify(context.get(), Bytes(std::string_view(signature)), signature.size(),
                              Bytes(std::string_view(text)), text.size()) == 1;
    };
  }
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int digest_size = 0;
  const EVP_MD* hash = EVP_get_digestbyname(DigestName(algorithm));
  Require(EVP_Digest(message.data(), message.size(), Bytes(digest), &digest_size, hash, nullptr) == 1);
  digest.resize(digest_size);
  const std::shared_ptr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_->key, nullptr),
                                              EVP_PKEY_CTX_free);
  Require(EVP_PKEY_verify_init(context.get()) == 1);
  SetPadding(algorithm, context.get());
  Require(EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1);
  return [=] {
    return EVP_PKEY_verify(context.get(), Bytes(std::string_view(signature)), signature.size(),
                           Bytes(std::string_view(digest)), digest.size()) == 1;
  };
}

std::string SigningInput(std::string_view header, std::string_view payload) {
  return jose::EncodeBase64Url(header) + "." + jose::EncodeBase64Url(payload);
}

}  // namespace cimd::testing
