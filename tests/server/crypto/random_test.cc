#include "server/crypto/random.h"

#include <array>
#include <cctype>
#include <cmath>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace cimd::crypto {
namespace {

TEST(RandomAlphanumericTest, HasTheLengthAskedFor) {
  for (const size_t length : {0u, 1u, 22u, 43u, 1000u}) EXPECT_EQ(RandomAlphanumeric(length).size(), length);
}

TEST(RandomAlphanumericTest, DoesNotRepeatItself) {
  std::set<std::string> drawn;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(drawn.insert(RandomAlphanumeric(22)).second);
}

// With n draws from 62 characters, a correct count is within 8 standard deviations of n/62. The test fails for a
// correct source less than once in 10^13 runs. Bytes modulo 62 would draw the first eight characters a quarter more
// often.
TEST(RandomAlphanumericTest, DrawsEachCharacterEquallyOften) {
  constexpr int kDraws = 620'000;
  std::array<int, 256> counts = {};
  for (const char c : RandomAlphanumeric(kDraws)) ++counts[static_cast<unsigned char>(c)];
  const double expected = kDraws / 62.0;
  int characters = 0;
  for (int c = 0; c < 256; ++c) {
    if (counts[c] == 0) continue;
    ++characters;
    EXPECT_TRUE(std::isalnum(c)) << c;
    EXPECT_LT(std::abs(counts[c] - expected), 8 * std::sqrt(expected)) << static_cast<char>(c);
  }
  EXPECT_EQ(characters, 62);
}

}  // namespace
}  // namespace cimd::crypto
