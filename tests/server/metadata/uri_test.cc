#include "server/metadata/uri.h"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metadata/host.h"

namespace cimd::metadata {
namespace {

using std::string_view;
using std::string_literals::operator""s;

// Returns the parts joined with "|". "-" stands for an absent part.
std::string Parts(string_view text) {
  const auto uri = SplitUri(text);
  if (!uri.has_value()) return "none";
  const auto part = [](std::optional<string_view> value) { return std::string(value.value_or("-")); };
  return std::string(uri->scheme) + "|" + part(uri->userinfo) + "|" + std::string(uri->host) + "|" + part(uri->port) +
         "|" + std::string(uri->path) + "|" + part(uri->query) + "|" + part(uri->fragment);
}

TEST(SplitUriTest, CutsAtTheDelimitersAndChangesNothing) {
  const std::pair<string_view, string_view> kRows[] = {
      {"https://Example.COM:443/a/../b?q=1#f", "https|-|Example.COM|443|/a/../b|q=1|f"},
      {"https://h", "https|-|h|-||-|-"},
      {"https://h?x", "https|-|h|-||x|-"},
      {"https://h#", "https|-|h|-||-|"},
      {"https://h/?", "https|-|h|-|/||-"},
      {"https:///x", "https|-||-|/x|-|-"},
      {"https://@h/x", "https||h|-|/x|-|-"},
      {"https://u:p@h:1/x", "https|u:p|h|1|/x|-|-"},
      {"https://a@b@c/x", "https|a@b|c|-|/x|-|-"},
      {"https://h:/x", "https|-|h||/x|-|-"},
      {"https://[::1]:8443/x", "https|-|[::1]|8443|/x|-|-"},
      {"https://[::1/x", "https|-|[::1|-|/x|-|-"},
      {"https://[::1]x:8/", "https|-|[::1]x|8|/|-|-"},
      {"https:/x", "https|-||-|/x|-|-"},
      {"com.example.app:cb?a#b?c", "com.example.app|-||-|cb|a|b?c"},
      {"https://h/a?b#c?d#e", "https|-|h|-|/a|b|c?d#e"},
      {"1https://h/", "none"},
      {" https://h/", "none"},
      {"//h/x", "none"},
      {"/x", "none"},
      {"", "none"},
      {":", "none"},
  };
  for (const auto& [text, parts] : kRows) EXPECT_EQ(Parts(text), parts) << text;
}

TEST(UriTest, FindsTheFirstByteThatDoesNotBelong) {
  const auto find = [](string_view text) { return FindForbiddenByte(text, *SplitUri(text)); };
  EXPECT_EQ(find("https://h.example/a-._~!$&'()*+,;=:@%41/?q/?#f"), string_view::npos);
  EXPECT_EQ(find("https://[::1]:1/x"), string_view::npos);
  EXPECT_EQ(find("https://h/[x]"), 10u);
  for (char c : "\"<>\\^`{|} \x7f\x01\xc3"s) {
    EXPECT_EQ(find("https://h/" + std::string(1, c)), 10u) << c;
  }
  EXPECT_EQ(find("https://h/\0"s), 10u);
}

TEST(UriTest, PercentEncodingNeedsTwoDigits) {
  EXPECT_TRUE(IsPercentEncodingValid("a%41%ff%FF"));
  for (string_view text : {"%", "%4", "%4g", "%g4", "%%41", "a%41%"})
    EXPECT_FALSE(IsPercentEncodingValid(text)) << text;
}

TEST(UriTest, PortsAreDecimalWithoutLeadingZeros) {
  const auto port = [](std::string port) { return EffectivePort(*SplitUri("https://h" + port + "/")); };
  EXPECT_EQ(port(""), 443);
  EXPECT_EQ(port(":1"), 1);
  EXPECT_EQ(port(":65535"), 65535);
  for (const char* odd : {":", ":0", ":0443", ":65536", ":99999", ":100000", ":4e1", ":-1", ":+1", ": 1", ":1:2"}) {
    EXPECT_EQ(port(odd), std::nullopt) << odd;
  }
  EXPECT_EQ(EffectivePort(*SplitUri("http://h/")), 80);
  EXPECT_EQ(EffectivePort(*SplitUri("cursor://h/")), std::nullopt);
}

TEST(UriTest, OriginsCompareWithoutCaseAndDefaultPort) {
  const auto origin = [](string_view text) { return Origin(*SplitUri(text)); };
  EXPECT_EQ(origin("HTTPS://Example.com:443/x"), "https://example.com");
  EXPECT_EQ(origin("https://example.com:8443"), "https://example.com:8443");
  EXPECT_EQ(origin("http://example.com:443/"), "http://example.com:443");
  EXPECT_EQ(origin("https://u@example.com/"), "https://example.com");
  EXPECT_EQ(origin("https:///x"), "");
  EXPECT_EQ(origin("https://h:0/"), "");
  EXPECT_EQ(origin("ftp://h/"), "");
}

struct HostRow {
  std::string host;
  HostKind kind;
};

TEST(HostTest, ClassifiesByText) {
  const HostRow kRows[] = {
      {"", HostKind::kMissing},
      {"example.com", HostKind::kDomainName},
      {"Example.COM", HostKind::kDomainName},
      {"xn--bcher-kva.example.org", HostKind::kDomainName},
      {"a-b.c1", HostKind::kDomainName},
      {"1.2.3.4.com", HostKind::kDomainName},
      {"0x7f.com", HostKind::kDomainName},
      {"localhost.example.com", HostKind::kDomainName},
      {"testing", HostKind::kSpecialUse},
      {"latest.dev", HostKind::kDomainName},
      {"localhost", HostKind::kSpecialUse},
      {"LOCALHOST", HostKind::kSpecialUse},
      {"a.localhost", HostKind::kSpecialUse},
      {"printer.local", HostKind::kSpecialUse},
      {"metadata.google.internal", HostKind::kSpecialUse},
      {"router.home.arpa", HostKind::kSpecialUse},
      {"a.onion", HostKind::kSpecialUse},
      {"a.invalid", HostKind::kSpecialUse},
      {"a.test", HostKind::kSpecialUse},
      {"a.example", HostKind::kSpecialUse},
      {"a.alt", HostKind::kSpecialUse},
      {"127.0.0.1", HostKind::kIpAddress},
      {"93.184.216.34", HostKind::kIpAddress},
      {"[::1]", HostKind::kIpAddress},
      {"[::ffff:127.0.0.1]", HostKind::kIpAddress},
      {"2130706433", HostKind::kIpAddressOddlySpelled},
      {"0x7f000001", HostKind::kIpAddressOddlySpelled},
      {"0X7F.1", HostKind::kIpAddressOddlySpelled},
      {"0x", HostKind::kIpAddressOddlySpelled},
      {"127.1", HostKind::kIpAddressOddlySpelled},
      {"0177.0.0.1", HostKind::kIpAddressOddlySpelled},
      {"127.0.0.1.", HostKind::kIpAddressOddlySpelled},
      {"1.2.3.4.5", HostKind::kIpAddressOddlySpelled},
      {"256.1.1.1", HostKind::kIpAddressOddlySpelled},
      {"foo.0x7f", HostKind::kIpAddressOddlySpelled},
      {"[fe80::1%25eth0]", HostKind::kIpAddressOddlySpelled},
      {"[v1.x]", HostKind::kIpAddressOddlySpelled},
      {"[]", HostKind::kIpAddressOddlySpelled},
      {"[::1", HostKind::kMalformed},
      {"[", HostKind::kMalformed},
      {"[::1]x", HostKind::kMalformed},
      {"example.com.", HostKind::kMalformed},
      {".", HostKind::kMalformed},
      {".example.com", HostKind::kMalformed},
      {"a..b", HostKind::kMalformed},
      {"-a.com", HostKind::kMalformed},
      {"a-.com", HostKind::kMalformed},
      {"a_b.com", HostKind::kMalformed},
      {"*.example.com", HostKind::kMalformed},
      {"ex%61mple.com", HostKind::kMalformed},
      {"b\xc3\xbc"
       "cher.com",
       HostKind::kMalformed},
      {"a b.com", HostKind::kMalformed},
      {"127.0.0.1\0.com"s, HostKind::kMalformed},
      {std::string(63, 'a') + ".com", HostKind::kDomainName},
      {std::string(64, 'a') + ".com", HostKind::kMalformed},
      {std::string(62, 'a') + "." + std::string(62, 'a') + "." + std::string(62, 'a') + "." + std::string(60, 'a') +
           ".com",
       HostKind::kDomainName},
      {std::string(62, 'a') + "." + std::string(62, 'a') + "." + std::string(62, 'a') + "." + std::string(61, 'a') +
           ".com",
       HostKind::kMalformed},
  };
  for (const HostRow& row : kRows) {
    EXPECT_EQ(static_cast<int>(ClassifyHost(row.host)), static_cast<int>(row.kind)) << row.host;
  }
}

}  // namespace
}  // namespace cimd::metadata
