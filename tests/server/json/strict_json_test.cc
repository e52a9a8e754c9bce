#include "server/json/strict_json.h"

#include <chrono>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/json/json_path.h"

namespace cimd::json {

void PrintTo(Fault fault, std::ostream* out) { *out << "Fault " << static_cast<int>(fault); }

namespace {

using std::string_literals::operator""s;

struct Refusal {
  std::string_view name;
  std::string text;
  Fault fault;
  std::string path = "$";
};

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string Repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

const Refusal kRefusals[] = {
    {"Empty", "", Fault::kMalformed},
    {"Blank", " \n", Fault::kMalformed},
    {"ByteOrderMark", "\xef\xbb\xbf{}", Fault::kMalformed},
    {"Utf16", "\xff\xfe{\0}\0"s, Fault::kMalformed},
    {"TrailingWord", "{} x", Fault::kMalformed},
    {"TrailingValue", "{}{}", Fault::kMalformed},
    {"TrailingNul", "{}\0"s, Fault::kMalformed},
    {"TextHiddenBehindNul", "{}\0{\"a\":1}"s, Fault::kMalformed},
    {"TrailingComma", "{\"a\":1,}", Fault::kMalformed},
    {"Comment", "/* a */ {}", Fault::kMalformed},
    {"SingleQuotes", "{'a':1}", Fault::kMalformed},
    {"BareName", "{a:1}", Fault::kMalformed},
    {"Truncated", "{\"a\":[1,2", Fault::kMalformed, "$.a[2]"},
    {"NotANumber", "[NaN]", Fault::kMalformed, "$[0]"},
    {"Infinity", "[0, Infinity]", Fault::kMalformed, "$[1]"},
    {"NumberTooLarge", "{\"n\":1e400}", Fault::kMalformed, "$.n"},
    {"LeadingZero", "[01]", Fault::kMalformed, "$[1]"},
    {"HexNumber", "[0x1]", Fault::kMalformed, "$[1]"},
    {"RawControlCharacter", "[\"a\nb\"]", Fault::kMalformed, "$[0]"},
    {"UnknownEscape", "[\"\\x41\"]", Fault::kMalformed, "$[0]"},
    {"NonAsciiOutsideOfString", "{\xc3\xa9}", Fault::kMalformed},
    {"Utf8LoneContinuation", "{\"a\":\"\x80\"}", Fault::kUtf8Invalid, "$.a"},
    {"Utf8Overlong", "{\"a\":\"\xc0\xaf\"}", Fault::kUtf8Invalid, "$.a"},
    {"Utf8OverlongThree", "[\"\xe0\x80\xaf\"]", Fault::kUtf8Invalid, "$[0]"},
    {"Utf8OverlongFour", "[\"\xf0\x80\x80\xaf\"]", Fault::kUtf8Invalid, "$[0]"},
    {"Utf8Surrogate", "[\"\xed\xa0\x80\"]", Fault::kUtf8Invalid, "$[0]"},
    {"Utf8AboveUnicode", "[\"\xf4\x90\x80\x80\"]", Fault::kUtf8Invalid, "$[0]"},
    {"Utf8FiveBytes", "[\"\xf8\x88\x80\x80\x80\"]", Fault::kUtf8Invalid, "$[0]"},
    {"Utf8CutShort", "[\"\xe2\x82\"]", Fault::kUtf8Invalid, "$[0]"},
    {"Utf8InName", "{\"\xff\":1}", Fault::kUtf8Invalid},
    {"EscapedHighSurrogateAlone", "[\"\\ud800\"]", Fault::kUtf8Invalid, "$[0]"},
    {"EscapedHighSurrogateBeforeLetter", "[\"\\ud800\\u0041\"]", Fault::kUtf8Invalid, "$[0]"},
    {"EscapedLowSurrogateAlone", "[\"\\udc00\"]", Fault::kUtf8Invalid, "$[0]"},
    {"EscapedSurrogatesReversed", "[\"\\udc00\\ud800\"]", Fault::kUtf8Invalid, "$[0]"},
    {"DuplicateMember", "{\"a\":1,\"b\":2,\"a\":1}", Fault::kMemberDuplicate, "$.a"},
    {"DuplicateByEscape", "{\"client_id\":1,\"client\\u005fid\":2}", Fault::kMemberDuplicate, "$.client_id"},
    {"DuplicateDeepDown", "{\"jwks\":{\"keys\":[{},{\"d\":1,\"d\":2}]}}", Fault::kMemberDuplicate, "$.jwks.keys[1].d"},
    {"DuplicateEmptyName", "{\"\":1,\"\":2}", Fault::kMemberDuplicate, "$['']"},
    {"TooDeep", Nested(17), Fault::kTooDeep, "$" + Repeated("[0]", 16)},
    {"TooDeepInMember", "{\"a\":" + Nested(16) + "}", Fault::kTooDeep, "$.a" + Repeated("[0]", 15)},
    {"VeryDeep", std::string(1 << 20, '['), Fault::kTooDeep, "$" + Repeated("[0]", 16)},
};

TEST(StrictJsonTest, RefusesWithFaultAndPath) {
  for (const Refusal& row : kRefusals) {
    SCOPED_TRACE(row.name);
    const auto result = ParseStrict(row.text);
    ASSERT_TRUE(std::holds_alternative<ParseError>(result));
    const auto& error = std::get<ParseError>(result);
    EXPECT_EQ(error.fault, row.fault) << error.message;
    EXPECT_EQ(error.path, row.path) << error.message;
    EXPECT_FALSE(error.message.empty());
  }
}

Value Parsed(std::string_view text) {
  auto result = ParseStrict(text);
  if (const auto* error = std::get_if<ParseError>(&result)) {
    ADD_FAILURE() << error->path << ": " << error->message;
    return nullptr;
  }
  return std::get<Value>(std::move(result));
}

TEST(StrictJsonTest, KeepsValuesOfEveryKind) {
  const Value value = Parsed(
      " {\"s\":\"x\",\"t\":true,\"n\":null,\"i\":-3,\"u\":18446744073709551615,\"d\":0.5,"
      "\"a\":[1,[2],{\"b\":{}}],\"o\":{}} ");
  EXPECT_EQ(value["s"], "x");
  EXPECT_EQ(value["t"], true);
  EXPECT_TRUE(value["n"].is_null());
  EXPECT_EQ(value["i"], -3);
  EXPECT_EQ(value["u"].get<uint64_t>(), 18446744073709551615u);
  EXPECT_EQ(value["d"], 0.5);
  EXPECT_EQ(value["a"].dump(), "[1,[2],{\"b\":{}}]");
  EXPECT_TRUE(value["o"].is_object());
}

TEST(StrictJsonTest, KeepsTheOrderOfMembers) {
  EXPECT_EQ(Parsed("{\"z\":1,\"a\":{\"y\":2,\"b\":3},\"m\":4}").dump(), "{\"z\":1,\"a\":{\"y\":2,\"b\":3},\"m\":4}");
}

TEST(StrictJsonTest, TakesAnyTopLevelValue) {
  EXPECT_EQ(Parsed("7"), 7);
  EXPECT_EQ(Parsed("\"x\""), "x");
  EXPECT_TRUE(Parsed("null").is_null());
}

TEST(StrictJsonTest, UnescapesAndKeepsUnicode) {
  EXPECT_EQ(Parsed("\"\\u00e9\\ud83d\\ude00\xe2\x82\xac\xf4\x8f\xbf\xbf\"").get<std::string>(),
            "\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac\xf4\x8f\xbf\xbf");
  EXPECT_EQ(Parsed("\"\\u0000\"").get<std::string>(), std::string(1, '\0'));
  EXPECT_EQ(Parsed("\"\\\\ud800\"").get<std::string>(), "\\ud800");
}

TEST(StrictJsonTest, SameNameInDifferentObjectsIsFine) {
  EXPECT_EQ(Parsed("{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}").size(), 2u);
}

TEST(StrictJsonTest, DepthIsCountedFromTheTopLevelValue) {
  Parsed(Nested(16));
  EXPECT_TRUE(std::holds_alternative<Value>(ParseStrict("[1]", 1)));
  EXPECT_TRUE(std::holds_alternative<ParseError>(ParseStrict("[[1]]", 1)));
}

TEST(StrictJsonTest, ManyMembersTakeLinearTime) {
  std::string text = "{\"first\":0";
  for (int i = 0; i < 200'000; ++i) text += ",\"m" + std::to_string(i) + "\":0";
  text += ",\"first\":1}";
  const auto start = std::chrono::steady_clock::now();
  const auto result = ParseStrict(text);
  // Comparing each name with all earlier ones would take minutes. Hashing takes a fraction of a second.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  ASSERT_TRUE(std::holds_alternative<ParseError>(result));
  EXPECT_EQ(std::get<ParseError>(result).fault, Fault::kMemberDuplicate);
}

TEST(StrictJsonTest, TellsWhatHasNoValue) {
  for (const char* text : {"null", R"("")", "[]", "{}"}) EXPECT_TRUE(IsNullOrEmpty(Parsed(text))) << text;
  for (const char* text : {"0", "false", R"(" ")", "[null]", R"({"a":null})"}) {
    EXPECT_FALSE(IsNullOrEmpty(Parsed(text))) << text;
  }
}

TEST(JsonPathTest, QuotesWhatIsNotAWord) {
  EXPECT_EQ(MemberPath("$", "client_name"), "$.client_name");
  EXPECT_EQ(MemberPath("$", "client_name#fr"), "$['client_name#fr']");
  EXPECT_EQ(MemberPath("$.a", "9"), "$.a['9']");
  EXPECT_EQ(MemberPath("$", "a'b\\c\n"), "$['a\\'b\\\\c\\u000a']");
  EXPECT_EQ(ElementPath("$.jwks.keys", 2), "$.jwks.keys[2]");
}

}  // namespace
}  // namespace cimd::json
