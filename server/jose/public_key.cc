#include "server/jose/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/jose/algorithm.h"

namespace cimd::jose {
namespace {

struct OpenSslDelete {
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
  void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpenSslDelete>;

// Discards the errors that OpenSSL queues during its lifetime.
class ErrorMark {
 public:
  ErrorMark() { ERR_set_mark(); }
  ~ErrorMark() { ERR_pop_to_mark(); }
};

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Owned<BIGNUM> BigNumber(std::string_view big_endian) {
  return Owned<BIGNUM>(BN_bin2bn(Bytes(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

Owned<EVP_PKEY> FromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Owned<EVP_PKEY>(key);
}

// Null for Ed25519, which has a built-in hash.
const char* DigestName(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return "SHA256";
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return "SHA384";
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return "SHA512";
    case Algorithm::kEd25519:
      break;
  }
  return nullptr;
}

bool IsPss(Algorithm algorithm) {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kPs384 || algorithm == Algorithm::kPs512;
}

Owned<EVP_MD_CTX> MakeContext(EVP_PKEY* key, Algorithm algorithm) {
  Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // belongs to `context`
  if (EVP_DigestVerifyInit_ex(context.get(), &parameters, DigestName(algorithm), nullptr, nullptr, key, nullptr) != 1) {
    return nullptr;
  }
  // RFC 7518 section 3.5: MGF1 with the same hash, which is OpenSSL's default, and a salt as long as the hash.
  if (IsPss(algorithm) && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return nullptr;
  }
  // Each copy is used once, so OpenSSL need not copy its parameters again to keep them usable.
  EVP_MD_CTX_set_flags(context.get(), EVP_MD_CTX_FLAG_FINALISE);
  return context;
}

// The longest ECDSA-Sig-Value in DER: a sequence of two integers of 66 bytes, each with a sign byte.
constexpr size_t kMaxDerBytes = 3 + 2 * (2 + 1 + 66);

// Writes R and S, two integers of equal length, as the DER that OpenSSL requires. Returns its length.
size_t EncodeDer(std::string_view raw, std::array<unsigned char, kMaxDerBytes>& der) {
  unsigned char integers[kMaxDerBytes];
  size_t length = 0;
  for (std::string_view integer : {raw.substr(0, raw.size() / 2), raw.substr(raw.size() / 2)}) {
    while (integer.size() > 1 && integer[0] == '\0') integer.remove_prefix(1);
    const bool sign_byte = (Bytes(integer)[0] & 0x80) != 0;
    integers[length++] = 0x02;
    integers[length++] = static_cast<unsigned char>(integer.size() + (sign_byte ? 1 : 0));
    if (sign_byte) integers[length++] = 0;
    std::memcpy(integers + length, integer.data(), integer.size());
    length += integer.size();
  }
  size_t header = 0;
  der[header++] = 0x30;
  if (length >= 0x80) der[header++] = 0x81;
  der[header++] = static_cast<unsigned char>(length);
  std::memcpy(der.data() + header, integers, length);
  return header + length;
}

}  // namespace

struct PublicKey::Contexts {
  // By algorithm; null if the key does not fit. The contexts keep the key alive.
  std::array<Owned<EVP_MD_CTX>, kAlgorithmCount> by_algorithm;
  bool ecdsa = false;

  // Null if OpenSSL cannot construct the key or use it.
  static std::unique_ptr<Contexts> Make(EVP_PKEY* key, KeyType type) {
    if (key == nullptr) return nullptr;
    auto contexts = std::make_unique<Contexts>();
    contexts->ecdsa = CoordinateBytes(type) != 0;
    for (size_t i = 0; i < kAlgorithmCount; ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      if (KeyTypeFor(algorithm) != type) continue;
      contexts->by_algorithm[i] = MakeContext(key, algorithm);
      if (contexts->by_algorithm[i] == nullptr) return nullptr;
    }
    return contexts;
  }
};

PublicKey::PublicKey(std::unique_ptr<Contexts> contexts, size_t signature_bytes)
    : contexts_(std::move(contexts)), signature_bytes_(signature_bytes) {}

PublicKey::~PublicKey() = default;

std::shared_ptr<const PublicKey> PublicKey::FromRsa(std::string_view modulus, std::string_view exponent) {
  const ErrorMark mark;
  const Owned<BIGNUM> n = BigNumber(modulus);
  const Owned<BIGNUM> e = BigNumber(exponent);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  const Owned<EVP_PKEY> key = FromParams("RSA", builder.get());
  auto contexts = Contexts::Make(key.get(), KeyType::kRsa);
  if (contexts == nullptr) return nullptr;
  const auto signature_bytes = static_cast<size_t>(BN_num_bytes(n.get()));
  return std::shared_ptr<const PublicKey>(new PublicKey(std::move(contexts), signature_bytes));
}

std::shared_ptr<const PublicKey> PublicKey::FromEcPoint(KeyType curve, std::string_view x, std::string_view y) {
  const ErrorMark mark;
  const size_t coordinate_bytes = CoordinateBytes(curve);
  if (coordinate_bytes == 0 || x.size() != coordinate_bytes || y.size() != coordinate_bytes) return nullptr;
  const char* group = curve == KeyType::kEcP256 ? "P-256" : curve == KeyType::kEcP384 ? "P-384" : "P-521";
  // The uncompressed form. OpenSSL checks that the point is on the curve, which has cofactor 1.
  const std::string point = std::string("\x04").append(x).append(y);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  const Owned<EVP_PKEY> key = FromParams("EC", builder.get());
  auto contexts = Contexts::Make(key.get(), curve);
  if (contexts == nullptr) return nullptr;
  return std::shared_ptr<const PublicKey>(new PublicKey(std::move(contexts), 2 * coordinate_bytes));
}

std::shared_ptr<const PublicKey> PublicKey::FromEd25519(std::string_view x) {
  const ErrorMark mark;
  const Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, Bytes(x), x.size()));
  auto contexts = Contexts::Make(key.get(), KeyType::kEd25519);
  if (contexts == nullptr) return nullptr;
  return std::shared_ptr<const PublicKey>(new PublicKey(std::move(contexts), 64));
}

bool PublicKey::Verify(Algorithm algorithm, std::string_view message, std::string_view signature) const {
  const EVP_MD_CTX* prepared = contexts_->by_algorithm[static_cast<size_t>(algorithm)].get();
  if (prepared == nullptr || signature.size() != signature_bytes_) return false;
  std::array<unsigned char, kMaxDerBytes> der;
  const unsigned char* encoded = Bytes(signature);
  size_t encoded_bytes = signature.size();
  if (contexts_->ecdsa) {
    encoded_bytes = EncodeDer(signature, der);
    encoded = der.data();
  }
  const ErrorMark mark;
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return context != nullptr && EVP_MD_CTX_copy_ex(context.get(), prepared) == 1 &&
         EVP_DigestVerify(context.get(), encoded, encoded_bytes, Bytes(message), message.size()) == 1;
}

size_t CoordinateBytes(KeyType type) {
  switch (type) {
    case KeyType::kEcP256:
      return 32;
    case KeyType::kEcP384:
      return 48;
    case KeyType::kEcP521:
      return 66;
    default:
      return 0;
  }
}

}  // namespace cimd::jose
