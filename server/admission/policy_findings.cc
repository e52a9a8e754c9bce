// What JudgePolicy says about each part of a policy.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "server/admission/compiled_policy.h"
#include "server/admission/public_suffix.h"
#include "server/text/utf8.h"

namespace cimd::admission {
namespace {

using Reason = v1::AdmissionRuleFindingReason;

bool IsRuleId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxRuleIdBytes && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

// What a rule matches, for the comparison with other rules.
struct Reach {
  bool any = false;
  std::vector<UrlPattern> patterns;
  // Those of `patterns` whose every URL the rule matches: of the catalogue only exact entries, because a pattern leaves
  // out the URLs of exact ones.
  std::vector<UrlPattern> whole;
};

class Judge {
 public:
  Judge(const v1::AdmissionPolicy& policy, absl::Span<const CatalogEntry> catalog, absl::Time now)
      : policy_(policy), catalog_(catalog), now_(now) {}

  std::vector<v1::AdmissionRuleFinding> Findings() {
    if (policy_.rules_size() > kMaxRules) {
      Refuse(kMaxRules, "rules", v1::ADMISSION_RULE_FINDING_REASON_RULE_INVALID,
             fmt::format("a policy has at most {} rules; this one has {}", kMaxRules, policy_.rules_size()));
      return std::move(findings_);
    }
    for (int i = 0; i < policy_.rules_size(); ++i) JudgeRule(i);
    return std::move(findings_);
  }

 private:
  void Add(int rule, std::string_view field, Reason reason, std::string message, bool violation) {
    v1::AdmissionRuleFinding& finding = findings_.emplace_back();
    finding.set_rule(rule);
    finding.set_field(std::string(field));
    finding.set_reason(reason);
    finding.set_message(std::move(message));
    finding.set_violation(violation);
  }
  void Refuse(int rule, std::string_view field, Reason reason, std::string message) {
    Add(rule, field, reason, std::move(message), true);
  }
  void Warn(int rule, std::string_view field, Reason reason, std::string message) {
    Add(rule, field, reason, std::move(message), false);
  }

  void JudgeRule(int i) {
    const v1::AdmissionRule& rule = policy_.rules(i);
    const std::string path = fmt::format("rules[{}]", i);
    const auto invalid = [&](std::string_view field, std::string message) {
      Refuse(i, fmt::format("{}.{}", path, field), v1::ADMISSION_RULE_FINDING_REASON_RULE_INVALID, std::move(message));
    };
    if (!IsRuleId(rule.id())) {
      invalid("id", fmt::format("an id has 1 to {} characters of a-z, 0-9 and hyphen", kMaxRuleIdBytes));
    } else if (!ids_.insert(rule.id()).second) {
      invalid("id", "another rule has this id");
    }
    if (text::CountCharacters(rule.description()) > kMaxDescriptionCharacters) {
      invalid("description", fmt::format("a description has at most {} characters", kMaxDescriptionCharacters));
    }
    if (rule.ByteSizeLong() > kMaxRuleBytes)
      invalid("match", fmt::format("a rule has at most {} bytes", kMaxRuleBytes));
    if (rule.verdict() != v1::ADMISSION_VERDICT_ALLOW && rule.verdict() != v1::ADMISSION_VERDICT_REQUIRE_APPROVAL &&
        rule.verdict() != v1::ADMISSION_VERDICT_DENY) {
      invalid("verdict", "the verdict is missing or unknown");
    }
    if (rule.match().empty() || rule.match_size() > kMaxMatches) {
      invalid("match", fmt::format("a rule has 1 to {} matches", kMaxMatches));
    }
    const bool expired = rule.has_expire_time() && absl::FromUnixSeconds(rule.expire_time().seconds()) <= now_;
    if (expired) {
      Warn(i, path + ".expire_time", v1::ADMISSION_RULE_FINDING_REASON_RULE_EXPIRED,
           "the rule has expired and can be removed");
    }
    Reach reach;
    for (int m = 0; m < rule.match_size(); ++m) {
      JudgeMatch(i, fmt::format("{}.match[{}]", path, m), rule, rule.match(m), reach);
    }
    if (!rule.disabled() && !expired) CompareWithEarlierRules(i, path, std::move(reach));
  }

