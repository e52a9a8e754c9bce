#include "server/text/character.h"

#include <string>

#include "gtest/gtest.h"

namespace cimd::text {
namespace {

TEST(CharacterTest, TellsWhatCharactersDoOnAScreen) {
  struct Row {
    char32_t character;
    Appearance appearance;
    int columns;
  };
  const Row kRows[] = {
      {U'a', Appearance::kVisible, 1},
      {U'~', Appearance::kVisible, 1},
      {U'\u00e9', Appearance::kVisible, 1},
      {U'\u5e97', Appearance::kVisible, 2},
      {U'\uff21', Appearance::kVisible, 2},
      {U'\uff71', Appearance::kVisible, 1},  // half-width katakana
      {U'\ud55c', Appearance::kVisible, 2},  // a Korean syllable
      {U'\u1100', Appearance::kVisible, 2},  // a part of a syllable
      {U'\u1161', Appearance::kVisible, 0},
      {U'\u11a8', Appearance::kVisible, 0},
      {U'\U0001f680', Appearance::kVisible, 2},
      {U'\u0600', Appearance::kVisible, 1},  // a visible format character
      {U'\u0903', Appearance::kVisible, 1},  // a spacing mark
      {U'\uf8ff', Appearance::kVisible, 1},  // private use

      {U' ', Appearance::kBlank, 1},
      {U'\u00a0', Appearance::kBlank, 1},
      {U'\u2003', Appearance::kBlank, 1},
      {U'\u3000', Appearance::kBlank, 2},
      {U'\u115f', Appearance::kBlank, 2},
      {U'\u1160', Appearance::kBlank, 0},
      {U'\u3164', Appearance::kBlank, 2},
      {U'\uffa0', Appearance::kBlank, 1},
      {U'\u2800', Appearance::kBlank, 1},
      {U'\U0001d159', Appearance::kBlank, 1},
      {U'\U00013441', Appearance::kBlank, 1},

      {U'\u0301', Appearance::kMark, 0},
      {U'\u0488', Appearance::kMark, 0},
      {U'\u0e34', Appearance::kMark, 0},
      {U'\u05b8', Appearance::kMark, 0},
      {U'\U00016fe4', Appearance::kMark, 0},

      {U'\u180b', Appearance::kVariationSelector, 0},
      {U'\ufe0f', Appearance::kVariationSelector, 0},
      {U'\U000e0100', Appearance::kVariationSelector, 0},

      {U'\u034f', Appearance::kJoiner, 0},
      {U'\u061c', Appearance::kJoiner, 0},
      {U'\u200c', Appearance::kJoiner, 0},
      {U'\u200d', Appearance::kJoiner, 0},
      {U'\u200f', Appearance::kJoiner, 0},

      {U'\u00ad', Appearance::kInvisible, 0},
      {U'\u17b4', Appearance::kInvisible, 0},
      {U'\u180e', Appearance::kInvisible, 0},
      {U'\u200b', Appearance::kInvisible, 0},
      {U'\u202a', Appearance::kInvisible, 0},
      {U'\u202e', Appearance::kInvisible, 0},
      {U'\u2060', Appearance::kInvisible, 0},
      {U'\u2066', Appearance::kInvisible, 0},
      {U'\ufeff', Appearance::kInvisible, 0},
      {U'\ufff0', Appearance::kInvisible, 0},
      {U'\ufff9', Appearance::kInvisible, 0},
      {U'\uffff', Appearance::kInvisible, 0},
      {U'\ufdd0', Appearance::kInvisible, 0},
      {U'\U0001bca0', Appearance::kInvisible, 0},
      {U'\U0001d173', Appearance::kInvisible, 0},
      {U'\U000e0041', Appearance::kInvisible, 0},
      {U'\U000e0fff', Appearance::kInvisible, 0},

      {U'\0', Appearance::kControl, 0},
      {U'\n', Appearance::kControl, 0},
      {U'\x1b', Appearance::kControl, 0},
      {U'\x7f', Appearance::kControl, 0},
      {U'\u0085', Appearance::kControl, 0},
      {U'\u2028', Appearance::kControl, 0},
      {U'\u2029', Appearance::kControl, 0},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(static_cast<uint32_t>(row.character));
    EXPECT_EQ(AppearanceOf(row.character), row.appearance);
    EXPECT_EQ(ColumnsOf(row.character), row.columns);
  }
}

TEST(CharacterTest, TellsWhatUnicodeGivesNoMeaning) {
  EXPECT_TRUE(HasNoMeaning(U'\uf8ff'));
  EXPECT_TRUE(HasNoMeaning(U'\u0378'));
  EXPECT_TRUE(HasNoMeaning(static_cast<char32_t>(0x110000)));
  EXPECT_FALSE(HasNoMeaning(U'a'));
  EXPECT_FALSE(HasNoMeaning(U'\U0001f680'));
}

}  // namespace
}  // namespace cimd::text
