#include "client/cli/input/url_list.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseUrlsTest, SkipsCommentsBlanksAndTheByteOrderMark) {
  const auto urls = ParseUrls(
      "\xef\xbb\xbfhttps://first.example/\n# list\n\nhttps://a.example/b\r\n  https://c.example/d#x \n\t# "
      "indented\nlast");
  ASSERT_TRUE(urls.ok()) << urls.status();
  EXPECT_THAT(*urls, ElementsAre("https://first.example/", "https://a.example/b", "https://c.example/d#x", "last"));
  EXPECT_TRUE(ParseUrls("")->empty());
}

TEST(ParseUrlsTest, NamesTheLineThatIsNoText) {
  for (const char* line : {"\xff\xfeh", "a\x01z", "\xc3("}) {
    const auto urls = ParseUrls(std::string("https://a.example/\n") + line + "\n");
    EXPECT_THAT(std::string(urls.status().message()), HasSubstr("line 2 is not text")) << line;
  }
}

}  // namespace
}  // namespace cimd::cli
