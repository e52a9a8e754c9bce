#include "client/pagination.h"

#include <iterator>
#include <memory>
#include <ranges>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_control_plane.h"
#include "tests/testing/status_matchers.h"

namespace cimd::client {
namespace {

using cimd::testing::FakeControlPlane;
using cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Range = PagedRange<int>;
static_assert(std::ranges::input_range<Range>);

// Returns the items of a range and, at the end, its error.
std::vector<std::string> Walk(Range range) {
  std::vector<std::string> seen;
  for (absl::StatusOr<int>& item : range) {
    seen.push_back(item.ok() ? std::to_string(*item) : absl::StatusCodeToString(item.status().code()));
  }
  return seen;
}

TEST(PagedRangeTest, WalksAllPages) {
  std::vector<std::string> tokens;
  Range range([&](const std::string& token) -> absl::StatusOr<Range::Page> {
    tokens.push_back(token);
    if (token.empty()) return Range::Page{.items = {1, 2}, .next_page_token = "b"};
    // A page may be empty without being the last.
    if (token == "b") return Range::Page{.items = {}, .next_page_token = "c"};
    return Range::Page{.items = {3}, .next_page_token = ""};
  });
  EXPECT_THAT(Walk(std::move(range)), ElementsAre("1", "2", "3"));
  EXPECT_THAT(tokens, ElementsAre("", "b", "c"));
}

TEST(PagedRangeTest, IsEmptyWhenNothingIsListed) {
  EXPECT_THAT(Walk(Range([](const std::string&) { return Range::Page(); })), IsEmpty());
}

TEST(PagedRangeTest, AsksForAPageOnlyWhenItIsReached) {
  int pages = 0;
  Range range([&](const std::string&) {
    ++pages;
    return Range::Page{.items = {1, 2}, .next_page_token = std::to_string(pages)};
  });
  EXPECT_EQ(pages, 0);
  auto item = range.begin();
  ++item;
  EXPECT_EQ(**item, 2);
  EXPECT_EQ(pages, 1);
  ++item;
  EXPECT_EQ(pages, 2);
}

TEST(PagedRangeTest, EndsWithTheFailure) {
  int calls = 0;
  Range range([&](const std::string& token) -> absl::StatusOr<Range::Page> {
    ++calls;
    if (token.empty()) return Range::Page{.items = {1}, .next_page_token = "b"};
    return absl::PermissionDeniedError("no");
  });
  EXPECT_THAT(Walk(std::move(range)), ElementsAre("1", "PERMISSION_DENIED"));
  EXPECT_EQ(calls, 2);
}

TEST(PagedRangeTest, DoesNotWalkInACircle) {
  Range range([](const std::string&) { return Range::Page{.items = {1}, .next_page_token = "same"}; });
  EXPECT_THAT(Walk(std::move(range)), ElementsAre("1", "INTERNAL"));
}

class ListTest : public ::testing::Test {
 protected:
  ListTest() { connection_ = *Connection::Create({.address = server_.address(), .access_token = "t"}); }

  FakeControlPlane server_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ListTest, KeepsTheFilterOnEveryPage) {
  server_.On([](const v1::ListClientsRequest& request) -> absl::StatusOr<v1::ListClientsResponse> {
    v1::ListClientsResponse response;
    int first = 0;
    if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &first)) {
      return absl::InvalidArgumentError("token");
    }
    for (int i = first; i < first + request.page_size() && i < 5; ++i) {
      response.add_clients()->set_name(std::to_string(i));
    }
    if (first + request.page_size() < 5) response.set_next_page_token(std::to_string(first + request.page_size()));
    return response;
  });
  v1::ListClientsRequest request;
  request.set_parent("tenants/default");
  request.set_page_size(2);
  request.set_state(v1::CLIENT_STATE_BLOCKED);
  std::vector<std::string> names;
  for (absl::StatusOr<v1::Client>& client : ListClients(*connection_, request)) {
    CIMD_ASSERT_OK(client);
    names.push_back(client->name());
  }
  EXPECT_THAT(names, ElementsAre("0", "1", "2", "3", "4"));
  const auto received = server_.Received<v1::ListClientsRequest>();
  ASSERT_EQ(received.size(), 3);
  for (const v1::ListClientsRequest& page : received) {
    EXPECT_EQ(page.parent(), "tenants/default");
    EXPECT_EQ(page.page_size(), 2);
    EXPECT_EQ(page.state(), v1::CLIENT_STATE_BLOCKED);
  }
}

TEST_F(ListTest, BeginsWhereTheRequestSays) {
  server_.On([](const v1::ListTenantsRequest& request) -> absl::StatusOr<v1::ListTenantsResponse> {
    v1::ListTenantsResponse response;
    response.add_tenants()->set_name("after " + request.page_token());
    return response;
  });
  v1::ListTenantsRequest request;
  request.set_page_token("m");
  auto range = ListTenants(*connection_, request);
  auto first = range.begin();
  CIMD_ASSERT_OK(*first);
  EXPECT_EQ((*first)->name(), "after m");
}

TEST_F(ListTest, ListsBlocksAndDocuments) {
  server_.On([](const v1::ListClientBlocksRequest&) -> absl::StatusOr<v1::ListClientBlocksResponse> {
    v1::ListClientBlocksResponse response;
    response.add_blocks()->set_external_client_id("https://client.example.net/app");
    return response;
  });
  server_.On([](const v1::ListDocumentsRequest&) -> absl::StatusOr<v1::ListDocumentsResponse> {
    return absl::NotFoundError("no such client");
  });
  for (absl::StatusOr<v1::ClientBlock>& block : ListClientBlocks(*connection_, {})) {
    CIMD_ASSERT_OK(block);
    EXPECT_EQ(block->external_client_id(), "https://client.example.net/app");
  }
  int elements = 0;
  for (absl::StatusOr<v1::MetadataDocument>& document : ListDocuments(*connection_, {})) {
    EXPECT_THAT(document, StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such client")));
    ++elements;
  }
  EXPECT_EQ(elements, 1);
}

}  // namespace
}  // namespace cimd::client
