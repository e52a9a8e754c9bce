#include "server/metadata/display_text.h"

#include <string_view>

#include "gtest/gtest.h"

namespace cimd::metadata {
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
      {"\xef\xb8\x8f", true, false, false, false},                     // and nothing else
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

}  // namespace
}  // namespace cimd::metadata
