#include "server/gateway/http/http_server_parser.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cimd::gateway {
namespace {

constexpr char kChunkedHeader[] = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

struct Parsed {
  std::optional<ParseFault> fault;
  bool done = false;
  std::string body;
  std::string rest;
};

// Passes the body to the parser in two pieces, or byte by byte if `split` is npos.
Parsed ParseInPieces(absl::string_view header, absl::string_view body, size_t split) {
  Parsed parsed;
  RequestParser parser({.max_target_bytes = 100, .max_body_bytes = 100});
  parsed.fault = parser.ParseHeader(header);
  std::string pending;
  while (!parsed.fault.has_value() && !parser.done() && !body.empty()) {
    const size_t size = split == absl::string_view::npos ? 1 : std::exchange(split, body.size());
    absl::StrAppend(&pending, body.substr(0, size));
    body.remove_prefix(std::min(size, body.size()));
    size_t consumed = 0;
    parsed.fault = parser.ParseBody(pending, consumed);
    pending.erase(0, consumed);
  }
  parsed.done = !parsed.fault.has_value() && parser.done();
  parsed.body = parser.TakeRequest().body;
  parsed.rest = absl::StrCat(pending, body);
  return parsed;
}

// The result must not depend on how the network splits a body.
TEST(RequestParserTest, ReadsABodyHoweverItIsCut) {
  const struct {
    std::string header;
    std::string body;
    std::string expected;
  } cases[] = {
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "hello", "hello"},
      {kChunkedHeader, "0\r\n\r\n", ""},
      {kChunkedHeader, "000\r\n\r\n", ""},
      {kChunkedHeader, "5\r\nhello\r\n0\r\n\r\n", "hello"},
      {kChunkedHeader, "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", "hello"},
      {kChunkedHeader, "000a\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n0\r\n\r\n"},
  };
  for (const auto& c : cases) {
    for (size_t split = 1; split <= c.body.size() + 1; ++split) {
      SCOPED_TRACE(absl::StrCat(c.body, " split at ", split));
      const Parsed parsed = ParseInPieces(c.header, c.body, split <= c.body.size() ? split : absl::string_view::npos);
      EXPECT_FALSE(parsed.fault.has_value());
      EXPECT_TRUE(parsed.done);
      EXPECT_EQ(parsed.body, c.expected);
      EXPECT_EQ(parsed.rest, "");
    }
  }
}

TEST(RequestParserTest, RefusesAMalformedBodyHoweverItIsCut) {
  const struct {
    std::string body;
    int status;
  } cases[] = {
      {"x\r\nhello\r\n0\r\n\r\n", 400},
      {"-1\r\nhello\r\n0\r\n\r\n", 400},
      {"0x5\r\nhello\r\n0\r\n\r\n", 400},
      {" 5\r\nhello\r\n0\r\n\r\n", 400},
      {"5 \r\nhello\r\n0\r\n\r\n", 400},
      {"5\nhello\n0\n\n\r\n", 400},
      {"5\rhello\r\n0\r\n\r\n", 400},
      {"5\r\nhello0\r\n\r\n", 400},
      {"5\r\nhelloxx0\r\n\r\n", 400},
      {"5\r\nhello\n0\r\n\r\n", 400},
      {"\r\n5\r\nhello\r\n0\r\n\r\n", 400},
      {"10000000000000005\r\nhello\r\n0\r\n\r\n", 400},
      {"5;a=b\r\nhello\r\n0\r\n\r\n", 400},
      {"5;\r\nhello\r\n0\r\n\r\n", 400},
      {"5;\nxx\r\nhello\r\n0\r\n\r\n", 400},
      {"5\r\nhello\r\n0;a\r\n\r\n", 400},
      {"5\r\nhello\r\n0\r\nX: y\r\n\r\n", 400},
      {"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n", 400},
      {"5\r\nhello\r\n0\r\n x: y\r\n\r\n", 400},
      {"65\r\n", 413},
      {"64\r\n" + std::string(100, 'x') + "\r\n1\r\ny\r\n0\r\n\r\n", 413},
      {"ffffffffffffffff\r\n", 413},
  };
  for (const auto& c : cases) {
    for (size_t split = 1; split <= c.body.size() + 1; ++split) {
      SCOPED_TRACE(absl::StrCat(c.body, " split at ", split));
      // Bytes that follow must not change the fault.
      const std::string body = absl::StrCat(c.body, "GET / HTTP/1.1\r\n\r\n");
      const Parsed parsed =
          ParseInPieces(kChunkedHeader, body, split <= c.body.size() ? split : absl::string_view::npos);
      ASSERT_TRUE(parsed.fault.has_value());
      EXPECT_EQ(parsed.fault->status, c.status);
    }
  }
}

