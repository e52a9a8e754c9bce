#include "server/jose/key_strength.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace cimd::jose {
namespace {

std::string FromHex(const char* digits) { return absl::HexStringToBytes(digits); }

// The first bytes of the modulus in RFC 7515 appendix A.2. The following bytes only have to make it odd.
std::string Modulus(uint8_t last) {
  std::string modulus(256, '\x5a');
  modulus[0] = '\xa1';
  modulus.back() = static_cast<char>(last);
  return modulus;
}

// Returns the remainder of a big-endian number. Does not use the library of the code under test.
int Remainder(std::string_view number, int divisor) {
  int remainder = 0;
  for (const char byte : number) remainder = (remainder * 256 + static_cast<uint8_t>(byte)) % divisor;
  return remainder;
}

TEST(KeyStrengthTest, FindsSmallFactors) {
  int healthy = 0;
  for (int last = 0; last < 256; ++last) {
    const std::string modulus = Modulus(static_cast<uint8_t>(last));
    bool divisible = false;
    for (int divisor = 2; divisor < 168; ++divisor) divisible = divisible || Remainder(modulus, divisor) == 0;
    EXPECT_EQ(IsWeakRsaModulus(modulus), divisible) << last;
    healthy += divisible ? 0 : 1;
  }
  EXPECT_GT(healthy, 10);
}

TEST(KeyStrengthTest, FindsTheFingerprintOfRoca) {
  // The generator's prime factors are powers of 65537 modulo every small odd prime. Their products are too.
  EXPECT_TRUE(IsWeakRsaModulus(FromHex("010001")));      // 65537
  EXPECT_TRUE(IsWeakRsaModulus(FromHex("0100020001")));  // its square
  EXPECT_FALSE(IsWeakRsaModulus(FromHex("010003")));     // 65539, a prime that is not a power of 65537 modulo 13
}

TEST(KeyStrengthTest, AcceptsPointsOfEdwards25519) {
  // The base point with both signs of x, and the key of RFC 8037 appendix A.
  EXPECT_TRUE(IsSoundEd25519Point(FromHex("5866666666666666666666666666666666666666666666666666666666666666")));
  EXPECT_TRUE(IsSoundEd25519Point(FromHex("58666666666666666666666666666666666666666666666666666666666666e6")));
  EXPECT_TRUE(IsSoundEd25519Point(FromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")));
}

TEST(KeyStrengthTest, RefusesWhatIsNoPoint) {
  EXPECT_FALSE(IsSoundEd25519Point(""));
  EXPECT_FALSE(IsSoundEd25519Point(std::string(31, '\x58')));
  EXPECT_FALSE(IsSoundEd25519Point(std::string(33, '\x58')));
  // No x exists for y = 2.
  EXPECT_FALSE(IsSoundEd25519Point(FromHex("0200000000000000000000000000000000000000000000000000000000000000")));
}

TEST(KeyStrengthTest, RefusesPointsOfSmallOrderAndSecondEncodings) {
  for (const char* digits : {
           "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
           "0000000000000000000000000000000000000000000000000000000000000080",  //
           "0100000000000000000000000000000000000000000000000000000000000000",  // order 1
           "0100000000000000000000000000000000000000000000000000000000000080",  //
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  //
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // order 8
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",  //
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  //
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",  //
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p, a second 0
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 1, a second 1
           "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 3 for a valid y = 3
           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       }) {
    EXPECT_FALSE(IsSoundEd25519Point(FromHex(digits))) << digits;
  }
  EXPECT_TRUE(IsSoundEd25519Point(FromHex("0300000000000000000000000000000000000000000000000000000000000000")));
}

}  // namespace
}  // namespace cimd::jose
