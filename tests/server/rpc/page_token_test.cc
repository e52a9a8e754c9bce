#include "server/rpc/page_token.h"

#include <string>

#include "absl/strings/escaping.h"
#include "cimd/v1/registration_service.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/error_matchers.h"

namespace cimd::rpc {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;

TEST(PageTokenTest, IsValidForItsRequestAndRangeOnly) {
  const std::string token = MakePageToken("question", "key");
  EXPECT_EQ(*ParsePageToken(token, "question", "a", "z"), "key");
  EXPECT_EQ(*ParsePageToken("", "question", "a", "z"), "");
  EXPECT_THAT(ParsePageToken(token, "another", "a", "z"), Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
  EXPECT_THAT(ParsePageToken(token, "question", "a", "b"), Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
  EXPECT_THAT(ParsePageToken(token, "question", "l", "z"), Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
}

TEST(PageTokenTest, NoMutationOfATokenLeadsOutOfTheRange) {
  const std::string token = MakePageToken("question", "key");
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string mutated = bytes;
      mutated[i] = static_cast<char>(mutated[i] ^ (1 << bit));
      auto parsed = ParsePageToken(absl::WebSafeBase64Escape(mutated), "question", "k", "l");
      if (parsed.ok()) {
        EXPECT_TRUE(parsed->empty() || (*parsed >= "k" && *parsed < "l")) << i << " " << bit;
      }
    }
  }
}

TEST(PageTokenTest, HasOneSpelling) {
  const std::string token = MakePageToken("question", "key");
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
  const std::string others[] = {
      token + "=", token + "\n",
      absl::WebSafeBase64Escape(bytes + std::string("\x18\x01", 2)),      // a field that the record does not have
      absl::WebSafeBase64Escape(bytes.substr(34) + bytes.substr(0, 34)),  // the fields in another order
  };
  for (const std::string& other : others) {
    EXPECT_THAT(ParsePageToken(other, "question", "a", "z"), Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"))
        << other;
  }
}

TEST(PageTokenTest, QuestionIsTheRequestWithoutPagingFields) {
  v1::ListClientsRequest request;
  request.set_parent("tenants/a");
  const std::string question = QuestionOf(request);
  request.set_page_size(7);
  request.set_page_token("x");
  request.set_skip(3);
  request.set_include_total_size(true);
  EXPECT_EQ(QuestionOf(request), question);
  request.set_state(v1::CLIENT_STATE_ACTIVE);
  EXPECT_NE(QuestionOf(request), question);
  // Requests of different types are different even if their bytes are equal.
  v1::ListClientBlocksRequest other;
  other.set_parent("tenants/a");
  EXPECT_NE(QuestionOf(other), question);
}

TEST(PageTokenTest, PageSizesAreBounded) {
  EXPECT_EQ(PageSize(0), 50);
  EXPECT_EQ(PageSize(7), 7);
  EXPECT_EQ(PageSize(1000), 1000);
  EXPECT_EQ(PageSize(1001), 1000);
}

}  // namespace
}  // namespace cimd::rpc
