// A URL that one parser validates and another one fetches or displays is safe only if both find the same host in it.
// Every accepted URL is therefore parsed again by libcurl, which fetches it. If CIMD_ACCEPTED_URLS names a file, the
// URLs are also written to it for a WHATWG parser, as in browsers (tests/corpora).
#include <arpa/inet.h>
#include <curl/curl.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/metadata/client_id_url.h"
#include "server/metadata/redirect_uri.h"
#include "server/metadata/uri.h"

namespace cimd::metadata {
namespace {

using std::string_literals::operator""s;

// URLs that the URL standard (https://url.spec.whatwg.org/) repairs and that older parsers read in different ways.
const std::string kSpellings[] = {
    // Slashes and characters that replace them.
    "https:a.com/x",
    "https:/a.com/x",
    "https:///a.com/x",
    "https:////a.com/x",
    "https:\\\\a.com\\x",
    "https:/\\a.com/x",
    "https:\\/a.com/x",
    "https://a.com\\b.com/x",
    "https://a.com\\@b.com/x",
    "https://a.com/\\b.com",
    "\\\\a.com/x",
    "//a.com/x",
    "https:?a.com",
    "https:#a.com",
    "https://",
    "https:///",
    "https://?",
    "https://#",
    "https://?a.com/x",
    // Characters that some parsers strip or skip.
    " https://a.com/x",
    "https://a.com/x ",
    "\x01https://a.com/x",
    "ht\ntps://a.com/x",
    "https:\t//a.com/x",
    "https://a.c\nom/x",
    "https://a.com\t.b.com/x",
    "https://a\r.com/x",
    "https://a.com/\nx",
    "\xef\xbb\xbfhttps://a.com/x",
    "https://a.com\0.b.com/x"s,
    "https://a.com/x\0y"s,
    // The boundary between user and host.
    "https://a.com@b.com/x",
    "https://a.com:443@b.com/x",
    "https://a@b@c.com/x",
    "https://a.com#@b.com/x",
    "https://a.com?@b.com/x",
    "https://a.com/@b.com/x",
    "https://a.com:@b.com/x",
    "https://:@a.com/x",
    "https://@/x",
    "https://a.com;@b.com/x",
    "https://a.com%40b.com/x",
    "https://a%2fb.com/x",
    "https://a.com%2f@b.com/x",
    "https://a.com%23@b.com/x",
    "https://a.com%5c@b.com/x",
    "https://[a.com]@b.com/x",
    "https://a.com&@b.com#@c.com/x",
    // Ports.
    "https://a.com:/x",
    "https://a.com:0/x",
    "https://a.com:00443/x",
    "https://a.com:65536/x",
    "https://a.com:+443/x",
    "https://a.com:443a/x",
    "https://a.com:4 43/x",
    "https://a.com:443:8443/x",
    "https://a.com::443/x",
    "https://a.com:%34%34%33/x",
    "https://a.com:\xef\xbc\x94\xef\xbc\x94/x",
    "https://a.com:99999999999999999999/x",
    // Host names.
    "https://%61.com/x",
    "https://a%2ecom/x",
    "https://a%E3%80%82com/x",
    "https://a\xe3\x80\x82"
    "com/x",
    "https://a\xef\xbc\x8e"
    "com/x",
    "https://\xef\xbd\x81.com/x",
    "https://a\xc2\xad.com/x",
    "https://a\xe2\x80\x8b.com/x",
    "https://b\xc3\xbc"
    "cher.com/x",
    "https://xn--bcher-kva.com/x",
    "https://xn--/x",
    "https://xn--a/x",
    "https://XN--BCHER-KVA.com/x",
    "https://a..com/x",
    "https://.a.com/x",
    "https://a.com./x",
    "https://a.com../x",
    "https://-a.com/x",
    "https://a-.com/x",
    "https://a_b.com/x",
    "https://a*b.com/x",
    "https://a,b.com/x",
    "https://a b.com/x",
    "https://a<b.com/x",
    "https://a^b.com/x",
    "https://a|b.com/x",
    "https://a{b}.com/x",
    "https://a\"b.com/x",
    "https://a'b.com/x",
    "https://a`b.com/x",
    "https://a~b.com/x",
    "https://a!b.com/x",
    "https://a$b.com/x",
    "https://a(b).com/x",
    "https://a=b.com/x",
    "https://a+b.com/x",
    "https://a%.com/x",
    "https://a%zz.com/x",
    "https://a%00.com/x",
    "https://\xff.com/x",
    "https://\xe2\x84\xaa.com/x",
    "https://\xe2\x91\xa0\xe2\x91\xa1.com/x",
    "https://evil.com\xef\xbc\x8f.good.com/x",
    "https://evil.c\xe2\x84\x80.good.com/x",
    // Numbers that some parsers read as addresses.
    "https://127.1/x",
    "https://127.0.1/x",
    "https://127.0.0.1./x",
    "https://127.0.0.1../x",
    "https://0177.0.0.1/x",
    "https://0x7f.0.0.1/x",
    "https://0X7F.1/x",
    "https://0x7f000001/x",
    "https://2130706433/x",
    "https://017700000001/x",
    "https://0x/x",
    "https://0x./x",
    "https://1e3/x",
    "https://256.0.0.1/x",
    "https://1.2.3.4.5/x",
    "https://1.2.3.08/x",
    "https://a.0x7f/x",
    "https://a.1/x",
    "https://a.01/x",
    "https://a.0xg/x",
    "https://a.1a/x",
    "https://4294967296/x",
    "https://0/x",
    "https://00/x",
    "https://127%2e0.0.1/x",
    "https://%30x7f.1/x",
    "https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1/x",
    "https://[::1]/x",
    "https://[::1/x",
    "https://::1]/x",
    "https://[::1]x/x",
    "https://x[::1]/x",
    "https://[::1]:/x",
    "https://[::1]:8443/x",
    "https://[::1]8443/x",
    "https://[0:0:0:0:0:0:0:1]/x",
    "https://[::127.0.0.1]/x",
    "https://[::ffff:7f00:1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[::ffff:127.1]/x",
    "https://[::1%25lo]/x",
    "https://[fe80::1%lo]/x",
    "https://[::1%]/x",
    "https://[:]/x",
    "https://[]/x",
    "https://[::g]/x",
    "https://[1::2::3]/x",
    "https://[v1.a]/x",
    "https://[::00001]/x",
    "https://[[::1]]/x",
    "https://[::1].com/x",
    // Paths.
    "https://a.com",
    "https://a.com?x",
    "https://a.com#x",
    "https://a.com/..",
    "https://a.com/../x",
    "https://a.com/./x",
    "https://a.com/%2e%2e/x",
    "https://a.com/.%2E/x",
    "https://a.com/..%2fx",
    "https://a.com/..\\x",
    "https://a.com//x",
    "https://a.com/;x",
    "https://a.com/x;..",
    "https://a.com/%",
    "https://a.com/%zz",
    "https://a.com/%u0041",
    "https://a.com/\xc3\xa9",
    "https://a.com/\xff",
    "https://a.com/a b",
    "https://a.com/[x]",
    "https://a.com/x#y#z",
    "https://a.com/x?y?z",
    "https://a.com/x?#",
    "https://a.com/x?y\\z",
    "https://a.com/x?y z",
    "https://a.com/|",
    // Schemes.
    "HTTPS://a.com/x",
    "hTTpS://a.com/x",
    "http://a.com/x",
    "https+x://a.com/x",
    "httpss://a.com/x",
    "https ://a.com/x",
    "https%3a//a.com/x",
    "view-source:https://a.com/x",
    "javascript:https://a.com/x",
    "blob:https://a.com/x",
    "http://localhost/x",
    "http://LOCALHOST:1/x",
    "http://localhost./x",
    "http://127.0.0.1:8080/x",
    "http://127.1/x",
    "http://[::1]/x",
    "http://[::1]:1/x",
    "http://localhost@a.com/x",
    "http://localhost:1@a.com/x",
    "http://localhost\\.a.com/x",
    "http://localhost%00.a.com/x",
    "http://127.0.0.1.a.com/x",
    "http://localhost#.a.com/x",
};

// Accepted URLs that the tests change.
const std::string kBases[] = {"https://client.example.org:8443/a/b?c=d", "https://a.com/x", "http://127.0.0.1:8080/cb",
                              "http://[::1]:8080/cb", "http://localhost/cb"};

// Calls `check` for every base URL with each byte, and some longer strings, inserted at or replacing each position.
template <typename Check>
void ForEachSpelling(const Check& check) {
  for (const std::string& spelling : kSpellings) check(spelling);
  std::vector<std::string> pieces = {
      "//",  "\\\\", "@a.com", "#@",           "?@",           ":1",       ":@",     "[",    "]",    "%2e",
      "%2f", "%00",  "..",     "\xe3\x80\x82", "\xef\xbc\x8f", "\xc2\xad", "0x7f.1", "xn--", "\r\n", "%25"};
  for (int byte = 0; byte < 256; ++byte) pieces.push_back(std::string(1, static_cast<char>(byte)));
  for (const std::string& base : kBases) {
    for (size_t at = 0; at <= base.size(); ++at) {
      for (const std::string& piece : pieces) {
        check(base.substr(0, at) + piece + base.substr(at));
        if (at < base.size()) check(base.substr(0, at) + piece + base.substr(at + 1));
      }
    }
  }
}

// The parts that a parser finds in a URL. The host is in lower case.
struct Reading {
  std::string host;
  int port = 0;
  std::string path;
  bool operator==(const Reading&) const = default;
};

// Returns one spelling for all equivalent spellings of an IPv6 address.
std::string CanonicalHost(const std::string& host) {
  in6_addr address;
  char text[INET6_ADDRSTRLEN] = "";
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (!bracketed || inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) != 1) {
    return absl::AsciiStrToLower(host);
  }
  return "[" + std::string(inet_ntop(AF_INET6, &address, text, sizeof(text))) + "]";
}

void PrintTo(const Reading& reading, std::ostream* out) {
  *out << reading.host << " " << reading.port << " " << reading.path;
}

// Parses the URL like the fetcher. Returns nullopt if libcurl would not fetch it or would send credentials.
std::optional<Reading> ReadByLibcurl(const std::string& text) {
  if (text.find('\0') != std::string::npos) return std::nullopt;
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK) return std::nullopt;
  const auto part = [&](CURLUPart what, unsigned flags = 0) -> std::optional<std::string> {
    char* value = nullptr;
    if (curl_url_get(url.get(), what, &value, flags) != CURLUE_OK) return std::nullopt;
    std::string result = value;
    curl_free(value);
    return result;
  };
  if (part(CURLUPART_USER).has_value() || part(CURLUPART_PASSWORD).has_value()) return std::nullopt;
  return Reading{.host = CanonicalHost(part(CURLUPART_HOST).value_or("")),
                 .port = std::atoi(part(CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("0").c_str()),
                 .path = part(CURLUPART_PATH).value_or("")};
}

// Writes the URLs for the other parser as lines of JSON.
class AcceptedUrls {
 public:
  AcceptedUrls() {
    if (const char* path = std::getenv("CIMD_ACCEPTED_URLS")) file_.open(path, std::ios::app);
  }
  void Add(const std::string& text, const Reading& reading) {
    if (!file_.is_open()) return;
    file_ << nlohmann::json({{"url", text}, {"host", reading.host}, {"port", reading.port}}).dump() << "\n";
  }

