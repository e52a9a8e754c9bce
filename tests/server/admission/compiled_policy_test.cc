#include "server/admission/compiled_policy.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "tests/server/admission/policy_text.h"

namespace cimd::admission {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// The hosts are not in special-use domains, which patterns must not contain.
constexpr char kDenyBad[] =
    R"(rules {id: "r1" verdict: ADMISSION_VERDICT_DENY match {pattern: "https://bad.agents-host.com/**"}} )";
constexpr char kAllowAnthropic[] =
    R"(rules {id: "r2" verdict: ADMISSION_VERDICT_ALLOW match {catalog {vendor: "anthropic" version: 1}}} )";
constexpr char kApproveOthers[] =
    R"(rules {id: "r3" verdict: ADMISSION_VERDICT_REQUIRE_APPROVAL match {pattern: "https://*.agents-host.com/**"}} )";
constexpr char kAllowLate[] = R"(rules {id: "r4" verdict: ADMISSION_VERDICT_ALLOW expire_time {seconds: 1800000000}
    match {exact_url: "https://late.agents-host.com/c.json"}} )";
constexpr char kClaudeCode[] = "https://claude.ai/oauth/claude-code-client-metadata";

struct Verdict {
  v1::AdmissionVerdict verdict;
  int rule;
  bool operator==(const Verdict&) const = default;
};

Verdict Of(const std::string& policy, std::string_view url) {
  const Evaluation evaluation = CompiledPolicy(PolicyOf(policy), ShippedCatalog()).Evaluate(url, kNow);
  return {evaluation.verdict, evaluation.rule};
}

TEST(CompiledPolicyTest, TheFirstRuleThatMatchesDecides) {
  const std::string policy = std::string(kDenyBad) + kAllowAnthropic + kApproveOthers + kAllowLate;
  EXPECT_EQ(Of(policy, "https://bad.agents-host.com/c.json"), (Verdict{v1::ADMISSION_VERDICT_DENY, 0}));
  EXPECT_EQ(Of(policy, "https://BAD.agents-host.com/c.json"), (Verdict{v1::ADMISSION_VERDICT_DENY, 0}));
  EXPECT_EQ(Of(policy, kClaudeCode), (Verdict{v1::ADMISSION_VERDICT_ALLOW, 1}));
  EXPECT_EQ(Of(policy, "https://x.agents-host.com/c.json"), (Verdict{v1::ADMISSION_VERDICT_REQUIRE_APPROVAL, 2}));
  EXPECT_EQ(Of(policy, "https://late.agents-host.com/c.json"), (Verdict{v1::ADMISSION_VERDICT_REQUIRE_APPROVAL, 2}));
  EXPECT_EQ(Of(policy, "https://other.test-corp.com/c.json"), (Verdict{v1::ADMISSION_VERDICT_DENY, -1}));
  EXPECT_EQ(Of(std::string(kApproveOthers) + kDenyBad, "https://bad.agents-host.com/c.json"),
            (Verdict{v1::ADMISSION_VERDICT_REQUIRE_APPROVAL, 0}));
}

TEST(CompiledPolicyTest, DisabledRulesAndNoRulesAdmitNobody) {
  EXPECT_EQ(Of("", kClaudeCode), (Verdict{v1::ADMISSION_VERDICT_DENY, -1}));
  EXPECT_EQ(Of(R"(rules {disabled: true verdict: ADMISSION_VERDICT_ALLOW match {any: true}})", kClaudeCode),
            (Verdict{v1::ADMISSION_VERDICT_DENY, -1}));
  EXPECT_EQ(CompiledPolicy().Evaluate(kClaudeCode, kNow).rule, -1);
}

TEST(CompiledPolicyTest, WhatIsRefusedWhenWrittenAdmitsNobody) {
  for (const char* match :
       {R"(pattern: "https://cl*.agents-host.com/**")", R"(exact_url: "https://a.agents-host.com/*")", R"(any: false)",
        R"(catalog {vendor: "anthropic"})", R"(catalog {vendor: "nobody" version: 1})", ""}) {
    const std::string policy = fmt::format("rules {{verdict: ADMISSION_VERDICT_ALLOW match {{{}}}}}", match);
    EXPECT_EQ(Of(policy, "https://a.agents-host.com/x").rule, -1) << match;
    EXPECT_EQ(Of(policy, kClaudeCode).rule, -1) << match;
  }
  // An unknown verdict, stored by a newer version.
  EXPECT_EQ(Of("rules {verdict: 9 match {any: true}}", kClaudeCode), (Verdict{v1::ADMISSION_VERDICT_DENY, 0}));
}

