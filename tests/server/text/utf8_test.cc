#include "server/text/utf8.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace cimd::text {
namespace {

using std::string_view_literals::operator""sv;

TEST(Utf8Test, TakesWellFormedCharactersOnly) {
  struct Row {
    std::string_view text;
    size_t bytes;
    char32_t value;
  };
  const Row kRows[] = {
      {""sv, 0, 0},
      {"a"sv, 1, U'a'},
      {"\0"sv, 1, U'\0'},
      {"\x7f"sv, 1, U'\x7f'},
      {"\x80"sv, 0, 0},                  // a continuation byte alone
      {"\xc0\xaf"sv, 0, 0},              // overlong
      {"\xc1\xbf"sv, 0, 0},              // overlong
      {"\xc2\x80"sv, 2, U'\u0080'},      // the smallest of two bytes
      {"\xdf\xbf"sv, 2, U'\u07ff'},      // the largest of two bytes
      {"\xc3"sv, 0, 0},                  // cut short
      {"\xc3("sv, 0, 0},                 // no continuation
      {"\xe0\x9f\xbf"sv, 0, 0},          // overlong
      {"\xe0\xa0\x80"sv, 3, U'\u0800'},  // the smallest of three bytes
      {"\xed\x9f\xbf"sv, 3, U'\ud7ff'},  // before the surrogates
      {"\xed\xa0\x80"sv, 0, 0},          // a surrogate
      {"\xee\x80\x80"sv, 3, U'\ue000'},  // after the surrogates
      {"\xef\xbf\xbf"sv, 3, U'\uffff'},  // a noncharacter is well-formed
      {"\xe2\x82"sv, 0, 0},              // cut short
      {"\xf0\x8f\xbf\xbf"sv, 0, 0},      // overlong
      {"\xf0\x90\x80\x80"sv, 4, U'\U00010000'},
      {"\xf4\x8f\xbf\xbf"sv, 4, U'\U0010ffff'},
      {"\xf4\x90\x80\x80"sv, 0, 0},  // above Unicode
      {"\xf5\x80\x80\x80"sv, 0, 0},
      {"\xf8\x88\x80\x80\x80"sv, 0, 0},  // five bytes
      {"\xff"sv, 0, 0},
  };
  for (const Row& row : kRows) {
    for (std::string_view rest : {""sv, "xyz"sv, "\x80"sv}) {
      if (row.bytes == 0 && !rest.empty()) continue;
      const std::string text = std::string(row.text) + std::string(rest);
      std::string_view left = text;
      EXPECT_EQ(FirstCharacterBytes(text), row.bytes) << testing::PrintToString(text);
      const auto taken = TakeCodePoint(left);
      EXPECT_EQ(taken.has_value(), row.bytes > 0) << testing::PrintToString(text);
      EXPECT_EQ(taken.value_or(0), row.value) << testing::PrintToString(text);
      EXPECT_EQ(left.size(), text.size() - row.bytes) << testing::PrintToString(text);
    }
  }
}

TEST(Utf8Test, TellsWellFormedTextFromOtherBytes) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("caf\xc3\xa9 \xe5\xba\x97 \xf0\x9f\x9a\x80"));
  EXPECT_FALSE(IsUtf8("caf\xe9"));
  EXPECT_FALSE(IsUtf8("a\xe5\xba"));
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80z"));
}

TEST(Utf8Test, CutsBetweenCharacters) {
  const std::string_view text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80";  // 1, 2, 3 and 4 bytes
  const size_t kExpected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t max_bytes = 0; max_bytes < std::size(kExpected); ++max_bytes) {
    const std::string_view cut = CutUtf8(text, max_bytes);
    EXPECT_EQ(cut, text.substr(0, kExpected[max_bytes])) << max_bytes;
    EXPECT_TRUE(IsUtf8(cut)) << max_bytes;
  }
  EXPECT_EQ(CutUtf8("", 0), "");
  EXPECT_EQ(CutUtf8("abc", 100), "abc");
}

TEST(Utf8Test, CutsOtherBytesNearTheLimit) {
  const std::string text(20, '\x80');
  EXPECT_EQ(CutUtf8(text, 10).size(), 10u);
  EXPECT_EQ(CutUtf8("\x80\x80\x80", 2).size(), 2u);
  EXPECT_EQ(CutUtf8("\xff\xff\xff\xff", 2).size(), 2u);
}

TEST(CountCharactersTest, CountsCodePoints) {
  EXPECT_EQ(CountCharacters(""), 0u);
  EXPECT_EQ(CountCharacters("abc"), 3u);
  EXPECT_EQ(CountCharacters("\xC3\xA4"
                            "b\xE2\x82\xAC\xF0\x9F\x98\x80"),
            4u);
}

}  // namespace
}  // namespace cimd::text
