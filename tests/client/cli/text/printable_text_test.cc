#include "client/cli/text/printable_text.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace cimd::cli {
namespace {

using namespace std::string_view_literals;

TEST(PrintableTest, MakesVisibleWhatATerminalWouldObey) {
  struct Case {
    std::string_view text;
    std::string_view printable;
  };
  const Case kCases[] = {
      {"", ""},
      {"plain text, 100 % of it", "plain text, 100 % of it"},
      {"Grüße, 日本語, 🙂, עברית", "Grüße, 日本語, 🙂, עברית"},
      // ANSI: colour, clear screen, window title, and the same with the one-byte introducer.
      {"\x1b[31mred", "\\x1b[31mred"},
      {"\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H"},
      {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
      {"\xc2\x9b"
       "31mred",
       "\\u{9b}31mred"},
      {"\xc2\x9d"
       "0;title\xc2\x9c",
       "\\u{9d}0;title\\u{9c}"},
      // Characters that move the cursor within or between lines.
      {"shown\rhidden", "shown\\x0dhidden"},
      {"one\ntwo\tthree", "one\\x0atwo\\x09three"},
      {"back\x08space\x7f", "back\\x08space\\x7f"},
      {"nul\0byte"sv, "nul\\x00byte"},
      {"\u2028\u2029", "\\u{2028}\\u{2029}"},
      // Characters that change the order of text, and invisible characters.
      {"\u202egnp.exe", "\\u{202e}gnp.exe"},
      {"\u2066isolated\u2069", "\\u{2066}isolated\\u{2069}"},
      {"zero\u200bwidth\ufeff\u2060", "zero\\u{200b}width\\u{feff}\\u{2060}"},
      {"\U000e0041\U000e007f", "\\u{e0041}\\u{e007f}"},
      {"\u17b4\ufff0\U0001bca0\U000e0fff", "\\u{17b4}\\u{fff0}\\u{1bca0}\\u{e0fff}"},
      {"a\u200db\U000e0100", "a\\u{200d}b\\u{e0100}"},
      {"heart \u2764\ufe0f", "heart \u2764\ufe0f"},
      // Invalid UTF-8: lone and missing continuation bytes, overlong forms, surrogates, beyond U+10FFFF.
      {"\x80x", "\\x80x"},
      {"\xc3", "\\xc3"},
      {"\xc3(", "\\xc3("},
      {"\xe2\x82", "\\xe2\\x82"},
      {"\xc0\xaf", "\\xc0\\xaf"},
      {"\xe0\x9b\x9b", "\\xe0\\x9b\\x9b"},
      {"\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"\x9b"
       "31m",
       "\\x9b31m"},
  };
  for (const Case& test : kCases) EXPECT_EQ(Printable(test.text), test.printable) << test.printable;
}

TEST(PrintableTest, LeavesNoControlInAnyTwoBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const std::string printable = Printable(text);
      for (size_t i = 0; i < printable.size(); ++i) {
        const auto byte = static_cast<unsigned char>(printable[i]);
        ASSERT_TRUE(byte >= 0x20 && byte != 0x7f) << first << " " << second;
        // U+0080 to U+009F.
        ASSERT_FALSE(byte == 0xc2 && static_cast<unsigned char>(printable[i + 1]) < 0xa0) << first << " " << second;
      }
    }
  }
}

TEST(PrintableLinesTest, KeepsLinesAndTabs) {
  EXPECT_EQ(PrintableLines("{\n\t\"a\": \"\x1b[0m\"\r\n}"), "{\n\t\"a\": \"\\x1b[0m\"\\x0d\n}");
}

TEST(PrintableJsonTest, KeepsTheMeaning) {
  const std::string text = "a\u202eb\u2066c\u009bd\U000e0041e日本";
  const std::string json = PrintableJson("{\n \"x\": \"" + text + "\"\n}\n");
  EXPECT_EQ(json, "{\n \"x\": \"a\\u202eb\\u2066c\\u009bd\\udb40\\udc41e日本\"\n}\n");
  EXPECT_EQ(nlohmann::json::parse(json)["x"], text);
}

TEST(WidthTest, CountsColumns) {
  EXPECT_EQ(Width(""), 0);
  EXPECT_EQ(Width("abc"), 3);
  EXPECT_EQ(Width("Grüße"), 5);
  EXPECT_EQ(Width("日本語"), 6);
  EXPECT_EQ(Width("e\u0301"), 1);
}

}  // namespace
}  // namespace cimd::cli
