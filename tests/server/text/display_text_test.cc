#include "server/text/display_text.h"

#include <string_view>

#include "gtest/gtest.h"

namespace cimd::text {
namespace {

TEST(DisplayTextTest, CountsCharactersNotBytes) {
  EXPECT_EQ(InspectDisplayText("").characters, 0u);
  EXPECT_EQ(InspectDisplayText("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80").characters, 4u);
}

TEST(DisplayTextTest, TellsWhatIsNotable) {
  struct Row {
    std::string_view text;
    bool blank, deceptive, unusual, markup;
  };
  const Row kRows[] = {
      {"", true, false, false, false},
      {"Claude Code", false, false, false, false},
      {"caf\xc3\xa9 \xe5\xba\x97", false, false, false, false},
      {"heart \xe2\x9d\xa4\xef\xb8\x8f", false, false, false, false},  // with a variation selector
      {"\ufe0f", true, false, true, false},                            // only the selector
      {"1\ufe0f\u20e3", false, false, false, false},                   // a keycap
      {"a\ufe0f", false, false, true, false},                          // ASCII letters have no variants
      {"\u2764\ufe0f\U000e0100", false, false, true, false},
      {" ", true, false, true, false},
      {"\xe3\x80\x80", true, false, true, false},  // ideographic space
      {"\xe2\x80\x8b", true, true, false, false},  // zero-width space
      {" a", false, false, true, false},
      {"a ", false, false, true, false},
      {"a  b", false, false, true, false},
      {"a \xc2\xa0"
       "b",
       false, false, true, false},
      {"a\x01", false, true, false, false},
      {"a\x7f", false, true, false, false},
      {"a\xc2\x85"
       "b",
       false, true, false, false},  // next line, C1
      {"a\xe2\x80\xa8"
       "b",
       false, true, false, false},  // line separator
      {"a\xe2\x80\xae"
       "b",
       false, true, false, false},  // right-to-left override
      {"a\xe2\x81\xa6"
       "b",
       false, true, false, false},  // isolate
      {"a\xef\xbb\xbf"
       "b",
       false, true, false, false},  // byte order mark
      {"a\xf3\xa0\x81\x81"
       "b",
       false, true, false, false},                                                  // tag
      {"\xd7\x90\xe2\x80\x8f", false, false, true, false},                          // right-to-left mark
      {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", false, false, true, false},  // joined emoji
      {"e\xcc\x81\xcc\x82\xcc\x83", false, false, false, false},
      {"e\xcc\x81\xcc\x82\xcc\x83\xcc\x84", false, false, true, false},
      // Valid but invisible characters, alone and after a letter.
      {"\u17b4", true, true, false, false},
      {"\u180b", true, false, true, false},
      {"\U0001d173", true, true, false, false},
      {"\ufff0", true, true, false, false},
      {"\U0001bca0", true, true, false, false},
      {"\U000e0fff", true, true, false, false},
      {"a\u17b4", false, true, false, false},
      {"\u0301\u0302", true, false, false, false},  // marks without a letter
      {"\u2800\u3164", true, false, true, false},   // empty shapes
      {"\u1160", true, false, true, false},
      {"a\uf8ff", false, false, true, false},  // private use
      {"a\u0378", false, false, true, false},  // unassigned
      {"a\uffff", false, true, false, false},  // a noncharacter
      // Several marks on one letter, in any script.
      {"\u0e01\u0e34\u0e48\u0e4c", false, false, false, false},
      {"\u0e01\u0e34\u0e48\u0e4c\u0e34", false, false, true, false},
      {"\u05d0\u05b8\u0591\u05bf\u05b8", false, false, true, false},
      {"a\xff", false, true, false, false},  // ill-formed
      {"a<b", false, false, false, true},
      {"a>b", false, false, false, true},
  };
  for (const Row& row : kRows) {
    const DisplayText text = InspectDisplayText(row.text);
    EXPECT_EQ(text.blank, row.blank) << row.text;
    EXPECT_EQ(text.deceptive, row.deceptive) << row.text;
    EXPECT_EQ(text.unusual, row.unusual) << row.text;
    EXPECT_EQ(text.markup, row.markup) << row.text;
  }
}

TEST(DisplayTextTest, CountsColumns) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("caf\u00e9 \u5e97"), 7u);
  EXPECT_EQ(DisplayWidth("e\u0301\u0302"), 1u);
  EXPECT_EQ(DisplayWidth("a\u200bb\n"), 2u);
  EXPECT_EQ(DisplayWidth("a\xff"), 2u);
}

}  // namespace
}  // namespace cimd::text
