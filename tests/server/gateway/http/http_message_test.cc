#include "server/gateway/http/http_message.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace cimd::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::Pointee;

TEST(HttpRequestTest, FindsFields) {
  HttpRequest request;
  request.headers = {{"Content-Type", "a"}, {"accept", "b"}, {"ACCEPT", "c"}};
  request.params = {{"id", "1"}};
  request.query = {{"q", "1"}, {"Q", "2"}, {"q", "3"}};
  EXPECT_THAT(request.Header("content-type"), Pointee(std::string("a")));
  EXPECT_THAT(request.Header("Accept"), Pointee(std::string("b")));
  EXPECT_THAT(request.Header("Host"), IsNull());
  EXPECT_EQ(request.Param("id"), "1");
  EXPECT_EQ(request.Param("other"), "");
  EXPECT_THAT(request.QueryValue("q"), Pointee(std::string("1")));
  EXPECT_THAT(request.QueryValue("x"), IsNull());
  EXPECT_THAT(request.QueryValues("q"), ElementsAre("1", "3"));
  EXPECT_THAT(request.QueryValues("x"), IsEmpty());
}

TEST(HttpCancellationTest, CallsBackOnceWhicheverComesFirst) {
  int calls = 0;
  HttpCancellation registered_first;
  registered_first.OnCancel([&] { ++calls; });
  EXPECT_EQ(calls, 0);
  registered_first.Cancel();
  registered_first.Cancel();
  EXPECT_EQ(calls, 1);

  HttpCancellation cancelled_first;
  cancelled_first.Cancel();
  cancelled_first.OnCancel([&] { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST(HttpCancellationTest, ForgetsTheCallbackWhenFinished) {
  auto owned = std::make_shared<int>(0);
  HttpCancellation cancellation;
  cancellation.OnCancel([owned] { ++*owned; });
  EXPECT_EQ(owned.use_count(), 2);
  cancellation.Finish();
  EXPECT_EQ(owned.use_count(), 1);
  cancellation.Cancel();
  cancellation.OnCancel([owned] { ++*owned; });
  EXPECT_EQ(*owned, 0);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(ErrorResponseTest, IsTheManagementApisErrorBody) {
  const HttpResponse response = ErrorResponse(404, "No \"such\" \xFF");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "{\"statusCode\":404,\"error\":\"Not Found\",\"message\":\"No \\\"such\\\" \xEF\xBF\xBD\"}");
  EXPECT_TRUE(nlohmann::json::accept(response.body));
}

}  // namespace
}  // namespace cimd::gateway