  void JudgeMatch(int i, const std::string& path, const v1::AdmissionRule& rule, const v1::AdmissionMatch& match,
                  Reach& reach) {
    switch (match.kind_case()) {
      case v1::AdmissionMatch::kExactUrl:
        if (match.exact_url().find('*') != std::string::npos) {
          Refuse(i, path + ".exact_url", v1::ADMISSION_RULE_FINDING_REASON_RULE_PATTERN_INVALID,
                 "an exact URL has no *; write it as a pattern");
        } else {
          JudgePattern(i, path + ".exact_url", rule, match.exact_url(), reach);
        }
        break;
      case v1::AdmissionMatch::kPattern:
        JudgePattern(i, path + ".pattern", rule, match.pattern(), reach);
        break;
      case v1::AdmissionMatch::kCatalog:
        JudgeCatalog(i, path + ".catalog", match.catalog(), reach);
        break;
      case v1::AdmissionMatch::kAny:
        reach.any = match.any();
        if (!match.any()) {
          Refuse(i, path + ".any", v1::ADMISSION_RULE_FINDING_REASON_RULE_INVALID, "any is true where it is set");
        } else if (rule.verdict() == v1::ADMISSION_VERDICT_ALLOW && !rule.acknowledge_open()) {
          Refuse(i, path + ".any", v1::ADMISSION_RULE_FINDING_REASON_RULE_OPEN,
                 "the rule lets every client in; set acknowledge_open if that is meant");
        }
        break;
      case v1::AdmissionMatch::KIND_NOT_SET:
        Refuse(i, path, v1::ADMISSION_RULE_FINDING_REASON_RULE_INVALID, "the match is empty");
        break;
    }
  }

  void JudgePattern(int i, const std::string& field, const v1::AdmissionRule& rule, std::string_view text,
                    Reach& reach) {
    absl::StatusOr<UrlPattern> pattern = UrlPattern::Parse(text);
    if (!pattern.ok()) {
      Refuse(i, field, v1::ADMISSION_RULE_FINDING_REASON_RULE_PATTERN_INVALID, std::string(pattern.status().message()));
      return;
    }
    const std::string domain(pattern->wildcard_domain());
    if (!domain.empty() && IsPublicSuffix(domain)) {
      Add(i, field, v1::ADMISSION_RULE_FINDING_REASON_RULE_TOO_BROAD,
          fmt::format("anybody can have a host under {}", domain), rule.verdict() == v1::ADMISSION_VERDICT_ALLOW);
    }
    reach.whole.push_back(*pattern);
    reach.patterns.push_back(*std::move(pattern));
  }

  void JudgeCatalog(int i, const std::string& field, const v1::CatalogMatch& wanted, Reach& reach) {
    const auto chosen = Select(catalog_, wanted.vendor(), wanted.product(), wanted.version());
    const auto newest = Select(catalog_, wanted.vendor(), wanted.product(), INT32_MAX);
    if (newest.empty()) {
      Refuse(i, field, v1::ADMISSION_RULE_FINDING_REASON_RULE_INVALID, "the catalogue has no such entry");
    } else if (chosen.size() < newest.size()) {
      Warn(i, field, v1::ADMISSION_RULE_FINDING_REASON_CATALOG_OUTDATED,
           fmt::format("the catalogue has {} more entries since version {}", newest.size() - chosen.size(),
                       wanted.version()));
    }
    for (const CatalogEntry* entry : chosen) {
      if (absl::StatusOr<UrlPattern> pattern = UrlPattern::Parse(entry->pattern); pattern.ok()) {
        if (pattern->is_exact()) reach.whole.push_back(*pattern);
        reach.patterns.push_back(*std::move(pattern));
      }
    }
  }

  void CompareWithEarlierRules(int i, const std::string& path, Reach reach) {
    const auto covers = [&](const Reach& earlier) {
      if (earlier.any) return true;
      return !reach.any && !reach.patterns.empty() &&
             std::all_of(reach.patterns.begin(), reach.patterns.end(), [&](const UrlPattern& ours) {
               return std::any_of(earlier.whole.begin(), earlier.whole.end(),
                                  [&](const UrlPattern& theirs) { return theirs.Covers(ours); });
             });
    };
    for (const auto& [rule, earlier] : earlier_) {
      if (!covers(earlier)) continue;
      Warn(i, path, v1::ADMISSION_RULE_FINDING_REASON_RULE_SHADOWED,
           fmt::format("rule {} matches everything that this one matches, and comes first", policy_.rules(rule).id()));
      break;
    }
    earlier_.emplace_back(i, std::move(reach));
  }

  const v1::AdmissionPolicy& policy_;
  const absl::Span<const CatalogEntry> catalog_;
  const absl::Time now_;
  std::set<std::string> ids_;
  std::vector<std::pair<int, Reach>> earlier_;
  std::vector<v1::AdmissionRuleFinding> findings_;
};

}  // namespace

std::vector<v1::AdmissionRuleFinding> JudgePolicy(const v1::AdmissionPolicy& policy,
                                                  absl::Span<const CatalogEntry> catalog, absl::Time now) {
  return Judge(policy, catalog, now).Findings();
}

}  // namespace cimd::admission
