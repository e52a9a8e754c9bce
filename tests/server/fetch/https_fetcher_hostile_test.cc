// What a hostile or faulty host can do to a fetch.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fetch/https_fetcher.h"
#include "tests/server/fetch/origin_fetch.h"
#include "tests/testing/https_origin.h"

namespace cimd::fetch {
namespace {

using cimd::testing::HttpsOrigin;
using cimd::testing::OriginCertificate;
using cimd::testing::Response;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::SizeIs;

const char kJsonHead[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

// A response head without the end of the header section.
std::string JsonHead(const std::string& more = "") { return kJsonHead + more; }

std::string Repeated(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

TEST(HttpsFetcherHostileTest, Answers) {
  const std::string kPage = "<html>Please log in</html>";
  const struct {
    const char* what;
    Response response;
    v1::FetchFailureKind kind;
    v1::FetchFailureReason reason;
    int status;
  } kCases[] = {
      {"forbidden", {.status = 403}, v1::FETCH_FAILURE_KIND_CHALLENGE, v1::FETCH_FAILURE_REASON_REFUSED, 403},
      {"login page",
       {.body = kPage, .content_type = "text/html"},
       v1::FETCH_FAILURE_KIND_CHALLENGE,
       v1::FETCH_FAILURE_REASON_HTML,
       200},
      {"gone", {.status = 410}, v1::FETCH_FAILURE_KIND_WITHDRAWN, v1::FETCH_FAILURE_REASON_GONE, 410},
      {"overloaded", {.status = 503}, v1::FETCH_FAILURE_KIND_TRANSPORT, v1::FETCH_FAILURE_REASON_SERVER_ERROR, 503},
      {"no content",
       {.raw = "HTTP/1.1 204 No Content\r\n\r\n"},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_STATUS,
       204},
      {"partial content", {.status = 206}, v1::FETCH_FAILURE_KIND_INVALID, v1::FETCH_FAILURE_REASON_STATUS, 206},
      {"not modified, unasked",
       {.status = 304, .content_length = 0},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_STATUS,
       304},
      {"plain text",
       {.content_type = "text/plain"},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_CONTENT_TYPE,
       200},
      {"no content type",
       {.content_type = ""},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_CONTENT_TYPE,
       200},
      {"two content types",
       {.headers = {{"content-type", "text/plain"}}},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_CONTENT_TYPE,
       200},
      {"compressed",
       {.headers = {{"Content-Encoding", "gzip"}}},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_ENCODED,
       200},
      {"compressed in transfer",
       {.raw = JsonHead("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_ENCODED,
       200},
      {"endless",
       {.body = std::string(1000, ' '), .endless = true},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_TOO_LARGE,
       200},
      {"long error page",
       {.status = 404, .body = std::string(100000, ' ')},
       v1::FETCH_FAILURE_KIND_WITHDRAWN,
       v1::FETCH_FAILURE_REASON_GONE,
       404},
      {"announced too long",
       {.content_length = 1000000},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_TOO_LARGE,
       200},
      {"length beyond all numbers",
       {.raw = JsonHead("Content-Length: 99999999999999999999\r\n\r\n{}")},
       v1::FETCH_FAILURE_KIND_INVALID,
       v1::FETCH_FAILURE_REASON_TOO_LARGE,
       200},
      {"negative length",
       {.content_length = -1},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"shorter than announced",
       {.content_length = 10},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"shorter than announced, and no farewell",
       {.content_length = 10, .abrupt = true},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"two lengths",
       {.raw = JsonHead("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"chunked twice",
       {.raw = JsonHead("Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"no length, and no farewell",
       {.abrupt = true, .raw = JsonHead("\r\n{}")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"chunk size is no number",
       {.raw = JsonHead("Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"chunk longer than its size",
       {.raw = JsonHead("Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"chunk shorter than its size",
       {.raw = JsonHead("Transfer-Encoding: chunked\r\n\r\n9\r\n{}")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"no last chunk",
       {.raw = JsonHead("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"huge header",
       {.headers = {{"X-Padding", std::string(17000, 'x')}}},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"header line without an end",
       {.raw = JsonHead("X-Padding: " + std::string(1 << 20, 'x'))},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"interim responses without an end",
       {.raw = Repeated("HTTP/1.1 100 Continue\r\n\r\n", 10000)},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       100},
      {"trailers without an end",
       {.raw = JsonHead("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + Repeated("X: y\r\n", 10000))},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"chunk extension without an end",
       {.raw = JsonHead("Transfer-Encoding: chunked\r\n\r\n2;x=" + std::string(8 << 20, 'x') + "\r\n{}\r\n0\r\n\r\n")},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
      {"not HTTP",
       {.raw = "220 mail.example.com ESMTP\r\n"},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       0},
      {"header section has no end",
       {.raw = kJsonHead},
       v1::FETCH_FAILURE_KIND_TRANSPORT,
       v1::FETCH_FAILURE_REASON_PROTOCOL,
       200},
  };
  HttpsOrigin origin;
  for (const auto& test : kCases) {
    origin.Serve("/c", test.response);
    const FetchResult result = FetchFrom(origin, "/c");
    EXPECT_THAT(result, FailedWith(test.reason)) << test.what;
    EXPECT_EQ(result.failure.kind(), test.kind) << test.what;
    EXPECT_EQ(result.failure.http_status(), test.status) << test.what;
    EXPECT_EQ(result.document.body, "") << test.what;
  }
}

TEST(HttpsFetcherHostileTest, RedirectsAreNotFollowed) {
  HttpsOrigin origin;
  origin.Serve("/target", {});
  for (const int status : {300, 301, 302, 303, 307, 308}) {
    origin.Serve("/c", {.status = status, .headers = {{"Location", origin.url("/target")}}});
    EXPECT_THAT(FetchFrom(origin, "/c"), FailedWith(v1::FETCH_FAILURE_REASON_REDIRECT)) << status;
  }
  origin.Serve("/c", {.headers = {{"Refresh", "0; url=" + origin.url("/target")},
                                  {"Alt-Svc", absl::StrCat("h2=\":", origin.port(), "\"")}}});
  EXPECT_THAT(FetchFrom(origin, "/c"), Succeeded());
  EXPECT_THAT(origin.requests("/target"), IsEmpty());
  // The redirect target is not connected to.
  HttpsOrigin target({.host = "target.example.net"});
  origin.Serve("/c", {.status = 302, .headers = {{"Location", target.url("/c")}}});
  HttpsFetcherOptions options = OptionsFor(origin);
  options.resolve.push_back(target.resolve_entry());
  EXPECT_THAT(MakeFetcher(options)->Fetch({.url = origin.url("/c")}), FailedWith(v1::FETCH_FAILURE_REASON_REDIRECT));
  EXPECT_EQ(target.connections(), 0);
}

TEST(HttpsFetcherHostileTest, OfABodyLongerThanAnnouncedOnlyWhatWasAnnouncedIsRead) {
  HttpsOrigin origin;
  origin.Serve("/c", {.raw = JsonHead("Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\nmore")});
  const FetchResult result = FetchFrom(origin, "/c");
  ASSERT_THAT(result, Succeeded());
  EXPECT_EQ(result.document.body, "{}");
}

TEST(HttpsFetcherHostileTest, TheBodyMayHaveExactlyTheAllowedBytes) {
  HttpsOrigin origin;
  const std::string kFits(5120, ' ');
  const std::string kTooLong(5121, ' ');
  const auto shapes = [](const std::string& body) {
    return std::vector<Response>{{.body = body}, {.body = body, .chunked = true}, {.raw = JsonHead("\r\n" + body)}};
  };
  for (const Response& response : shapes(kFits)) {
    origin.Serve("/c", response);
    const FetchResult result = FetchFrom(origin, "/c");
    ASSERT_THAT(result, Succeeded());
    EXPECT_EQ(result.document.body, kFits);
  }
  for (const Response& response : shapes(kTooLong)) {
    origin.Serve("/c", response);
    EXPECT_THAT(FetchFrom(origin, "/c"), FailedWith(v1::FETCH_FAILURE_REASON_TOO_LARGE));
  }
  // The caller sets the limit.
  origin.Serve("/c", {.body = "12345"});
  const auto fetcher = MakeFetcher(OptionsFor(origin));
  EXPECT_THAT(fetcher->Fetch({.url = origin.url("/c"), .max_bytes = 5}), Succeeded());
  EXPECT_THAT(fetcher->Fetch({.url = origin.url("/c"), .max_bytes = 4}),
              FailedWith(v1::FETCH_FAILURE_REASON_TOO_LARGE));
}

TEST(HttpsFetcherHostileTest, InterimResponsesAndTrailersSayNothing) {
  HttpsOrigin origin;
  origin.Serve("/c", {.raw = "HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\nCache-Control: max-age=9\r\n\r\n" +
                             JsonHead("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nCache-Control: max-age=8\r\n"
                                      "ETag: \"trailer\"\r\nContent-Type: text/html\r\n\r\n")});
  const FetchResult result = FetchFrom(origin, "/c");
  ASSERT_THAT(result, Succeeded());
  EXPECT_EQ(result.document.body, "{}");
  EXPECT_EQ(result.document.fresh_for, absl::Minutes(5));
  EXPECT_EQ(result.document.evidence.http_etag(), "");
  EXPECT_EQ(result.document.evidence.content_type(), "application/json");
}

TEST(HttpsFetcherHostileTest, HeaderBytesAreBoundedInAll) {
  HttpsOrigin origin;
  const std::string kHint = "HTTP/1.1 103 Early Hints\r\nX-Hint: " + std::string(1000, 'x') + "\r\n\r\n";
  const std::string kField = "X-Field: " + std::string(1000, 'x') + "\r\n";
  const std::string kEnd = "Content-Length: 2\r\n\r\n{}";
  const std::string kChunked = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n";
  for (const int count : {10, 17}) {
    for (const std::string& raw : {Repeated(kHint, count) + JsonHead(kEnd), JsonHead(Repeated(kField, count) + kEnd),
                                   JsonHead(kChunked + Repeated(kField, count) + "\r\n")}) {
      origin.Serve("/c", {.raw = raw});
      const FetchResult result = FetchFrom(origin, "/c");
      if (count == 10) {
        EXPECT_THAT(result, Succeeded());
      } else {
        EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_PROTOCOL));
      }
    }
  }
}

TEST(HttpsFetcherHostileTest, KeepsOnlyEvidenceThatIsPlainText) {
  HttpsOrigin origin;
  for (const std::string& value : {std::string("\"\xff\xfe\""), std::string(300, 'e'), std::string("\"a\tb\"")}) {
    origin.Serve("/c", {.headers = {{"ETag", value}, {"Last-Modified", value}}});
    const FetchResult result = FetchFrom(origin, "/c");
    ASSERT_THAT(result, Succeeded());
    EXPECT_EQ(result.document.evidence.http_etag(), "");
    EXPECT_EQ(result.document.evidence.http_last_modified(), "");
  }
  origin.Serve("/c", {.headers = {{"ETag", "\"a\""}, {"ETag", "\"b\""}}});
  EXPECT_EQ(FetchFrom(origin, "/c").document.evidence.http_etag(), "");
}

TEST(HttpsFetcherHostileTest, TheDeadlineHoldsHoweverSteadilyBytesArrive) {
  HttpsOrigin origin;
  origin.Serve("/drip", {.body = std::string(5000, ' '), .drip = true});
  origin.Serve("/silent", {.hold = std::make_shared<absl::Notification>()});
  HttpsFetcherOptions options = OptionsFor(origin);
  options.total_timeout = absl::Milliseconds(500);
  const auto fetcher = MakeFetcher(options);
  for (const char* path : {"/drip", "/silent"}) {
    const absl::Time start = absl::Now();
    EXPECT_THAT(fetcher->Fetch({.url = origin.url(path)}), FailedWith(v1::FETCH_FAILURE_REASON_TIMEOUT)) << path;
    EXPECT_THAT(absl::Now() - start, AllOf(Ge(absl::Milliseconds(490)), Lt(absl::Seconds(5)))) << path;
    EXPECT_THAT(origin.requests(path), SizeIs(1));
  }
}

TEST(HttpsFetcherHostileTest, Certificates) {
  const struct {
    OriginCertificate certificate;
    v1::FetchFailureCause cause;
  } kCases[] = {
      {OriginCertificate::kOtherHost, v1::FETCH_FAILURE_CAUSE_CERTIFICATE_OTHER_HOST},
      {OriginCertificate::kExpired, v1::FETCH_FAILURE_CAUSE_CERTIFICATE_EXPIRED},
      {OriginCertificate::kNotYetValid, v1::FETCH_FAILURE_CAUSE_CERTIFICATE_NOT_YET_VALID},
      {OriginCertificate::kSelfSigned, v1::FETCH_FAILURE_CAUSE_CERTIFICATE_UNTRUSTED},
  };
  for (const auto& test : kCases) {
    HttpsOrigin origin({.certificate = test.certificate});
    origin.Serve("/c", {});
    const FetchResult result = FetchFrom(origin, "/c");
    EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_TLS));
    EXPECT_EQ(result.failure.cause(), test.cause) << result.failure.ShortDebugString();
    EXPECT_EQ(origin.connections(), 1);
    EXPECT_THAT(origin.requests(), IsEmpty());
  }
}

TEST(HttpsFetcherHostileTest, AnAuthorityThatNobodyNamedIsNotTrusted) {
  HttpsOrigin origin;
  HttpsOrigin stranger;
  origin.Serve("/c", {});
  HttpsFetcherOptions options = OptionsFor(origin);
  options.ca_file = stranger.ca_file();
  EXPECT_THAT(MakeFetcher(options)->Fetch({.url = origin.url("/c")}), FailedWith(v1::FETCH_FAILURE_REASON_TLS));
  options.ca_file.clear();
  EXPECT_THAT(MakeFetcher(options)->Fetch({.url = origin.url("/c")}), FailedWith(v1::FETCH_FAILURE_REASON_TLS));
  EXPECT_THAT(origin.requests(), IsEmpty());
}

TEST(HttpsFetcherHostileTest, AHostWithoutHttp11IsNamedAsSuch) {
  HttpsOrigin origin({.http2_only = true});
  origin.Serve("/c", {});
  const FetchResult result = FetchFrom(origin, "/c");
  EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_TLS));
  EXPECT_EQ(result.failure.cause(), v1::FETCH_FAILURE_CAUSE_HTTP_VERSION) << result.failure.ShortDebugString();
  EXPECT_THAT(origin.requests(), IsEmpty());
}

TEST(HttpsFetcherHostileTest, ARefusedContentTypeIsNamed) {
  HttpsOrigin origin;
  origin.Serve("/c", {.content_type = "Text/Plain; charset=utf-8"});
  EXPECT_EQ(FetchFrom(origin, "/c").failure.content_type(), "text/plain");
}

TEST(HttpsFetcherHostileTest, OldTlsIsRefused) {
  HttpsOrigin origin({.old_tls = true});
  origin.Serve("/c", {});
  EXPECT_THAT(FetchFrom(origin, "/c"), FailedWith(v1::FETCH_FAILURE_REASON_TLS));
  EXPECT_THAT(origin.requests(), IsEmpty());
}

}  // namespace
}  // namespace cimd::fetch
