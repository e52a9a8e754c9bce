#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/admission/compiled_policy.h"
#include "server/admission/public_suffix.h"
#include "tests/server/admission/policy_text.h"

namespace cimd::admission {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kToday = absl::FromUnixSeconds(1'800'000'000);

// Returns "REASON field" for each finding, with "!" in front if the finding makes the policy invalid.
std::vector<std::string> FindingsOf(const std::string& text) {
  std::vector<std::string> findings;
  for (const auto& finding : JudgePolicy(PolicyOf(text), ShippedCatalog(), kToday)) {
    std::string reason = v1::AdmissionRuleFindingReason_Name(finding.reason());
    reason.erase(0, std::string("ADMISSION_RULE_FINDING_REASON_").size());
    EXPECT_FALSE(finding.message().empty());
    findings.push_back(fmt::format("{}{} {}", finding.violation() ? "!" : "", reason, finding.field()));
  }
  return findings;
}

std::string Rule(const std::string& id, const std::string& verdict, const std::string& rest) {
  return fmt::format("rules {{id: \"{}\" verdict: ADMISSION_VERDICT_{} {}}}\n", id, verdict, rest);
}

TEST(PolicyFindingsTest, AGoodPolicyHasNone) {
  EXPECT_THAT(FindingsOf(""), IsEmpty());
  EXPECT_THAT(
      FindingsOf(Rule("known", "ALLOW", R"(match {catalog {vendor: "anthropic" version: 1}})") +
                 Rule("ours", "ALLOW",
                      R"(match {pattern: "https://*.agents-host.com/**"} match {exact_url: "https://x-host.com/c"})") +
                 Rule("the-rest", "REQUIRE_APPROVAL", "match {any: true}")),
      IsEmpty());
}

TEST(PolicyFindingsTest, NamesEachMalformedPart) {
  EXPECT_THAT(FindingsOf(Rule("", "ALLOW", R"(match {exact_url: "https://x-host.com/c"})")),
              ElementsAre("!RULE_INVALID rules[0].id"));
  EXPECT_THAT(FindingsOf(Rule("A", "ALLOW", R"(match {exact_url: "https://x-host.com/c"})")),
              ElementsAre("!RULE_INVALID rules[0].id"));
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", R"(match {exact_url: "https://x-host.com/c"})") +
                         Rule("a", "ALLOW", R"(match {exact_url: "https://y-host.com/c"})")),
              ElementsAre("!RULE_INVALID rules[1].id"));
  EXPECT_THAT(FindingsOf(Rule("a", "UNSPECIFIED", R"(match {exact_url: "https://x-host.com/c"})")),
              ElementsAre("!RULE_INVALID rules[0].verdict"));
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", "")), ElementsAre("!RULE_INVALID rules[0].match"));
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", "match {}")), ElementsAre("!RULE_INVALID rules[0].match[0]"));
  EXPECT_THAT(FindingsOf(Rule("a", "DENY", "match {any: false}")), ElementsAre("!RULE_INVALID rules[0].match[0].any"));
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", R"(match {catalog {vendor: "nobody" version: 1}})")),
              ElementsAre("!RULE_INVALID rules[0].match[0].catalog"));
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW",
                              R"(match {pattern: "https://x-host.com/a*"} match {exact_url: "https://x-host.com/*"})")),
              ElementsAre("!RULE_PATTERN_INVALID rules[0].match[0].pattern",
                          "!RULE_PATTERN_INVALID rules[0].match[1].exact_url"));
  EXPECT_THAT(
      FindingsOf(Rule("a", "DENY", fmt::format("description: \"{}\" match {{any: true}}", std::string(201, 'x')))),
      ElementsAre("!RULE_INVALID rules[0].description"));
  std::string many;
  for (int i = 0; i <= kMaxRules; ++i) many += Rule(fmt::format("r{}", i), "DENY", "match {any: true}");
  EXPECT_THAT(FindingsOf(many), ElementsAre("!RULE_INVALID rules"));
}

TEST(PolicyFindingsTest, RefusesRulesThatLetStrangersInUnknowingly) {
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", "match {any: true}")), ElementsAre("!RULE_OPEN rules[0].match[0].any"));
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", "acknowledge_open: true match {any: true}")), IsEmpty());
  EXPECT_THAT(FindingsOf(Rule("a", "REQUIRE_APPROVAL", "match {any: true}")), IsEmpty());
  for (const char* suffix : {"github.io", "vercel.app", "co.uk"}) {
    const std::string match = fmt::format(R"(match {{pattern: "https://*.{}/**"}})", suffix);
    EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", match)), ElementsAre("!RULE_TOO_BROAD rules[0].match[0].pattern"))
        << suffix;
    EXPECT_THAT(FindingsOf(Rule("a", "DENY", match)), ElementsAre("RULE_TOO_BROAD rules[0].match[0].pattern"))
        << suffix;
  }
  EXPECT_THAT(FindingsOf(Rule("a", "ALLOW", R"(match {pattern: "https://someone.github.io/**"})")), IsEmpty());
}

TEST(PolicyFindingsTest, PointsOutRulesThatNeverDecide) {
  const std::string wide = Rule("wide", "REQUIRE_APPROVAL", R"(match {pattern: "https://*.agents-host.com/**"})");
  const std::string narrow = Rule("narrow", "DENY", R"(match {pattern: "https://bad.agents-host.com/**"})");
  EXPECT_THAT(FindingsOf(narrow + wide), IsEmpty());
  EXPECT_THAT(FindingsOf(wide + narrow), ElementsAre("RULE_SHADOWED rules[1]"));
  EXPECT_THAT(FindingsOf(Rule("off", "DENY", "disabled: true match {any: true}") + narrow), IsEmpty());
  EXPECT_THAT(FindingsOf(Rule("old", "DENY", "expire_time {seconds: 1} match {any: true}") + narrow),
              ElementsAre("RULE_EXPIRED rules[0].expire_time"));
  EXPECT_THAT(FindingsOf(Rule("all", "DENY", "match {any: true}") + narrow), ElementsAre("RULE_SHADOWED rules[1]"));
  EXPECT_THAT(FindingsOf(narrow + Rule("all", "DENY", "match {any: true}")), IsEmpty());
  // The catalog pattern for connectors does not match the URL of codex.
  EXPECT_THAT(
      FindingsOf(Rule("a", "ALLOW", R"(match {catalog {vendor: "openai" product: "chatgpt-connectors" version: 1}})") +
                 Rule("b", "ALLOW", R"(match {exact_url: "https://chatgpt.com/oauth/codex/client.json"})")),
      IsEmpty());
}

TEST(PolicyFindingsTest, PointsOutWhatTheCatalogueHasGained) {
  const CatalogEntry catalog[] = {{"acme", "old", "https://acme-host.com/old", 1},
                                  {"acme", "new", "https://acme-host.com/new", 2}};
  const auto findings =
      JudgePolicy(PolicyOf(Rule("a", "ALLOW", R"(match {catalog {vendor: "acme" version: 1}})")), catalog, kToday);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].reason(), v1::ADMISSION_RULE_FINDING_REASON_CATALOG_OUTDATED);
  EXPECT_FALSE(findings[0].violation());
}

TEST(UrlPatternCoversTest, OneIsWiderThanAnother) {
  const struct {
    const char *wide, *narrow;
    bool covers;
  } rows[] = {
      {"https://a-host.com/**", "https://a-host.com/x", true},
      {"https://a-host.com/**", "https://a-host.com/x/**", true},
      {"https://a-host.com/**", "https://a-host.com/**", true},
      {"https://a-host.com/x/**", "https://a-host.com/**", false},
      {"https://a-host.com/**", "https://a-host.com/x/", false},
      {"https://a-host.com/**", "https://a-host.com/x?v=1", false},
      {"https://a-host.com/*/c", "https://a-host.com/b/c", true},
      {"https://a-host.com/*/c", "https://a-host.com/*/c", true},
      {"https://a-host.com/b/c", "https://a-host.com/*/c", false},
      {"https://a-host.com/*", "https://a-host.com/**", false},
      {"https://a-host.com/*", "https://a-host.com/b/c", false},
      {"https://*.a-host.com/*", "https://b.a-host.com/x", true},
      {"https://*.a-host.com/*", "https://*.b.a-host.com/x", true},
      {"https://*.a-host.com/*", "https://*.a-host.com/x", true},
      {"https://*.a-host.com/*", "https://a-host.com/x", false},
      {"https://*.b.a-host.com/*", "https://*.a-host.com/x", false},
      {"https://b.a-host.com/*", "https://*.a-host.com/x", false},
      {"https://a-host.com:8443/*", "https://a-host.com/x", false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(UrlPattern::Parse(row.wide)->Covers(*UrlPattern::Parse(row.narrow)), row.covers)
        << row.wide << " " << row.narrow;
  }
}

TEST(PublicSuffixTest, KnowsBothSectionsOfTheList) {
  for (const char* suffix : {"com", "co.uk", "github.io", "vercel.app"}) EXPECT_TRUE(IsPublicSuffix(suffix)) << suffix;
  for (const char* domain : {"a-host.com", "someone.github.io", "a.co.uk"})
    EXPECT_FALSE(IsPublicSuffix(domain)) << domain;
}

}  // namespace
}  // namespace cimd::admission
