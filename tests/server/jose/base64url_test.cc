#include "server/jose/base64url.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::jose {
namespace {

using ::testing::Optional;

TEST(Base64UrlTest, DecodesWhatItEncodes) {
  std::string bytes;
  for (int length = 0; length < 600; ++length) {
    EXPECT_THAT(DecodeBase64Url(EncodeBase64Url(bytes)), Optional(bytes)) << length;
    bytes.push_back(static_cast<char>(length * 37 + 11));
  }
}

TEST(Base64UrlTest, UsesTheUrlSafeAlphabetWithoutPadding) {
  // RFC 7515 appendix C.
  EXPECT_EQ(EncodeBase64Url("\x03\xec\xff\xe0\xc1"), "A-z_4ME");
  EXPECT_THAT(DecodeBase64Url("A-z_4ME"), Optional(std::string("\x03\xec\xff\xe0\xc1")));
}

TEST(Base64UrlTest, RefusesEverySecondSpelling) {
  for (const char* text : {
           "A",            // no such length
           "AAAAA",        // likewise
           "A-z_4ME=",     // padding
           "A-z_4ME==",    //
           "AA==",         //
           "A+z/4ME",      // the other alphabet
           "A-z_4MF",      // an unused bit is set
           "AB",           // likewise
           " A-z_4ME",     // white space
           "A-z_ 4ME",     //
           "A-z_4ME\n",    //
           "A-z_\r\n4ME",  //
           "A-z_4M\xc3",   // not ASCII
           "A-z.4ME",      //
           "=",            //
       }) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64Url(std::string("AAA\0", 4)), std::nullopt);
}

}  // namespace
}  // namespace cimd::jose
