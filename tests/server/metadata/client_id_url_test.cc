#include "server/metadata/client_id_url.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/metadata/findings_text.h"

namespace cimd::metadata {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

struct UrlRow {
  std::string url;
  std::vector<std::string> violations;         // STANDARD
  std::vector<std::string> warnings;           // STANDARD
  std::vector<std::string> strict_violations;  // STRICT
};

using std::string_view;
using std::string_literals::operator""s;
using List = std::vector<std::string>;

// A URL with the same findings in both profiles.
UrlRow Both(std::string url, List violations) { return {url, violations, {}, violations}; }
UrlRow Fine(std::string url) { return {url, {}, {}, {}}; }
// A URL that STANDARD accepts with a warning and STRICT refuses.
UrlRow Lenient(std::string url, std::string reason) { return {url, {}, {reason}, {reason}}; }

std::string UrlOfLength(size_t length) {
  std::string url = "https://a.com/";
  return url + std::string(length - url.size(), 'x');
}

const UrlRow kRows[] = {
    // URLs of real clients.
    Fine("https://vscode.dev/oauth/client-metadata.json"),
    Fine("https://claude.ai/oauth/claude-code-client-metadata"),
    Fine("https://www.mcpjam.com/.well-known/oauth/client-metadata.json"),
    Fine("https://nousresearch.github.io/hermes-agent/docs/oauth/client-metadata.json"),
    // URL-1, U1
    Both("http://a.com/x", {"URL_SCHEME_NOT_HTTPS"}),
    Both("ftp://a.com/x", {"URL_SCHEME_NOT_HTTPS"}),
    Both("https:/a.com/x", {"URL_HOST_MISSING"}),
    Both("https:a.com/x", {"URL_HOST_MISSING"}),
    Both("a.com/x", {"URL_SCHEME_NOT_HTTPS"}),
    Both("//a.com/x", {"URL_SCHEME_NOT_HTTPS"}),
    Both("javascript:alert(1)", {"URL_SCHEME_NOT_HTTPS", "URL_HOST_MISSING"}),
    Both("HTTPS://a.com/x", {"URL_SCHEME_NOT_HTTPS"}),
    Both("Https://a.com/x", {"URL_SCHEME_NOT_HTTPS"}),
    // URL-2, U9
    Both("https://user@a.com/x", {"URL_USERINFO"}),
    Both("https://user:pw@a.com/x", {"URL_USERINFO"}),
    Both("https://@a.com/x", {"URL_USERINFO"}),
    Both("https://:@a.com/x", {"URL_USERINFO"}),
    Both("https://a.com@b.com/x", {"URL_USERINFO"}),
    Fine("https://a.com/@x"),
    // URL-3, U12
    Fine("https://a.com:8443/x"),
    {"https://a.com:443/x", {}, {"URL_NOT_NORMAL"}, {}},
    Both("https://a.com:0/x", {"URL_PORT_INVALID"}),
    Both("https://a.com:65536/x", {"URL_PORT_INVALID"}),
    Both("https://a.com:/x", {"URL_PORT_INVALID"}),
    Both("https://a.com:08443/x", {"URL_PORT_INVALID"}),
    Both("https://a.com:80:90/x", {"URL_PORT_INVALID"}),
    {"https://a.com:x/", {"URL_PORT_INVALID"}, {"URL_PATH_ROOT"}, {"URL_PORT_INVALID", "URL_PATH_ROOT"}},
    // URL-4, URL-11, U4
    Both("https://a.com", {"URL_PATH_MISSING"}),
    {"https://a.com?x", {"URL_PATH_MISSING"}, {"URL_QUERY"}, {"URL_PATH_MISSING", "URL_QUERY"}},
    Lenient("https://a.com/", "URL_PATH_ROOT"),
    Fine("https://a.com//"),
    Fine("https://a.com/x/"),
    // URL-5, U5
    Both("https://a.com/./x", {"URL_DOT_SEGMENT"}),
    Both("https://a.com/x/..", {"URL_DOT_SEGMENT"}),
    Both("https://a.com/x/../y", {"URL_DOT_SEGMENT"}),
    {"https://a.com/x/%2e%2E/y", {"URL_DOT_SEGMENT"}, {"URL_NOT_NORMAL"}, {"URL_DOT_SEGMENT"}},
    {"https://a.com/x/.%2e", {"URL_DOT_SEGMENT"}, {"URL_NOT_NORMAL"}, {"URL_DOT_SEGMENT"}},
    {"https://a.com/%2E", {"URL_DOT_SEGMENT"}, {"URL_NOT_NORMAL"}, {"URL_DOT_SEGMENT"}},
    Fine("https://a.com/.well-known/x"),
    Fine("https://a.com/..."),
    Fine("https://a.com/x..y/..z"),
    {"https://a.com/x?a=/../b", {}, {"URL_QUERY"}, {"URL_QUERY"}},
    // URL-6, U11
    Lenient("https://a.com/x?y=1", "URL_QUERY"),
    Lenient("https://a.com/x?", "URL_QUERY"),
    // URL-7, U10
    Both("https://a.com/x#f", {"URL_FRAGMENT"}),
    Both("https://a.com/x#", {"URL_FRAGMENT"}),
    {"https://a.com/x?y#z", {"URL_FRAGMENT"}, {"URL_QUERY"}, {"URL_QUERY", "URL_FRAGMENT"}},
    // URL-10
    {"https://A.com/x", {}, {"URL_NOT_NORMAL"}, {}},
    {"https://a.com/%c3%a9", {}, {"URL_NOT_NORMAL"}, {}},
    {"https://a.com/%41", {}, {"URL_NOT_NORMAL"}, {}},
    {"https://a.com/%7E", {}, {"URL_NOT_NORMAL"}, {}},
    Fine("https://a.com/%C3%A9%2F"),
    Fine("https://a.com/X"),
    // URL-12, U6
    Fine(UrlOfLength(120)),
    {UrlOfLength(121), {}, {}, {"URL_TOO_LONG"}},
    {UrlOfLength(2048), {}, {}, {"URL_TOO_LONG"}},
    Both(UrlOfLength(2049), {"URL_TOO_LONG"}),
    Both(std::string(1 << 20, '%'), {"URL_TOO_LONG"}),
    // URL-14, U2, U3, U7, U8, U13
    Both("", {"URL_EMPTY"}),
    Both(" ", {"URL_WHITESPACE"}),
    Both(" https://a.com/x", {"URL_WHITESPACE"}),
    Both("https://a.com/x\n", {"URL_WHITESPACE"}),
    Both("\thttps://a.com/a b ", {"URL_WHITESPACE", "URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/a b", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/a\tb", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/a\r\nHost: b.com", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/x\x7f", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/x\0y"s, {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/\xc3\xa9", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/\xff", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/{x}", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com/[x]", {"URL_CHARACTER_FORBIDDEN"}),
    Both("https://a.com\\@b.com/x", {"URL_CHARACTER_FORBIDDEN", "URL_USERINFO"}),
    Both("https://a.com\\x", {"URL_CHARACTER_FORBIDDEN", "URL_HOST_MALFORMED", "URL_PATH_MISSING"}),
    Both("https://b\xc3\xbc"
         "cher.com/x",
         {"URL_CHARACTER_FORBIDDEN", "URL_HOST_MALFORMED"}),
    Fine("https://xn--bcher-kva.com/x"),
    Both("https://a.com/%", {"URL_PERCENT_ENCODING"}),
    Both("https://a.com/%2", {"URL_PERCENT_ENCODING"}),
    Both("https://a.com/%zz", {"URL_PERCENT_ENCODING"}),
    Both("https:///x", {"URL_HOST_MISSING"}),
    Both("https://:8443/x", {"URL_HOST_MISSING"}),
    Both("https://a_b.com/x", {"URL_HOST_MALFORMED"}),
    Both("https://a.com./x", {"URL_HOST_MALFORMED"}),
    Both("https://*.a.com/x", {"URL_HOST_MALFORMED"}),
    Both("https://localhost/x", {"URL_HOST_FORBIDDEN"}),
    {"https://LOCALHOST/x", {"URL_HOST_FORBIDDEN"}, {"URL_NOT_NORMAL"}, {"URL_HOST_FORBIDDEN"}},
    Both("https://a.localhost/x", {"URL_HOST_FORBIDDEN"}),
    Both("https://intranet/x", {"URL_HOST_FORBIDDEN"}),
    Both("https://a.internal/x", {"URL_HOST_FORBIDDEN"}),
    Both("https://a.test/x", {"URL_HOST_FORBIDDEN"}),
    Both("https://127.0.0.1/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://93.184.216.34/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://[::1]/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://[2606:4700::1111]:8443/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://2130706433/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://0x7f.1/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://0177.0.0.1/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://127.1/x", {"URL_HOST_IP_LITERAL"}),
    Both("https://127.0.0.1./x", {"URL_HOST_IP_LITERAL"}),
    Both("https://[fe80::1%25eth0]/x", {"URL_HOST_IP_LITERAL"}),
    // All findings are reported, not only the first.
    {"http://u@localhost:0/../%zz?q#f",
     {"URL_SCHEME_NOT_HTTPS", "URL_USERINFO", "URL_HOST_FORBIDDEN", "URL_PORT_INVALID", "URL_DOT_SEGMENT",
      "URL_FRAGMENT", "URL_PERCENT_ENCODING"},
     {"URL_QUERY"},
     {"URL_SCHEME_NOT_HTTPS", "URL_USERINFO", "URL_HOST_FORBIDDEN", "URL_PORT_INVALID", "URL_DOT_SEGMENT", "URL_QUERY",
      "URL_FRAGMENT", "URL_PERCENT_ENCODING"}},
};

TEST(ClientIdUrlTest, StandardProfile) {
  for (const UrlRow& row : kRows) {
    SCOPED_TRACE(row.url.substr(0, 100));
    const auto report = JudgeClientIdUrl(row.url, {.profile = v1::DOCUMENT_PROFILE_STANDARD});
    EXPECT_THAT(FindingsText(report.violations, false), ElementsAreArray(row.violations));
    EXPECT_THAT(FindingsText(report.warnings, false), ElementsAreArray(row.warnings));
    EXPECT_EQ(report.valid(), row.violations.empty());
    for (const auto& finding : report.violations) EXPECT_EQ(finding.path(), "external_client_id");
  }
}

TEST(ClientIdUrlTest, StrictProfile) {
  for (const UrlRow& row : kRows) {
    SCOPED_TRACE(row.url.substr(0, 100));
    const auto report = JudgeClientIdUrl(row.url, {.profile = v1::DOCUMENT_PROFILE_STRICT});
    EXPECT_THAT(FindingsText(report.violations, false), ElementsAreArray(row.strict_violations));
  }
}

TEST(ClientIdUrlTest, KeepsThePartsAsWritten) {
  const auto report = JudgeClientIdUrl("https://Example.com:8443/a%20b", {});
  EXPECT_EQ(report.host, "Example.com");
  EXPECT_EQ(report.path, "/a%20b");
  EXPECT_EQ(report.port, 8443);
  EXPECT_EQ(report.origin, "https://example.com:8443");
}

TEST(ClientIdUrlTest, UnspecifiedProfileIsStandard) {
  const auto report = JudgeClientIdUrl("https://a.com/x?y", {.profile = v1::DOCUMENT_PROFILE_UNSPECIFIED});
  EXPECT_THAT(report.violations, IsEmpty());
}

TEST(ClientIdUrlTest, SpecialHostsCanBeAllowed) {
  const DocumentRules rules{.allow_special_hosts = true};
  for (const char* url : {"https://localhost:8443/x", "https://client.test/x", "https://intranet/x",
                          "https://127.0.0.1:1/x", "https://[::1]:8443/x"}) {
    EXPECT_THAT(JudgeClientIdUrl(url, rules).violations, IsEmpty()) << url;
  }
  for (const char* url : {"https://0x7f.1/x", "https://2130706433/x", "https://[fe80::1%25eth0]/x"}) {
    EXPECT_THAT(FindingsText(JudgeClientIdUrl(url, rules).violations, false), ElementsAre("URL_HOST_IP_LITERAL"))
        << url;
  }
}

TEST(ClientIdUrlTest, TheTenantsIssuerAndWhatLiesBelowItAreNoClients) {
  struct Row {
    const char* issuer;
    const char* url;
    bool refused;
  };
  const Row kIssuerRows[] = {
      {"https://as.acme.com", "https://as.acme.com/", true},
      {"https://as.acme.com", "https://as.acme.com/client.json", true},
      {"https://as.acme.com/", "https://as.acme.com/client.json", true},
      {"https://as.acme.com", "https://AS.acme.com:443/client.json", true},
      {"https://as.acme.com:8443", "https://as.acme.com/client.json", false},
      {"https://as.acme.com", "https://as.acme.com.evil.org/client.json", false},
      {"https://as.acme.com", "https://acme.com/client.json", false},
      {"https://as.acme.com/t1", "https://as.acme.com/t1", true},
      {"https://as.acme.com/t1", "https://as.acme.com/t1/", true},
      {"https://as.acme.com/t1/", "https://as.acme.com/t1", true},
      {"https://as.acme.com/t1", "https://as.acme.com/t1/client.json", true},
      {"https://as.acme.com/t1", "https://as.acme.com/t12", false},
      {"https://as.acme.com/t1", "https://as.acme.com/clients/t1", false},
      {"", "https://as.acme.com/t1", false},
      {"not a url", "https://as.acme.com/t1", false},
  };
  for (const Row& row : kIssuerRows) {
    const auto reasons = FindingsText(JudgeClientIdUrl(row.url, {.tenant_issuer = row.issuer}).violations, false);
    const List expected = row.refused ? List{"URL_IS_ISSUER"} : List{};
    EXPECT_EQ(reasons, expected) << row.issuer << " " << row.url;
  }
}

}  // namespace
}  // namespace cimd::metadata
