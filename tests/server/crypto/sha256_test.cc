#include "server/crypto/sha256.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace cimd::crypto {
namespace {

// From FIPS 180-2, appendix B, and examples of NIST.
struct KnownDigest {
  std::string text;
  std::string_view hex;
};
const KnownDigest kKnownDigests[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

TEST(Sha256Test, HasTheDigestsOfTheStandard) {
  for (const KnownDigest& row : kKnownDigests) EXPECT_EQ(Sha256Hex(row.text), row.hex) << row.text.size() << " bytes";
}

TEST(Sha256Test, BytesAndDigitsAreTheSameDigest) {
  const std::string bytes = Sha256("abc");
  ASSERT_EQ(bytes.size(), 32u);
  EXPECT_EQ(static_cast<unsigned char>(bytes.front()), 0xba);
  EXPECT_EQ(static_cast<unsigned char>(bytes.back()), 0xad);
}

TEST(Sha256Test, ReadsZeroBytesAsData) { EXPECT_NE(Sha256Hex(std::string_view("a\0b", 3)), Sha256Hex("a")); }

TEST(Sha256StreamTest, GivesTheDigestOfAllPieces) {
  for (const KnownDigest& row : kKnownDigests) {
    for (const size_t piece : {1u, 63u, 64u, 65u, 100'000u}) {
      if (row.text.size() / piece > 100'000) continue;
      Sha256Stream stream;
      for (size_t begin = 0; begin < row.text.size(); begin += piece) {
        stream.Update(std::string_view(row.text).substr(begin, piece));
      }
      EXPECT_EQ(stream.FinishHex(), row.hex) << row.text.size() << " bytes by " << piece;
    }
  }
}

}  // namespace
}  // namespace cimd::crypto