TEST(RequestParserTest, LeavesWhatBelongsToTheNextRequest) {
  for (size_t split = 1; split < 30; ++split) {
    const Parsed parsed = ParseInPieces(kChunkedHeader, "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", split);
    EXPECT_TRUE(parsed.done);
    EXPECT_EQ(parsed.rest, "GET / HTTP/1.1\r\n\r\n");
  }
}

TEST(RequestParserTest, ReadsTheHost) {
  const struct {
    const char* header;
    const char* host;  // null: refused
  } cases[] = {
      {"example.com", "example.com"},
      {"EXAMPLE.com:8080", "example.com"},
      // A single final dot means that the name is fully qualified.
      {"a_b-c.Example.", "a_b-c.example"},
      {"a.example.:80", "a.example"},
      {"a.example..", "a.example."},
      {".", nullptr},
      {"[::1].", nullptr},
      {"127.0.0.1:1", "127.0.0.1"},
      {"[::1]", "[::1]"},
      {"[2001:DB8::1]:65535", "[2001:db8::1]"},
      {"[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.1]"},
      {"", nullptr},
      {":80", nullptr},
      {"a:", nullptr},
      {"a:b", nullptr},
      {"a:80:80", nullptr},
      {"a:123456", nullptr},
      {"a:-1", nullptr},
      {"::1", nullptr},
      {"[::1", nullptr},
      {"::1]", nullptr},
      {"[]", nullptr},
      {"[::1]x", nullptr},
      {"[::1]x:80", nullptr},
      {"x[::1]", nullptr},
      {"[g::1]", nullptr},
      {"a b", nullptr},
      {"a,b", nullptr},
      {"a/b", nullptr},
      {"user@a", nullptr},
      {"a%00b", nullptr},
      {"a?b", nullptr},
      {"a\\b", nullptr},
      {"\xC3\xA9.example", nullptr},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.header);
    RequestParser parser({.max_target_bytes = 100, .max_body_bytes = 100});
    const auto fault = parser.ParseHeader(absl::StrCat("GET / HTTP/1.1\r\nHost: ", c.header, "\r\n\r\n"));
    ASSERT_EQ(fault.has_value(), c.host == nullptr);
    if (c.host != nullptr) {
      EXPECT_EQ(parser.TakeRequest().host, c.host);
    } else {
      EXPECT_EQ(fault->status, 400);
    }
  }
}

// RFC 9112 section 3.2.2.
TEST(RequestParserTest, ReadsTheAbsoluteForm) {
  const struct {
    const char* target;
    const char* path;
    const char* host;  // null: refused
  } cases[] = {
      {"http://b.example/x?y=z", "/x?y=z", "b.example"},
      {"HTTPS://B.Example.:8443/x", "/x", "b.example"},
      {"http://b.example", "/", "b.example"},
      {"http://b.example?x", "/?x", "b.example"},
      {"http://[::1]:80/x", "/x", "[::1]"},
      {"http://b.example//x", "//x", "b.example"},
      {"http:///x", "", nullptr},
      {"http://", "", nullptr},
      {"http://user@b.example/x", "", nullptr},
      {"http://b.example:x/", "", nullptr},
      {"http://b%2eexample/", "", nullptr},
      // Other forms are not parsed.
      {"ftp://b.example/x", "ftp://b.example/x", "a.example"},
      {"b.example:443", "b.example:443", "a.example"},
      {"*", "*", "a.example"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.target);
    RequestParser parser({1000, 100});
    const auto fault = parser.ParseHeader(absl::StrCat("GET ", c.target, " HTTP/1.1\r\nHost: a.example\r\n\r\n"));
    ASSERT_EQ(fault.has_value(), c.host == nullptr);
    if (fault.has_value()) continue;
    const HttpRequest request = parser.TakeRequest();
    EXPECT_EQ(request.target, c.path);
    EXPECT_EQ(request.host, c.host);
  }
  // The Host header is still required, once and well-formed.
  for (const char* host : {"", "Host: a/b\r\n", "Host: a\r\nHost: a\r\n"}) {
    RequestParser parser({1000, 100});
    const auto fault = parser.ParseHeader(absl::StrCat("GET http://b.example/ HTTP/1.1\r\n", host, "\r\n"));
    ASSERT_TRUE(fault.has_value()) << host;
    EXPECT_EQ(fault->status, 400);
  }
}

}  // namespace
}  // namespace cimd::gateway
