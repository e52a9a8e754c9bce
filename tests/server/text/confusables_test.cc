#include "server/text/confusables.h"

#include <string_view>

#include "gtest/gtest.h"

namespace cimd::text {
namespace {

TEST(ConfusablesTest, TellsWhatReadsLikeSomethingElse) {
  struct Row {
    std::string_view text;
    std::string_view mixed_word;
    std::string_view reads_like;
  };
  const Row kRows[] = {
      {"", "", ""},
      {"Claude Code 2.0 (beta)", "", ""},
      {"C1aude rn m", "", ""},  // ASCII text is not checked
      // A Cyrillic letter in a Latin word, and a Latin word next to a Cyrillic one.
      {"\u0421laude Code", "\u0421laude", "Claude Code"},
      {"Sign in with G\u043eogle", "G\u043eogle", "Sign in with Google"},
      {"\u042f\u043d\u0434\u0435\u043a\u0441 Music", "", ""},
      {"\u041e\u043d\u043b\u0430\u0439\u043d App", "", ""},
      {"\u041e\u043d\u043b\u0430\u0439\u043dApp", "\u041e\u043d\u043b\u0430\u0439\u043dApp", ""},
      // Words that consist of look-alikes only, in other scripts and typefaces.
      {"\u0421\u043e\u0441\u043e\u0430", "", "Cocoa"},
      {"\u0421\u043e\u0441\u043e\u0430 Cola", "", "Cocoa Cola"},
      {"\u0421\u0430\u0445\u0430\u0440 \u0411\u0430\u043d\u043a", "", ""},  // other letters identify the script
      {"\u03a4\u039f\u039d", "", "TON"},
      {"\uff23\uff4c\uff41\uff55\uff44\uff45", "", "Claude"},
      {"\U0001d402\U0001d425\U0001d41a\U0001d42e\U0001d41d\U0001d41e", "", "Claude"},
      {"\u0261oogle", "", "google"},
      // Normal text in several languages.
      {"B\u00fccher \u00dc\u2019s \u201ccaf\u00e9\u201d \u2013 \u0142\u00f3dka \u00c7elik Kap\u0131 \u00e6", "", ""},
      {"\u5e97 \u30ce\u30fc\u30c8 iPhone\u7248 \ud55c\uad6d\uc5b4", "", ""},
      {"\u0645\u062a\u062c\u0631 \u05e9\u05dc\u05d5\u05dd \u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22", "",
       ""},
      {"N\u00ba 1 m\u00b2 \u2460 \u2163 \U0001f680 \u2764\ufe0f \U0001f469\u200d\U0001f4bb", "", ""},
      {"\xff\u0421laude", "", ""},
  };
  for (const Row& row : kRows) {
    const Confusables found = FindConfusables(row.text);
    EXPECT_EQ(found.mixed_word, row.mixed_word) << row.text;
    EXPECT_EQ(found.reads_like, row.reads_like) << row.text;
  }
}

}  // namespace
}  // namespace cimd::text