 private:
  std::ofstream file_;
};

TEST(UrlReadersTest, TheFetcherFindsTheHostThatWasJudged) {
  AcceptedUrls accepted;
  int accepted_count = 0;
  for (const bool allow_special_hosts : {false, true}) {
    ForEachSpelling([&](const std::string& text) {
      const ClientIdUrlReport report = JudgeClientIdUrl(text, {.allow_special_hosts = allow_special_hosts});
      if (!report.valid()) return;
      ++accepted_count;
      const Reading ours{.host = CanonicalHost(report.host), .port = report.port, .path = report.path};
      EXPECT_EQ(ReadByLibcurl(text), ours) << testing::PrintToString(text);
      accepted.Add(text, ours);
    });
  }
  // Enough URLs must be accepted to make the comparison meaningful.
  EXPECT_GT(accepted_count, 1000);
}

TEST(UrlReadersTest, TheConsentScreenNamesTheHostThatIsRedirectedTo) {
  AcceptedUrls accepted;
  int accepted_count = 0;
  ForEachSpelling([&](const std::string& text) {
    const RedirectUriReport report = JudgeRedirectUri(text, {});
    const bool http = report.kind == RedirectUriKind::kHttps || report.kind == RedirectUriKind::kLoopback;
    if (!report.usable || !http) return;
    ++accepted_count;
    const std::optional<Reading> theirs = ReadByLibcurl(text);
    ASSERT_TRUE(theirs.has_value()) << testing::PrintToString(text);
    EXPECT_EQ(CanonicalHost(HostForConsent(text)), theirs->host) << testing::PrintToString(text);
    accepted.Add(text, *theirs);
  });
  EXPECT_GT(accepted_count, 1000);
}

// A browser that reads a private-use URI as an http URI would send the code to a host that was never validated.
TEST(UrlReadersTest, NoOtherRedirectUriIsFetchedByAnybody) {
  ForEachSpelling([](const std::string& text) {
    const RedirectUriReport report = JudgeRedirectUri(text, {});
    if (!report.usable || report.kind != RedirectUriKind::kPrivateUse) return;
    const std::optional<Uri> uri = SplitUri(text);
    ASSERT_TRUE(uri.has_value());
    EXPECT_FALSE(HasScheme(*uri, "http") || HasScheme(*uri, "https")) << testing::PrintToString(text);
  });
}

}  // namespace
}  // namespace cimd::metadata