TEST(CompiledPolicyTest, TellsADenyRuleFromNoRule) {
  const CompiledPolicy denies(PolicyOf(kDenyBad), ShippedCatalog());
  EXPECT_TRUE(denies.has_deny_rules());
  EXPECT_TRUE(denies.Evaluate("https://bad.agents-host.com/c", kNow).denied_by_rule());
  EXPECT_FALSE(denies.Evaluate("https://good-host.com/c", kNow).denied_by_rule());
  EXPECT_FALSE(CompiledPolicy(PolicyOf(kAllowAnthropic), ShippedCatalog()).has_deny_rules());
}

TEST(CompiledPolicyTest, AnExactEntryOfTheCatalogueIsNotTakenForAPatternOfIt) {
  const auto product = [](const char* name) {
    return fmt::format(
        R"(rules {{verdict: ADMISSION_VERDICT_ALLOW match {{catalog {{vendor: "openai" product: "{}" version: 1}}}}}})",
        name);
  };
  constexpr char kCodex[] = "https://chatgpt.com/oauth/codex/client.json";
  constexpr char kConnector[] = "https://chatgpt.com/oauth/abc/client.json";
  EXPECT_EQ(Of(product("chatgpt-connectors"), kConnector).rule, 0);
  EXPECT_EQ(Of(product("chatgpt-connectors"), kCodex).rule, -1);
  EXPECT_EQ(Of(product("codex"), kCodex).rule, 0);
  EXPECT_EQ(Of(product("codex"), kConnector).rule, -1);
  EXPECT_EQ(Of(product(""), kCodex).rule, 0);
}

TEST(CompiledPolicyTest, ANewerCatalogueWidensNoRule) {
  const CatalogEntry catalog[] = {{"acme", "old", "https://acme-host.com/old", 1},
                                  {"acme", "new", "https://acme-host.com/new", 2}};
  const auto rule_for = [&](int version, const char* url) {
    const std::string policy = fmt::format(
        R"(rules {{verdict: ADMISSION_VERDICT_ALLOW match {{catalog {{vendor: "acme" version: {}}}}}}})", version);
    return CompiledPolicy(PolicyOf(policy), catalog).Evaluate(url, kNow).rule;
  };
  EXPECT_EQ(rule_for(1, "https://acme-host.com/old"), 0);
  EXPECT_EQ(rule_for(1, "https://acme-host.com/new"), -1);
  EXPECT_EQ(rule_for(2, "https://acme-host.com/new"), 0);
}

TEST(CompiledPolicyTest, SaysWhyARuleDoesNotMatch) {
  const CompiledPolicy policy(PolicyOf(std::string(kDenyBad) + kAllowAnthropic + kApproveOthers + kAllowLate),
                              ShippedCatalog());
  EXPECT_EQ(policy.WhyNot(0, "https://bad.agents-host.com/c", kNow), "");
  EXPECT_EQ(policy.WhyNot(0, "https://bad.agents-host.com/", kNow), "segment 1: wanted **, got empty");
  EXPECT_EQ(policy.WhyNot(1, "https://claude.ai/oauth/x", kNow), "segment 2: wanted mcp-oauth-client-metadata, got x");
  EXPECT_EQ(policy.WhyNot(3, "https://other-host.com/", kNow), "") << "it has expired";
}

TEST(CompiledPolicyTest, HoldsAHundredRules) {
  std::string text;
  for (int i = 0; i < kMaxRules; ++i) {
    text += fmt::format("rules {{verdict: {} match {{pattern: \"https://*.host-{}.com/**\"}}}}\n",
                        i % 2 == 0 ? "ADMISSION_VERDICT_DENY" : "ADMISSION_VERDICT_ALLOW", i);
  }
  EXPECT_EQ(Of(text, "https://a.host-99.com/c.json"), (Verdict{v1::ADMISSION_VERDICT_ALLOW, 99}));
  EXPECT_EQ(Of(text, "https://A.host-98.com/c.json"), (Verdict{v1::ADMISSION_VERDICT_DENY, 98}));
}

TEST(CatalogTest, EntriesAreUsablePatternsWithNamesOfTheirOwn) {
  for (const CatalogEntry& entry : ShippedCatalog()) {
    EXPECT_TRUE(UrlPattern::Parse(entry.pattern).ok()) << entry.pattern;
    EXPECT_LE(entry.since, kCatalogVersion);
    EXPECT_EQ(Select(ShippedCatalog(), entry.vendor, entry.product, kCatalogVersion).size(), 1u) << entry.product;
  }
}

}  // namespace
}  // namespace cimd::admission
