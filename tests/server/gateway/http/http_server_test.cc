#include "server/gateway/http/http_server.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/gateway/http/router.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/testing/status_matchers.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::RawHttpClient;
using ::cimd::testing::RawResponse;
using ::cimd::testing::StatusIs;
using ::testing::HasSubstr;

// Answers with the method, target and body of the request.
void Echo(const HttpRequest& request, Respond respond) {
  HttpResponse response;
  response.headers = {{"Content-Type", "text/plain"}, {"X-Host", request.host}, {"X-Peer", request.peer_address}};
  response.body = absl::StrCat(request.method, " ", request.target, " ", request.body);
  std::move(respond)(std::move(response));
}

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServerOptions options = {}, HttpHandler handler = Echo) {
    CIMD_ASSERT_OK_AND_ASSIGN(server_, HttpServer::Start(std::move(options), std::move(handler)));
  }
  // Starts a server that gives this answer to every request.
  void StartAnswering(HttpResponse response) {
    Start({}, [response](const HttpRequest&, Respond respond) { std::move(respond)(response); });
  }
  RawHttpClient Connect() { return RawHttpClient(server_->port()); }

  std::unique_ptr<HttpServer> server_;
};

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(HttpServerTest, AnswersARequest) {
  const absl::Time start = absl::Now();
  Start();
  const RawResponse response =
      Connect().Exchange("POST /x?y=z HTTP/1.1\r\nHost: A.example:80\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(response.status_line, "HTTP/1.1 200 OK");
  EXPECT_EQ(response.body, "POST /x?y=z hi");
  EXPECT_EQ(response.Header("Content-Type"), "text/plain");
  EXPECT_EQ(response.Header("Content-Length"), "14");
  EXPECT_EQ(response.Header("X-Host"), "a.example");
  EXPECT_EQ(response.Header("X-Peer"), "127.0.0.1");
  EXPECT_FALSE(response.HasHeader("Server"));
  absl::Time date;
  ASSERT_TRUE(absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", response.Header("Date"), &date, nullptr));
  EXPECT_GT(date, start - absl::Seconds(1)) << "it has no fractions";
  EXPECT_LE(date, absl::Now());
  EXPECT_FALSE(response.HasHeader("Connection"));
}

// RFC 9112 section 2.2: some clients send an empty line after a request, which arrives before the next one.
TEST_F(HttpServerTest, IgnoresOneEmptyLineBeforeARequest) {
  Start();
  const std::string post = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
  for (const bool byte_by_byte : {false, true}) {
    RawHttpClient client = Connect();
    const auto send = [&](const std::string& bytes) {
      return byte_by_byte ? client.SendByteByByte(bytes) : client.Send(bytes);
    };
    ASSERT_TRUE(send("\r\n" + post + "\r\n" + post));
    EXPECT_EQ(client.ReadResponse().body, "POST /1 hi");
    EXPECT_EQ(client.ReadResponse().body, "POST /1 hi");
    ASSERT_TRUE(send("\r\n" + post));
    EXPECT_EQ(client.ReadResponse().body, "POST /1 hi");
  }
  for (const char* more : {"\r\n\r\n", "\n", "\r\n\n", "\r \r\n"}) {
    RawHttpClient client = Connect();
    ASSERT_TRUE(client.Send(more + post));
    EXPECT_EQ(client.ReadResponse().status, 400) << absl::CEscape(more);
  }
}

TEST_F(HttpServerTest, ServesTheAbsoluteForm) {
  Start();
  const RawResponse response = Connect().Exchange("GET http://B.example:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(response.body, "GET /x?y ");
  EXPECT_EQ(response.Header("X-Host"), "b.example");
}

TEST_F(HttpServerTest, HandsOverTheHeaders) {
  HttpFields headers;
  Start({}, [&headers](const HttpRequest& request, Respond respond) {
    headers = request.headers;
    std::move(respond)({});
  });
  EXPECT_EQ(Connect().Exchange("GET / HTTP/1.1\r\nHost:a\r\nX-A: \t b c \t\r\nX-Empty:\r\nx-a: d\xFF\r\n\r\n").status,
            200);
  EXPECT_EQ(headers, (HttpFields{{"Host", "a"}, {"X-A", "b c"}, {"X-Empty", ""}, {"x-a", "d\xFF"}}));
}

TEST_F(HttpServerTest, KeepsTheConnection) {
  Start();
  RawHttpClient client = Connect();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.Exchange(absl::StrCat("GET /", i, " HTTP/1.1\r\nHost: a\r\n\r\n")).body,
              absl::StrCat("GET /", i, " "));
  }
  const RawResponse last = client.Exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n");
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.Header("Connection"), "close");
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, ServesHttp10) {
  Start();
  {
    RawHttpClient client = Connect();
    const RawResponse response = client.Exchange("GET /x HTTP/1.0\r\n\r\n");
    EXPECT_EQ(response.body, "GET /x ");
    EXPECT_EQ(response.Header("X-Host"), "");
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_TRUE(client.EndsHere());
  }
  RawHttpClient client = Connect();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.Exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").Header("Connection"), "keep-alive");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Start();
  RawHttpClient client = Connect();
  client.Send(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\noneGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /5 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().body, "POST /1 one");
  EXPECT_EQ(client.ReadResponse().body, "GET /2 ");
  EXPECT_EQ(client.ReadResponse().body, "POST /3 three");
  EXPECT_EQ(client.ReadResponse().body, "GET /4 ");
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, AnswersALongPipeline) {
  Start();
  RawHttpClient client = Connect();
  std::string requests;
  // Several times the size of the connection's buffer.
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&requests, "GET /", i, " HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(client.ReadResponse().body, absl::StrCat("GET /", i, " "));
}

