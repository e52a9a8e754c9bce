#include "server/jose/key_strength.h"

#include <openssl/bn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cimd::jose {
namespace {

constexpr std::array<BN_ULONG, 39> kSmallPrimes = {2,   3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,
                                                   43,  47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101,
                                                   103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

struct BnDelete {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Bn = std::unique_ptr<BIGNUM, BnDelete>;

Bn FromBigEndian(std::string_view bytes) {
  return Bn(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

Bn FromHex(const char* digits) {
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, digits);
  return Bn(number);
}

// Whether `residue` is a power of 65537 modulo `prime`.
bool IsPowerOf65537(BN_ULONG residue, BN_ULONG prime) {
  const BN_ULONG generator = 65537 % prime;
  BN_ULONG power = 1;
  do {
    if (power == residue) return true;
    power = power * generator % prime;
  } while (power != 1);
  return false;
}

// Constants of edwards25519 (RFC 8032 section 5.1).
struct Edwards25519 {
  Bn p = FromHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  Bn d = FromHex("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
  // The y coordinates of the eight points whose order divides 8.
  std::array<Bn, 5> small_order_y = {
      FromHex("0"),                                                                 // order 4
      FromHex("1"),                                                                 // the neutral element
      FromHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),  // order 2
      FromHex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),  // order 8
      FromHex("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),  // order 8
  };
};

}  // namespace

bool IsWeakRsaModulus(std::string_view modulus) {
  const Bn n = FromBigEndian(modulus);
  bool fingerprint = true;
  for (const BN_ULONG prime : kSmallPrimes) {
    const BN_ULONG residue = BN_mod_word(n.get(), prime);
    if (residue == 0) return true;
    fingerprint = fingerprint && IsPowerOf65537(residue, prime);
  }
  return fingerprint;
}

bool IsSoundEd25519Point(std::string_view bytes) {
  if (bytes.size() != 32) return false;
  static const Edwards25519& curve = *new Edwards25519();
  // Little-endian y; the highest bit is the sign of x.
  std::string big_endian(bytes.rbegin(), bytes.rend());
  big_endian[0] = static_cast<char>(big_endian[0] & 0x7f);
  const Bn y = FromBigEndian(big_endian);
  if (BN_cmp(y.get(), curve.p.get()) >= 0) return false;
  for (const Bn& small : curve.small_order_y) {
    if (BN_cmp(y.get(), small.get()) == 0) return false;
  }
  // A point satisfies x^2 = (y^2 - 1) / (d y^2 + 1). The quotient is a square exactly if the product of numerator and
  // denominator is a square. Neither can be zero here.
  const std::unique_ptr<BN_CTX, BnDelete> context(BN_CTX_new());
  const BIGNUM* p = curve.p.get();
  const Bn square(BN_new()), numerator(BN_new()), denominator(BN_new()), product(BN_new());
  BN_mod_sqr(square.get(), y.get(), p, context.get());
  BN_mod_sub(numerator.get(), square.get(), BN_value_one(), p, context.get());
  BN_mod_mul(denominator.get(), square.get(), curve.d.get(), p, context.get());
  BN_mod_add(denominator.get(), denominator.get(), BN_value_one(), p, context.get());
  BN_mod_mul(product.get(), numerator.get(), denominator.get(), p, context.get());
  return BN_kronecker(product.get(), p, context.get()) == 1;
}

}  // namespace cimd::jose
