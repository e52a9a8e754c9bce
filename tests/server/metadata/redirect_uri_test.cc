#include "server/metadata/redirect_uri.h"

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/metadata/findings_text.h"

namespace cimd::metadata {

using ::testing::ElementsAreArray;

void PrintTo(RedirectUriKind kind, std::ostream* out) { *out << "RedirectUriKind " << static_cast<int>(kind); }

// Violations start with "V:", warnings with "W:".
struct RedirectRow {
  std::string uri;
  RedirectUriKind kind;
  std::vector<std::string> standard;
  std::vector<std::string> strict;
};

namespace {

using std::string_view;
using std::string_literals::operator""s;
using Kind = RedirectUriKind;

RedirectRow Fine(std::string uri, Kind kind) { return {uri, kind, {}, {}}; }
RedirectRow Hostile(std::string uri) {
  return {uri, Kind::kHostile, {"V:REDIRECT_URI_SCHEME_FORBIDDEN"}, {"V:REDIRECT_URI_SCHEME_FORBIDDEN"}};
}
// A URI that STANDARD ignores and STRICT refuses.
RedirectRow LeftOut(std::string uri, Kind kind, std::vector<std::string> reasons) {
  RedirectRow row{uri, kind, {}, {}};
  for (const std::string& reason : reasons) {
    row.standard.push_back("W:" + reason);
    row.strict.push_back("V:" + reason);
  }
  return row;
}
RedirectRow PlainHttp(std::string uri) { return LeftOut(uri, Kind::kPlainHttp, {"REDIRECT_URI_SCHEME_FORBIDDEN"}); }
RedirectRow Malformed(std::string uri) { return LeftOut(uri, Kind::kMalformed, {"REDIRECT_URI_MALFORMED"}); }
RedirectRow Wildcard(std::string uri, Kind kind) { return LeftOut(uri, kind, {"REDIRECT_URI_WILDCARD"}); }

const RedirectRow kRows[] = {
    Fine("https://claude.ai/api/mcp/auth_callback", Kind::kHttps),
    Fine("https://pdsls.dev/", Kind::kHttps),
    Fine("https://a.com", Kind::kHttps),
    Fine("https://a.com:8443/cb?x=1&y=%20", Kind::kHttps),
    Fine("https://localhost:8443/cb", Kind::kHttps),
    Fine("HTTPS://A.com/cb", Kind::kHttps),
    Fine("http://localhost/callback", Kind::kLoopback),
    Fine("http://LocalHost/callback", Kind::kLoopback),
    Fine("http://127.0.0.1:33418/", Kind::kLoopback),
    Fine("http://127.0.0.1", Kind::kLoopback),
    Fine("http://[::1]:3000/cb?x", Kind::kLoopback),
    // LOOP-6 and RED-6: plain http to any other host.
    PlainHttp("http://a.com/cb"),
    PlainHttp("http://127.0.0.2/cb"),
    PlainHttp("http://localhost.evil.com/cb"),
    PlainHttp("http://[::ffff:127.0.0.1]/cb"),
    PlainHttp("http://[0:0:0:0:0:0:0:1]/cb"),
    PlainHttp("http://a.localhost/cb"),
    LeftOut("http://127.0.0.1@evil.com/cb", Kind::kPlainHttp,
            {"REDIRECT_URI_SCHEME_FORBIDDEN", "REDIRECT_URI_USERINFO"}),
    Malformed("http://2130706433/cb"),
    Malformed("http://0x7f.1/cb"),
    Malformed("http://127.1/cb"),
    Malformed("http://localhost./cb"),
    Malformed("http://127.0.0.1:0/cb"),
    Malformed("http://127.0.0.1:65536/cb"),
    Malformed("http://127.0.0.1:/cb"),
    // Hostile schemes.
    Hostile("javascript:alert(1)"),
    Hostile("JavaScript:alert(1)"),
    Hostile("javascript://%0aalert(1)"),
    Hostile("javascript:alert('x')//\xe2\x80\xa8"),
    Hostile("data:text/html,x"),
    Hostile("vbscript:x"),
    Hostile("file:///etc/passwd"),
    Hostile("blob:https://a.com/x"),
    Hostile("about:blank"),
    Hostile("ws://a.com/"),
    Hostile("wss://a.com/"),
    Hostile("ftp://a.com/"),
    Hostile("intent://scan/"),
    Hostile("view-source:https://a.com/"),
    Hostile("chrome-extension://abc/x"),
    Hostile("ms-msdt:/id"),
    Hostile("mailto:a@b.com"),
    Hostile("vnc://a.com"),
    Hostile("rdp://full%20address=s:a.com"),
    Hostile("dict://a.com/d:x"),
    Hostile("tftp://a.com/x"),
    Hostile("nfs://a.com/x"),
    Hostile("CallTo:+123"),
    Hostile("imap://a.com/"),
    Hostile("xmpp:a@b.com"),
    Hostile("rtsp://a.com/x"),
    Hostile("git+ssh://a.com/x"),
    Hostile("geo:1,2"),
    Hostile("search-ms:query=x"),
    // Private-use schemes.
    {"com.example.app:/oauth", Kind::kPrivateUse, {}, {"V:REDIRECT_URI_SCHEME_FORBIDDEN"}},
    {"com.example.app://cb", Kind::kPrivateUse, {}, {"V:REDIRECT_URI_SCHEME_FORBIDDEN"}},
    {"cursor://anysphere.cursor-mcp/oauth/callback",
     Kind::kPrivateUse,
     {"W:REDIRECT_URI_SCHEME_NOT_REVERSE_DOMAIN"},
     {"V:REDIRECT_URI_SCHEME_FORBIDDEN"}},
    Malformed("com.example.app:"),
    // RFC 6749 section 3.1.2, RFC 3986.
    LeftOut("https://a.com/cb#f", Kind::kHttps, {"REDIRECT_URI_FRAGMENT"}),
    LeftOut("https://a.com/cb#", Kind::kHttps, {"REDIRECT_URI_FRAGMENT"}),
    LeftOut("http://localhost/cb#x", Kind::kLoopback, {"REDIRECT_URI_FRAGMENT"}),
    LeftOut("https://u:p@a.com/cb", Kind::kHttps, {"REDIRECT_URI_USERINFO"}),
    LeftOut("https://@a.com/cb", Kind::kHttps, {"REDIRECT_URI_USERINFO"}),
    LeftOut("", Kind::kMalformed, {"MEMBER_EMPTY"}),
    LeftOut("https://a.com/" + std::string(2048, 'x'), Kind::kMalformed, {"MEMBER_TOO_LONG"}),
    Malformed("/callback"),
    Malformed("//a.com/cb"),
    Malformed("a.com/cb"),
    Malformed("https:/a.com/cb"),
    Malformed("https:///cb"),
    Malformed("http:localhost/cb"),
    Malformed(" https://a.com/cb"),
    Malformed("https://a.com/c b"),
    Malformed("https://a.com/cb\n"),
    LeftOut("https://a.com\\@b.com/cb", Kind::kMalformed, {"REDIRECT_URI_MALFORMED", "REDIRECT_URI_USERINFO"}),
    Malformed("https://a.com/\xd0\xb0"),
    Malformed("https://\xd0\xb0.com/cb"),
    Malformed("https://a.com/\0"s),
    Malformed("https://a.com/%g0"),
    Malformed("https://a_b.com/cb"),
    Malformed("java\nscript:alert(1)"),
    // RED-7.
    Wildcard("https://a.com/*", Kind::kHttps),
    Wildcard("https://a.com/cb?x=*", Kind::kHttps),
    Wildcard("https://*.a.com/cb", Kind::kMalformed),
    Wildcard("http://localhost:*/cb", Kind::kMalformed),
    Wildcard("*", Kind::kMalformed),
    Wildcard("com.example.app:/*", Kind::kPrivateUse),
    PlainHttp("http://a.com/*x"),
};

std::vector<std::string> RemarksText(const RedirectUriReport& report) {
  std::vector<std::string> text;
  for (const Remark& remark : report.remarks.all()) {
    text.push_back((remark.severity == Severity::kViolation ? "V:" : "W:") + ReasonText(remark.reason));
  }
  return text;
}

TEST(RedirectUriTest, EachRowIsJudgedInBothProfiles) {
  for (const RedirectRow& row : kRows) {
    SCOPED_TRACE(row.uri.substr(0, 100));
    const auto standard = JudgeRedirectUri(row.uri, {.profile = v1::DOCUMENT_PROFILE_STANDARD});
    const auto strict = JudgeRedirectUri(row.uri, {.profile = v1::DOCUMENT_PROFILE_STRICT});
    EXPECT_THAT(RemarksText(standard), ElementsAreArray(row.standard));
    EXPECT_THAT(RemarksText(strict), ElementsAreArray(row.strict));
    EXPECT_EQ(standard.kind, row.kind);
    EXPECT_EQ(strict.kind, row.kind);
    const bool left_out = row.standard.size() != 0 && row.standard[0] != "W:REDIRECT_URI_SCHEME_NOT_REVERSE_DOMAIN";
    EXPECT_EQ(standard.usable, !left_out);
    EXPECT_EQ(strict.usable, row.strict.empty());
  }
}

struct MatchRow {
  string_view registered;
  string_view requested;
  bool matches;
};

TEST(RedirectUriMatchesTest, ExactButForLoopbackPorts) {
  const MatchRow kMatches[] = {
      // RED-2: the bytes must be identical.
      {"https://a.com/cb", "https://a.com/cb", true},
      {"https://a.com/cb", "https://a.com/cb/", false},
      {"https://a.com/cb", "https://a.com/cb?x", false},
      {"https://a.com/cb", "https://a.com/CB", false},
      {"https://a.com/cb", "HTTPS://a.com/cb", false},
      {"https://a.com/cb", "https://A.com/cb", false},
      {"https://a.com/cb", "https://a.com/c%62", false},
      {"https://a.com/cb", "https://a.com/x/../cb", false},
      {"https://a.com/cb", "http://a.com/cb", false},
      {"https://a.com/cb", "https://a.com/cb#", false},
      {"https://a.com/cb", "", false},
      {"com.example.app:/cb", "com.example.app:/cb", true},
      {"com.example.app:/cb", "com.example.app:/cb2", false},
      // LOOP-1, LOOP-2, LOOP-4: any port matches, whether one is registered or not.
      {"http://localhost/callback", "http://localhost:51234/callback", true},
      {"http://127.0.0.1/callback", "http://127.0.0.1:1/callback", true},
      {"http://[::1]/callback", "http://[::1]:65535/callback", true},
      {"http://127.0.0.1:33418/", "http://127.0.0.1:33419/", true},
      {"http://127.0.0.1:33418/", "http://127.0.0.1/", true},
      {"http://127.0.0.1:3000/cb?a=b", "http://127.0.0.1:4000/cb?a=b", true},
      {"http://127.0.0.1", "http://127.0.0.1:8080", true},
      {"http://127.0.0.1?x", "http://127.0.0.1:8080?x", true},
      // The port must be valid.
      {"http://localhost/cb", "http://localhost:0/cb", false},
      {"http://localhost/cb", "http://localhost:65536/cb", false},
      {"http://localhost/cb", "http://localhost:/cb", false},
      {"http://localhost/cb", "http://localhost:080/cb", false},
      {"http://localhost/cb", "http://localhost:80x/cb", false},
      {"http://localhost/cb", "http://localhost:80:90/cb", false},
      {"http://localhost/cb", "http://localhost:80@evil.com/cb", false},
      {"http://localhost/cb", "http://localhost:80@localhost/cb", false},
      // LOOP-3: the three hosts are not interchangeable.
      {"http://localhost/cb", "http://127.0.0.1/cb", false},
      {"http://127.0.0.1/cb", "http://localhost:1/cb", false},
      {"http://127.0.0.1/cb", "http://[::1]:1/cb", false},
      {"http://localhost/cb", "http://LOCALHOST:1/cb", false},
      // LOOP-5: everything except the port must match exactly.
      {"http://localhost/callback", "http://localhost:1/callback/", false},
      {"http://127.0.0.1", "http://127.0.0.1:1/", false},
      {"http://127.0.0.1/", "http://127.0.0.1:1", false},
      {"http://localhost/cb?a", "http://localhost:1/cb", false},
      {"http://localhost/cb", "http://localhost:1/cb?a", false},
      {"http://localhost/cb", "http://localhost:1/cb#", false},
      {"http://localhost/cb", "HTTP://localhost:1/cb", false},
      {"http://localhost/cb", "https://localhost:1/cb", false},
      // LOOP-6: the rule applies only to http on loopback hosts.
      {"https://localhost/cb", "https://localhost:8443/cb", false},
      {"https://a.com/cb", "https://a.com:443/cb", false},
      {"https://a.com:8443/cb", "https://a.com/cb", false},
      {"http://127.0.0.1/cb", "http://127.0.0.2:1/cb", false},
      {"http://localhost/cb", "http://localhost.evil.com:1/cb", false},
      {"http://127.0.0.1/cb", "http://127.0.0.1@evil.com/cb", false},
      {"http://127.0.0.1/cb", "http://127.0.0.1:1@evil.com/cb", false},
      {"http://127.0.0.1/cb", "http://x@127.0.0.1:1/cb", false},
      {"http://127.0.0.1/cb", "http://2130706433:1/cb", false},
      {"http://[::1]/cb", "http://[::ffff:127.0.0.1]:1/cb", false},
      {"http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]:1/cb", false},
      {"cursor://localhost/cb", "cursor://localhost:1/cb", false},
      // RED-7: "*" matches only itself.
      {"https://a.com/*", "https://a.com/x", false},
  };
  for (const MatchRow& row : kMatches) {
    EXPECT_EQ(RedirectUriMatches(row.registered, row.requested), row.matches) << row.registered << " " << row.requested;
  }
}

TEST(HostForConsentTest, ShowsWhereTheUserIsSent) {
  EXPECT_EQ(HostForConsent("https://Example.com:8443/cb"), "example.com");
  EXPECT_EQ(HostForConsent("https://xn--80ak6aa92e.com/"), "xn--80ak6aa92e.com");
  EXPECT_EQ(HostForConsent("https://good.com@evil.com/cb"), "evil.com");
  EXPECT_EQ(HostForConsent("http://localhost:1234/"), "localhost");
  EXPECT_EQ(HostForConsent("http://[::1]:1/"), "[::1]");
  EXPECT_EQ(HostForConsent("com.example.App:/cb"), "com.example.app:");
  EXPECT_EQ(HostForConsent("javascript:alert(1)"), "");
  EXPECT_EQ(HostForConsent("nonsense"), "");
}

}  // namespace
}  // namespace cimd::metadata
