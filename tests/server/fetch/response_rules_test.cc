#include "server/fetch/response_rules.h"

#include <set>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "server/fetch/url_host.h"

namespace cimd::fetch {
namespace {

constexpr auto kUsable = v1::FETCH_FAILURE_REASON_UNSPECIFIED;

v1::FetchFailureReason Judge(const ResponseHead& head, bool conditional = false, int64_t max_bytes = 5120) {
  return JudgeResponseHead(head, conditional, max_bytes).value_or(kUsable);
}

TEST(ResponseRulesTest, ExactlyTwoHundredIsSuccess) {
  for (int status = 200; status <= 599; ++status) {
    v1::FetchFailureReason expected = v1::FETCH_FAILURE_REASON_STATUS;
    if (status == 200) expected = kUsable;
    if (status / 100 == 3 && status != 304) expected = v1::FETCH_FAILURE_REASON_REDIRECT;
    if (status == 401 || status == 403) expected = v1::FETCH_FAILURE_REASON_REFUSED;
    if (status == 404 || status == 410) expected = v1::FETCH_FAILURE_REASON_GONE;
    if (status == 408 || status == 425 || status == 429 || status >= 500) {
      expected = v1::FETCH_FAILURE_REASON_SERVER_ERROR;
    }
    EXPECT_EQ(Judge({.status = status, .content_type = {"application/json"}}), expected) << status;
  }
}

TEST(ResponseRulesTest, NotModifiedOnlyAnswersACondition) {
  EXPECT_EQ(Judge({.status = 304}, true), kUsable);
  EXPECT_EQ(Judge({.status = 304}, false), v1::FETCH_FAILURE_REASON_STATUS);
}

TEST(ResponseRulesTest, ContentTypes) {
  const struct {
    std::vector<std::string> values;
    v1::FetchFailureReason reason;
  } kCases[] = {
      {{"application/json"}, kUsable},
      {{"APPLICATION/JSON ; charset=\"utf-8\""}, kUsable},
      {{"application/cimd+json"}, kUsable},
      {{"application/vnd.example.client+json;v=1"}, kUsable},
      {{"text/html"}, v1::FETCH_FAILURE_REASON_HTML},
      {{"Text/HTML; charset=utf-8"}, v1::FETCH_FAILURE_REASON_HTML},
      {{"application/xhtml+xml"}, v1::FETCH_FAILURE_REASON_HTML},
      {{}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{""}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"text/plain"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"text/json"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/+json"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"image/svg+json"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/json5"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/jsonp"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/a/b+json"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/a b+json"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/json, text/html"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/json", "text/html"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
      {{"application/\xff+json"}, v1::FETCH_FAILURE_REASON_CONTENT_TYPE},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Judge({.status = 200, .content_type = test.values}), test.reason)
        << (test.values.empty() ? "(none)" : test.values.front());
  }
  EXPECT_EQ(MediaType({"Application/JSON; charset=utf-8"}), "application/json");
}

TEST(ResponseRulesTest, Encodings) {
  const std::vector<std::string> kJson = {"application/json"};
  for (const char* coding : {"identity", "Identity", "", "identity, identity"}) {
    EXPECT_EQ(Judge({.status = 200, .content_type = kJson, .content_encoding = {coding}}), kUsable) << coding;
  }
  for (const char* coding : {"gzip", "br", "deflate", "x-new", "identity, gzip"}) {
    EXPECT_EQ(Judge({.status = 200, .content_type = kJson, .content_encoding = {coding}}),
              v1::FETCH_FAILURE_REASON_ENCODED)
        << coding;
  }
  EXPECT_EQ(Judge({.status = 200, .content_type = kJson, .transfer_encoding = {"chunked"}}), kUsable);
  EXPECT_EQ(Judge({.status = 200, .content_type = kJson, .transfer_encoding = {"gzip, chunked"}}),
            v1::FETCH_FAILURE_REASON_ENCODED);
  EXPECT_EQ(Judge({.status = 200, .content_type = kJson, .content_encoding = {"identity", "gzip"}}),
            v1::FETCH_FAILURE_REASON_ENCODED);
}

TEST(ResponseRulesTest, AnnouncedLength) {
  const std::vector<std::string> kJson = {"application/json"};
  EXPECT_EQ(Judge({.status = 200, .content_type = kJson, .content_length = {"5120"}}), kUsable);
  for (const char* length : {"5121", "99999999999999999999"}) {
    EXPECT_EQ(Judge({.status = 200, .content_type = kJson, .content_length = {length}}),
              v1::FETCH_FAILURE_REASON_TOO_LARGE)
        << length;
  }
  // The reason is the content type, which explains more than the size.
  EXPECT_EQ(Judge({.status = 200, .content_type = {"text/html"}, .content_length = {"99999"}}),
            v1::FETCH_FAILURE_REASON_HTML);
}

// RFC 9112 section 6.3: a body with an ambiguous length is not used.
TEST(ResponseRulesTest, Framing) {
  const struct {
    std::vector<std::string> lengths;
    std::vector<std::string> codings;
    v1::FetchFailureReason reason;
  } kCases[] = {
      {{"2"}, {}, kUsable},
      {{"2", "2"}, {}, kUsable},
      {{"2, 2"}, {}, kUsable},
      {{}, {"Chunked"}, kUsable},
      {{}, {", chunked"}, kUsable},
      {{"2", "3"}, {}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{"2, 3"}, {}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{"2", "02"}, {}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{"0x10"}, {}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{"-1"}, {}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{"+2"}, {}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{}, {"chunked, chunked"}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{}, {"chunked", "chunked"}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{"2"}, {"chunked"}, v1::FETCH_FAILURE_REASON_PROTOCOL},
      {{}, {"chunked, gzip"}, v1::FETCH_FAILURE_REASON_ENCODED},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Judge({.status = 200,
                     .content_type = {"application/json"},
                     .transfer_encoding = test.codings,
                     .content_length = test.lengths}),
              test.reason)
        << absl::StrJoin(test.lengths, "|") << " / " << absl::StrJoin(test.codings, "|");
  }
}

TEST(ResponseRulesTest, ACauseHasATextOfItsOwn) {
  std::set<std::string> messages;
  const auto* const causes = v1::FetchFailureCause_descriptor();
  for (int i = 0; i < causes->value_count(); ++i) {
    v1::FetchFailure failure = MakeFetchFailure(v1::FETCH_FAILURE_REASON_TLS, 0, absl::UnixEpoch());
    AddCause(static_cast<v1::FetchFailureCause>(causes->value(i)->number()), failure);
    EXPECT_EQ(failure.cause(), causes->value(i)->number());
    EXPECT_TRUE(messages.insert(failure.message()).second) << failure.message();
  }
}

TEST(ResponseRulesTest, TheRefusedContentTypeIsNamed) {
  v1::FetchFailure failure = MakeFetchFailure(v1::FETCH_FAILURE_REASON_CONTENT_TYPE, 200, absl::UnixEpoch());
  AddContentType("", failure);
  EXPECT_EQ(failure.content_type(), "");
  AddContentType("text/plain", failure);
  EXPECT_EQ(failure.content_type(), "text/plain");
  EXPECT_NE(failure.message().find("'text/plain'"), std::string::npos) << failure.message();
  AddContentType(std::string(1000, 'a'), failure);
  EXPECT_EQ(failure.content_type().size(), 100u);
}

TEST(ResponseRulesTest, EveryReasonHasAKindAndATextOfItsOwn) {
  std::set<std::string> messages;
  const auto* const reasons = v1::FetchFailureReason_descriptor();
  for (int i = 1; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<v1::FetchFailureReason>(reasons->value(i)->number());
    const v1::FetchFailure failure = MakeFetchFailure(reason, 418, absl::FromUnixMillis(1500));
    EXPECT_NE(failure.kind(), v1::FETCH_FAILURE_KIND_UNSPECIFIED) << reasons->value(i)->name();
    EXPECT_EQ(failure.reason(), reason);
    EXPECT_TRUE(messages.insert(failure.message()).second) << failure.message();
    EXPECT_EQ(failure.http_status(), 418);
    EXPECT_EQ(failure.fail_time().seconds(), 1);
    EXPECT_EQ(failure.fail_time().nanos(), 500000000);
  }
}

TEST(UrlHostTest, OneTextPerServer) {
  for (const char* url : {"https://example.com", "https://example.com/x", "https://EXAMPLE.com:443?x",
                          "https://example.com.:0443#x", "https://example.com:/", "https://a:b@example.com/"}) {
    EXPECT_EQ(UrlHost(url), "example.com:443") << url;
  }
  EXPECT_EQ(UrlHost("HTTPS://example.com/"), "example.com:443");
  EXPECT_EQ(UrlHost("https://example.com:8443/a:b"), "example.com:8443");
  EXPECT_EQ(UrlHost("https://[2001:DB8::1]/"), "[2001:db8::1]:443");
  EXPECT_EQ(UrlHost("https://[2001:db8::1]:8443/"), "[2001:db8::1]:8443");
  EXPECT_EQ(UrlHost("http://example.com/"), "");
  EXPECT_EQ(UrlHost(""), "");
}

}  // namespace
}  // namespace cimd::fetch