TEST_F(HttpServerTest, ReadsRequestsByteByByte) {
  Start();
  RawHttpClient client = Connect();
  client.SendByteByByte(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
      "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
      "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().body, "POST /1 one");
  EXPECT_EQ(client.ReadResponse().body, "POST /2 two");
  EXPECT_EQ(client.ReadResponse().body, "POST /3 ");
}

TEST_F(HttpServerTest, LeavesTheBodyOfHeadOut) {
  Start();
  RawHttpClient client = Connect();
  client.Send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawResponse response = client.ReadResponse(/*to_head=*/true);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("Content-Length"), "8");
  // The next response starts directly after this one.
  EXPECT_EQ(client.Exchange(kGet).body, "GET / ");
}

TEST_F(HttpServerTest, LeavesTheBodyOfA204And304Out) {
  for (const int status : {204, 304}) {
    StartAnswering({.status = status, .headers = {{"ETag", "\"1\""}}, .body = "ignored"});
    RawHttpClient client = Connect();
    for (int i = 0; i < 2; ++i) {
      const RawResponse response = client.Exchange(kGet);
      EXPECT_EQ(response.status, status);
      EXPECT_FALSE(response.HasHeader("Content-Length"));
      EXPECT_EQ(response.Header("ETag"), "\"1\"");
    }
  }
}

TEST_F(HttpServerTest, WritesLargeAnswers) {
  StartAnswering({.body = std::string(8 << 20, 'x')});
  RawHttpClient client = Connect();
  EXPECT_EQ(client.Exchange(kGet).body.size(), size_t{8 << 20});
  EXPECT_EQ(client.Exchange(kGet).body.size(), size_t{8 << 20});
}

TEST_F(HttpServerTest, DoesNotLetAHandlerBreakTheMessage) {
  const HttpResponse broken[] = {
      {.status = 302, .headers = {{"Location", "/x\r\nSet-Cookie: a=b"}}},
      {.status = 200, .headers = {{"X-A", "b\nc"}}},
      {.status = 200, .headers = {{"X-A", std::string("b\0c", 3)}}},
      {.status = 200, .headers = {{"X-A: b\r\nX-C", "d"}}},
      {.status = 200, .headers = {{"", "d"}}},
      {.status = 200, .headers = {{"X A", "d"}}},
      {.status = 100},
      {.status = 0},
      {.status = 1000},
  };
  for (const HttpResponse& response : broken) {
    StartAnswering(response);
    RawHttpClient client = Connect();
    const RawResponse answer = client.Exchange(kGet);
    EXPECT_EQ(answer.status, 500);
    EXPECT_FALSE(answer.HasHeader("Set-Cookie"));
    EXPECT_EQ(client.Exchange(kGet).status, 500);
  }
  StartAnswering({.headers = {{"content-length", "1"},
                              {"Transfer-Encoding", "chunked"},
                              {"connection", "close"},
                              {"X", "y"},
                              {"date", "never"}},
                  .body = "body"});
  RawHttpClient client = Connect();
  const RawResponse answer = client.Exchange(kGet);
  EXPECT_NE(answer.Header("Date"), "never");
  EXPECT_EQ(answer.headers, (HttpFields{{"Date", answer.Header("Date")}, {"X", "y"}, {"Content-Length", "4"}}));
  EXPECT_EQ(answer.body, "body");
  EXPECT_EQ(client.Exchange(kGet).status, 200);
}

TEST_F(HttpServerTest, ContinuesWhenTheClientWaits) {
  Start();
  RawHttpClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().status_line, "HTTP/1.1 100 Continue");
  EXPECT_EQ(client.Exchange("hi").body, "POST / hi");
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().status, 100);
  EXPECT_EQ(client.Exchange("2\r\nhi\r\n0\r\n\r\n").body, "POST / hi");
}

