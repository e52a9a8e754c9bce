#include "server/admission/url_pattern.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::admission {
namespace {

using ::testing::HasSubstr;

UrlPattern Parsed(std::string_view text) {
  absl::StatusOr<UrlPattern> pattern = UrlPattern::Parse(text);
  EXPECT_TRUE(pattern.ok()) << text << ": " << pattern.status();
  return *std::move(pattern);
}

// ALLOW rules match the exact bytes. DENY rules match the exact bytes or the normal form.
TEST(UrlPatternTest, AllowsBytesAndDeniesSpellings) {
  constexpr std::string_view kExact = "https://claude.ai/oauth/claude-code-client-metadata";
  constexpr std::string_view kOneSegment = "https://chatgpt.com/oauth/*/client.json";
  constexpr std::string_view kSubdomains = "https://*.agents-host.com/**";
  const struct {
    std::string_view pattern, url;
    bool allow, deny;
  } rows[] = {
      {kExact, "https://claude.ai/oauth/claude-code-client-metadata", true, true},
      {kExact, "https://claude.ai/oauth/claude-code-client-metadata/", false, false},
      {kExact, "https://claude.ai/oauth/claude-code-client-metadat", false, false},
      {kExact, "https://claude.ai/oauth/x/../claude-code-client-metadata", false, true},
      {kExact, "https://claude.ai./oauth/claude-code-client-metadata", false, true},
      {kExact, "http://claude.ai/oauth/claude-code-client-metadata", false, false},
      {kExact, "https://user@claude.ai/oauth/claude-code-client-metadata", false, true},
      {kOneSegment, "https://chatgpt.com/oauth/abc/client.json", true, true},
      {kOneSegment, "https://chatgpt.com/oauth/codex/x/client.json", false, false},
      {kOneSegment, "https://chatgpt.com/oauth//client.json", false, false},
      {kOneSegment, "https://chatgpt.com/oauth/client.json", false, false},
      {kOneSegment, "https://chatgpt.com/oauth/a%2Fb/client.json", true, true},
      {kOneSegment, "https://chatgpt.com/oauth/abc/client.json?v=1", false, true},
      {kOneSegment, "https://chatgpt.com.evil-host.com/oauth/abc/client.json", false, false},
      {kOneSegment, "https://CHATGPT.com/oauth/abc/client.json", false, true},
      {kOneSegment, "https://chatgpt.com:443/oauth/abc/client.json", false, true},
      {kOneSegment, "https://chatgpt.com/oauth/abc/cl%69ent.json", false, true},
      {kSubdomains, "https://a.agents-host.com/c.json", true, true},
      {kSubdomains, "https://a.b.agents-host.com/x/y", true, true},
      {kSubdomains, "https://agents-host.com/c.json", false, false},
      {kSubdomains, "https://.agents-host.com/c.json", false, false},
      {kSubdomains, "https://evilagents-host.com/c.json", false, false},
      {kSubdomains, "https://a.agents-host.com/", false, false},
      {kSubdomains, "https://a.agents-host.com", false, false},
      {kSubdomains, "https://a.agents-host.com/x/", false, false},
      {kSubdomains, "https://a.agents-host.com/x//y", false, false},
      {"https://one-host.com/a/**", "https://one-host.com/a", false, false},
      {"https://one-host.com/a/**", "https://one-host.com/a/b", true, true},
      {"https://one-host.com/a/**", "https://one-host.com/ab", false, false},
      {"https://one-host.com/**", "https://one-host.com/x", true, true},
      {"https://one-host.com/%61/c", "https://one-host.com/a/c", false, true},
      {"https://one-host.com/%61/c", "https://one-host.com/%61/c", true, true},
      {"https://one-host.com:8443/**", "https://one-host.com/x", false, false},
      {"https://one-host.com:8443/**", "https://one-host.com:8443/x", true, true},
      {"https://one-host.com:443/x", "https://one-host.com/x", false, true},
      {"https://one-host.com/c?v=1", "https://one-host.com/c?v=1", true, true},
      {"https://one-host.com/c?v=1", "https://one-host.com/c", false, false},
      {"https://one-host.com/c?v=1", "https://one-host.com/c?v=2", false, false},
      {"https://one-host.com/c?v=1", "https://one-host.com/c?%76=1", false, true},
      {"https://one-host.com/c", "https://one-host.com/c?", false, true},
      {"https://one-host.com/a/", "https://one-host.com/a/", true, true},
      {"https://one-host.com/a/", "https://one-host.com/a", false, false},
  };
  for (const auto& row : rows) {
    const UrlPattern pattern = Parsed(row.pattern);
    EXPECT_EQ(pattern.MatchesBytes(row.url), row.allow) << row.pattern << " for " << row.url;
    EXPECT_EQ(pattern.MatchesAnySpelling(row.url), row.deny) << row.pattern << " against " << row.url;
    EXPECT_EQ(pattern.FirstDifference(row.url).empty(), row.allow) << row.pattern << " for " << row.url;
  }
}

TEST(UrlPatternTest, IsRefusedWithWhatIsWrong) {
  const struct {
    std::string pattern;
    std::string_view problem;
  } rows[] = {
      {"", "https://"},
      {"http://one-host.com/c", "https://"},
      {"HTTPS://one-host.com/c", "https://"},
      {"https:one-host.com/c", "https://"},
      {"https:///c", "host is missing"},
      {"https://one-host.com", "path is missing"},
      {"https://one-host.com/", "path is missing"},
      {"https://one-host.com/cl*ent.json", "whole segment"},
      {"https://one-host.com/**/c", "only at the end"},
      {"https://one-host.com/a**", "whole segment"},
      {"https://one-host.com/***", "whole segment"},
      {"https://a.*.com/c", "in front"},
      {"https://*host.com/c", "in front"},
      {"https://*.*.host.com/c", "in front"},
      {"https://*/c", "in front"},
      {"https://*.com/c", "single label"},
      {"https://localhost/c", "special-use"},
      {"https://agent.test/c", "special-use"},
      {"https://192.168.0.1/c", "IP address"},
      {"https://[::1]/c", "IP address"},
      {"https://0x7f.1/c", "IP address"},
      {"https://One-Host.com/c", "lower case"},
      {"https://one_host.com/c", "DNS name"},
      {"https://one-host.com:*/c", "port"},
      {"https://one-host.com:0/c", "port"},
      {"https://one-host.com:/c", "port"},
      {"https://user@one-host.com/c", "user information"},
      {"https://one-host.com/c#f", "fragment"},
      {"https://one-host.com/c?v=*", "literal"},
      {"https://one-host.com/*?v=1", "without wildcards"},
      {"https://one-host.com/**?v=1", "without wildcards"},
      {"https://one-host.com/a/../c", "segment . or .."},
      {"https://one-host.com/%2e/c", "segment . or .."},
      {"https://one-host.com/%zz", "hexadecimal"},
      {"https://one-host.com/a b", "only bytes that a URL may have"},
      {"https://one-host.com/" + std::string(kMaxPatternBytes, 'a'), "at most 512 bytes"},
  };
  for (const auto& row : rows) {
    const absl::StatusOr<UrlPattern> pattern = UrlPattern::Parse(row.pattern);
    ASSERT_FALSE(pattern.ok()) << row.pattern;
    EXPECT_THAT(std::string(pattern.status().message()), HasSubstr(row.problem)) << row.pattern;
  }
}

TEST(UrlPatternTest, SaysWhereAUrlDiffersFirst) {
  const struct {
    std::string_view pattern, url, difference;
  } rows[] = {
      {"https://one-host.com/a/*/c", "https://other-host.com/x", "host differs"},
      {"https://one-host.com/a/*/c", "https://one-host.com:8443/a/b/c", "port differs"},
      {"https://one-host.com/a/*/c", "https://one-host.com/b/b/c", "segment 1: wanted a, got b"},
      {"https://one-host.com/a/*/c", "https://one-host.com/a//c", "segment 2: wanted *, got empty"},
      {"https://one-host.com/a/*/c", "https://one-host.com/a/b", "segment 3: wanted c, got nothing"},
      {"https://one-host.com/a/*/c", "https://one-host.com/a/b/c/d", "segment 4: wanted nothing, got d"},
      {"https://one-host.com/a/*/c", "https://one-host.com/a/b/c?v", "query differs"},
      {"https://one-host.com/a/**", "https://one-host.com/a", "segment 2: wanted **, got nothing"},
      {"https://one-host.com/a/**", "https://one-host.com/a/b/", "segment 3: wanted **, got empty"},
      {"https://one-host.com/a", "ftp://one-host.com/a", "not an https URL without user information and fragment"},
  };
  for (const auto& row : rows) EXPECT_EQ(Parsed(row.pattern).FirstDifference(row.url), row.difference) << row.url;
}

TEST(UrlPatternTest, KnowsItsWildcards) {
  EXPECT_TRUE(Parsed("https://one-host.com/a?v=1").is_exact());
  EXPECT_FALSE(Parsed("https://one-host.com/*").is_exact());
  EXPECT_FALSE(Parsed("https://one-host.com/a/**").is_exact());
  EXPECT_FALSE(Parsed("https://*.one-host.com/a").is_exact());
  EXPECT_EQ(Parsed("https://*.one-host.com/a").wildcard_domain(), "one-host.com");
  EXPECT_EQ(Parsed("https://one-host.com/*").wildcard_domain(), "");
}

}  // namespace
}  // namespace cimd::admission
