#include "server/gateway/http/request_target.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::string> Decoded(const RequestTarget& target) {
  std::vector<std::string> decoded;
  for (const PathSegment& segment : target.path) decoded.push_back(segment.decoded);
  return decoded;
}

TEST(RequestTargetTest, SplitsThePathBeforeDecodingIt) {
  const struct {
    const char* target;
    std::vector<std::string> path;
  } cases[] = {
      {"/", {""}},
      {"/a", {"a"}},
      {"/a/", {"a", ""}},
      {"/a/b?c=d/e", {"a", "b"}},
      {"/a?", {"a"}},
      {"/.well-known/x", {".well-known", "x"}},
      {"/...", {"..."}},
      {"/a%2Fb/c", {"a/b", "c"}},
      {"/api/https%3A%2F%2Fhost%2Fx", {"api", "https://host/x"}},
      {"/a+b", {"a+b"}},
      {"/a%20b", {"a b"}},
      {"/%41%4a%4A", {"AJJ"}},
      {"/%252e", {"%2e"}},
      {"/%2e%2E", {".."}},
      {"/~!$&'()*+,;=:@-._", {"~!$&'()*+,;=:@-._"}},
      {"/%C3%A9%E2%82%AC%F0%9F%98%80", {"é€😀"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.target);
    const absl::StatusOr<RequestTarget> target = ParseRequestTarget(c.target);
    CIMD_ASSERT_OK(target);
    EXPECT_THAT(Decoded(*target), ElementsAreArray(c.path));
  }
}

TEST(RequestTargetTest, KeepsTheSegmentsAsSent) {
  const std::string text = "/a%2Fb/c?d";
  const absl::StatusOr<RequestTarget> target = ParseRequestTarget(text);
  CIMD_ASSERT_OK(target);
  ASSERT_EQ(target->path.size(), 2u);
  EXPECT_EQ(target->path[0].raw, "a%2Fb");
  EXPECT_EQ(target->path[1].raw, "c");
}

TEST(RequestTargetTest, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const std::string cases[] = {
      // Not in origin form.
      "", "*", "a/b", "http://host/a", "host:443", "?a=b",
      // Empty and dot segments, and backslashes.
      "//", "//a", "/a//b", "/a//", "/.", "/..", "/../a", "/a/./b", "/a/../b", "/a/..", "/a\\b", "/a/..\\b",
      // Percent triplets.
      "/%", "/%4", "/a%", "/%4g", "/%g4", "/%%41", "/%u0041", "/a?b=%", "/a?%4=b", "/a?b=%zz",
      // Control characters, raw and encoded.
      "/%00", "/a%0d%0aSet-Cookie:x", "/%7f", "/%1F", "/a?b=%00", "/a?%0a=b", std::string("/a\0b", 4), "/a\tb", "/a b",
      "/a\x7f", "/a?b\x01",
      // Raw non-ASCII bytes, and characters that RFC 3986 does not permit.
      "/é", "/a?é", "/a#b", "/a?b#c", "/a<b", "/a\"", "/{a}", "/a|b", "/a^b", "/a`b", "/a[b]", "/a b?c",
      // Not UTF-8: lone continuation, truncated, overlong, surrogate, beyond U+10FFFF, invalid lead byte.
      "/%80", "/%C3", "/%C3x", "/%E2%82", "/%C0%AE", "/%C1%BF", "/%E0%80%AF", "/%F0%80%80%AF", "/%ED%A0%80",
      "/%F4%90%80%80", "/%F5%80%80%80", "/%FF", "/a?b=%FF"};
  for (const std::string& target : cases) {
    EXPECT_THAT(ParseRequestTarget(target), StatusIs(absl::StatusCode::kInvalidArgument)) << target;
  }
}

TEST(RequestTargetTest, ReadsTheQueryInOrder) {
  const absl::StatusOr<RequestTarget> target = ParseRequestTarget("/a?b=1&c=x%26y&b=2&flag&=v&&d=a+b%2B&e=f=g&%62=3?/");
  CIMD_ASSERT_OK(target);
  EXPECT_THAT(target->query, ElementsAre(Pair("b", "1"), Pair("c", "x&y"), Pair("b", "2"), Pair("flag", ""),
                                         Pair("", "v"), Pair("d", "a b+"), Pair("e", "f=g"), Pair("b", "3?/")));
}

TEST(RequestTargetTest, AcceptsWhatBrowsersLeaveUnencodedInAQuery) {
  const absl::StatusOr<RequestTarget> target = ParseRequestTarget("/a?q=[x]|{y}^`\"<>\\");
  CIMD_ASSERT_OK(target);
  EXPECT_THAT(target->query, ElementsAre(Pair("q", "[x]|{y}^`\"<>\\")));
}

TEST(FormUrlEncodedTest, ReadsABody) {
  const absl::StatusOr<HttpFields> fields = ParseFormUrlEncoded("external_client_id=https%3A%2F%2Fa.example%2Fc&x=1+2");
  CIMD_ASSERT_OK(fields);
  EXPECT_THAT(*fields, ElementsAre(Pair("external_client_id", "https://a.example/c"), Pair("x", "1 2")));
  EXPECT_THAT(*ParseFormUrlEncoded(""), IsEmpty());
  EXPECT_THAT(ParseFormUrlEncoded("a=\nb"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cimd::gateway