TEST_F(HttpServerTest, DoesNotContinueWithoutNeed) {
  Start();
  RawHttpClient client = Connect();
  // The body has arrived already, there is no body, or HTTP/1.0 has no interim responses.
  EXPECT_EQ(client.Exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi").status,
            200);
  EXPECT_EQ(client.Exchange("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").status, 200);
  client.Send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.Exchange("hi").status, 200);
}

TEST_F(HttpServerTest, RefusesTooLargeABodyBeforeItIsSent) {
  Start();
  RawHttpClient client = Connect();
  const RawResponse response =
      client.Exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_EQ(response.status, 413);
  EXPECT_TRUE(client.EndsHere());
}

// Requests that a proxy in front and this server could delimit differently, and other malformed requests. A second
// request follows each and must not be answered.
TEST_F(HttpServerTest, RefusesMalformedRequestsAndCloses) {
  Start();
  const struct {
    const char* name;
    std::string request;
    int status = 400;
  } cases[] = {
      {"CL.TE", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"TE.CL", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
      {"the same length twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
      {"a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello"},
      {"negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello"},
      {"signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"},
      {"hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello"},
      {"fractional length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5.0\r\n\r\nhello"},
      {"empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nhello"},
      {"overflowing length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\nhello"},
      {"length with a space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello"},
      {"encoding with a space before the colon",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
      {"encoding twice",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"other encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n"},
      {"identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"},
      {"chunked not last", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"},
      {"chunked after another", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
      {"almost chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"quoted chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
      {"control character in the encoding",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"},
      {"encoding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"encoding in a folded line",
       "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"folded encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
      {"folded with a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n"},
      {"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"bad chunk size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n"},
      {"chunk without its end",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"},
      {"endless chunk size",
       absl::StrCat("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", std::string(40000, '0'))},
      {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 505},
      {"one bare line feed", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
      {"bare carriage return", "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"},
      {"NUL in a value", absl::StrCat("GET / HTTP/1.1\r\nHost: a\r\nX: y", std::string(1, '\0'), "z\r\n\r\n")},
      {"NUL in a name", absl::StrCat("GET / HTTP/1.1\r\nHost: a\r\nX", std::string(1, '\0'), ": y\r\n\r\n")},
      {"control character in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n"},
      {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"},
      {"no name", "GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n"},
      {"space in a name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {"malformed Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n"},
      {"two Authorizations", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nauthorization: x\r\n\r\n"},
      {"two Content-Types", "GET / HTTP/1.1\r\nHost: a\r\nContent-Type: x\r\nContent-Type: y\r\n\r\n"},
      {"malformed Connection", "GET / HTTP/1.1\r\nHost: a\r\nConnection: =\r\n\r\n"},
      {"empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"nothing but a method", "GET\r\n\r\n"},
      {"no version", "GET /\r\n\r\n"},
      {"cut version", "GET / HTT\r\n\r\n"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 505},
      {"control character in the target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"malformed method", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"lower case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 505},
      {"long version", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 505},
      {"other expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RawHttpClient client = Connect();
    client.Send(c.request + kGet);
    const RawResponse response = client.ReadResponse();
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_EQ(nlohmann::json::parse(response.body, nullptr, false).value("statusCode", 0), c.status);
    EXPECT_TRUE(client.EndsHere());
  }
}

TEST_F(HttpServerTest, KeepsToTheLimits) {
  Start();
  const auto get = [](size_t target, size_t header) {
    std::string request = absl::StrCat("GET /", std::string(target - 1, 'a'), " HTTP/1.1\r\nHost: a\r\nX: ");
    if (header > 0) request += std::string(header - request.size() - 4, 'b');
    return request + "\r\n\r\n";
  };
  const auto post = [](size_t body) {
    return absl::StrCat("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ", body, "\r\n\r\n", std::string(body, 'c'));
  };
  const auto chunked = [](size_t body) {
    return absl::StrCat("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n",
                        absl::Hex(body - 1), "\r\n", std::string(body - 1, 'c'), "\r\n0\r\n\r\n");
  };
  const auto headers = [](int count) {
    std::string request = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < count; ++i) absl::StrAppend(&request, "X:\r\n");
    return request + "\r\n";
  };
  const struct {
    const char* name;
    std::string request;
    int status;
  } cases[] = {
      {"longest target", get(8 * 1024, 0), 200},
      {"target too long", get(8 * 1024 + 1, 0), 414},
      {"target longer than all headers may be", get(20 * 1024, 0), 414},
      {"endless target", std::string(100 * 1024, 'a'), 414},
      {"largest header", get(1, 16 * 1024), 200},
      {"header too large", get(1, 16 * 1024 + 1), 431},
      {"endless header", get(1, 100 * 1024), 431},
      {"most headers", headers(100), 200},
      {"too many headers", headers(101), 431},
      {"largest body", post(64 * 1024), 200},
      {"body too large", post(64 * 1024 + 1), 413},
      {"body much too large", post(4 << 20), 413},
      {"length much too large", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n", 413},
      {"largest chunked body", chunked(64 * 1024), 200},
      {"chunked body too large", chunked(64 * 1024 + 1), 413},
      {"chunked body much too large", chunked(4 << 20), 413},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RawHttpClient client = Connect();
    ASSERT_TRUE(client.Send(c.request));
    EXPECT_EQ(client.ReadResponse().status, c.status);
    if (c.status == 200) {
      EXPECT_EQ(client.Exchange(kGet).body, "GET / ");
    } else {
      EXPECT_TRUE(client.EndsHere());
    }
  }
}

TEST_F(HttpServerTest, ServesARoutersRoutes) {
  std::vector<Route> routes;
  routes.push_back({"GET", "/open/{id}", Echo, /*cors=*/true});
  routes.push_back({"POST", "/closed", Echo});
  absl::StatusOr<Router> router = Router::Create(std::move(routes));
  CIMD_ASSERT_OK(router);
  Start({},
        [&router](HttpRequest request, Respond respond) { router->Handle(std::move(request), std::move(respond)); });
  RawHttpClient client = Connect();

  const RawResponse open = client.Exchange("GET /open/a%2Fb HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\n\r\n");
  EXPECT_EQ(open.status, 200);
  EXPECT_EQ(open.Header("Access-Control-Allow-Origin"), "*");
  client.Send("HEAD /open/a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadResponse(/*to_head=*/true).status, 200);
  const RawResponse preflight = client.Exchange(
      "OPTIONS /open/a HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nAccess-Control-Request-Method: GET\r\n\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.Header("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
  const RawResponse closed = client.Exchange(
      "OPTIONS /closed HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nAccess-Control-Request-Method: POST\r\n\r\n");
  EXPECT_EQ(closed.status, 405);
  EXPECT_EQ(closed.Header("Allow"), "POST");
  EXPECT_FALSE(closed.HasHeader("Access-Control-Allow-Origin"));
  // A refused path does not end the connection, because the end of the request is known.
  EXPECT_EQ(client.Exchange("GET /open/../closed HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
  EXPECT_EQ(client.Exchange("GET http://a/open/b HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
  EXPECT_EQ(client.Exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
  EXPECT_EQ(client.Exchange("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n").status, 404);
  EXPECT_EQ(client.Exchange("POST /closed HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").status, 200);
}

TEST(HttpServerStartTest, RefusesUnusableOptions) {
  const auto start = [](auto change) {
    HttpServerOptions options;
    change(options);
    return HttpServer::Start(options, Echo).status();
  };
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                              "localhost:80", "::1:80", "[::1]", "[127.0.0.1]:80", ":80"}) {
    EXPECT_THAT(start([&](HttpServerOptions& options) { options.listen_address = address; }),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(address)));
  }
  EXPECT_THAT(start([](HttpServerOptions& options) { options.io_threads = 0; }),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(start([](HttpServerOptions& options) { options.idle_timeout = absl::ZeroDuration(); }),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(start([](HttpServerOptions& options) { options.write_timeout = absl::InfiniteDuration(); }),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // An address that no machine has (RFC 5737).
  EXPECT_THAT(start([](HttpServerOptions& options) { options.listen_address = "192.0.2.1:0"; }),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("192.0.2.1:0")));
}

TEST(HttpServerStartTest, RefusesAPortInUse) {
  auto server = HttpServer::Start({}, Echo);
  CIMD_ASSERT_OK(server);
  HttpServerOptions options;
  options.listen_address = absl::StrCat("127.0.0.1:", (*server)->port());
  EXPECT_THAT(HttpServer::Start(options, Echo).status(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("in use")));
  (*server)->Shutdown(absl::ZeroDuration());
  CIMD_EXPECT_OK(HttpServer::Start(options, Echo).status());
}

TEST(HttpServerStartTest, NamesAnIpv4PeerOfAnIpv6SocketByItsIpv4Address) {
  HttpServerOptions options;
  options.listen_address = "[::]:0";
  auto server = HttpServer::Start(options, Echo);
  if (server.status().code() == absl::StatusCode::kUnavailable) GTEST_SKIP() << "no IPv6 here";
  CIMD_ASSERT_OK(server);
  RawHttpClient client((*server)->port());
  EXPECT_EQ(client.Exchange(kGet).Header("X-Peer"), "127.0.0.1");
}

}  // namespace
}  // namespace cimd::gateway
