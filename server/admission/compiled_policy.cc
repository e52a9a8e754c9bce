#include "server/admission/compiled_policy.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cimd::admission {
namespace {

absl::Time ExpiryOf(const v1::AdmissionRule& rule) {
  if (!rule.has_expire_time()) return absl::InfiniteFuture();
  return absl::FromUnixSeconds(rule.expire_time().seconds()) + absl::Nanoseconds(rule.expire_time().nanos());
}

}  // namespace

// The normal form is made once for all rules, and only if a rule asks for it.
class CompiledPolicy::Subject {
 public:
  explicit Subject(std::string_view url) : url_(url) {}

  bool MatchesBytes(const std::vector<Pattern>& patterns) const {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const Pattern& pattern) { return pattern.written.MatchesBytes(url_); });
  }
  bool MatchesAnySpelling(const std::vector<Pattern>& patterns) {
    if (!normal_.has_value()) normal_ = Normalize(url_);
    return MatchesBytes(patterns) ||
           (normal_->has_value() && std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
              return pattern.normal.MatchesNormal(**normal_);
            }));
  }

 private:
  const std::string_view url_;
  std::optional<std::optional<NormalUrl>> normal_;
};

CompiledPolicy::CompiledPolicy(const v1::AdmissionPolicy& policy, absl::Span<const CatalogEntry> catalog) {
  rules_.reserve(policy.rules_size());
  for (const v1::AdmissionRule& written : policy.rules()) {
    Rule& rule = rules_.emplace_back();
    // A verdict of a newer version is DENY.
    if (written.verdict() == v1::ADMISSION_VERDICT_ALLOW ||
        written.verdict() == v1::ADMISSION_VERDICT_REQUIRE_APPROVAL) {
      rule.verdict = written.verdict();
    }
    rule.enabled = !written.disabled();
    rule.expiry = ExpiryOf(written);
    for (const v1::AdmissionMatch& match : written.match()) rule.matches.push_back(Compile(match, catalog));
    has_deny_rules_ |= rule.enabled && rule.verdict == v1::ADMISSION_VERDICT_DENY;
  }
}

CompiledPolicy::Match CompiledPolicy::Compile(const v1::AdmissionMatch& match, absl::Span<const CatalogEntry> catalog) {
  Match compiled;
  const auto add = [](std::vector<Pattern>& patterns, std::string_view text) {
    if (absl::StatusOr<UrlPattern> pattern = UrlPattern::Parse(text); pattern.ok()) {
      UrlPattern normal = pattern->NormalForm();
      patterns.push_back({*std::move(pattern), std::move(normal)});
    }
  };
  switch (match.kind_case()) {
    case v1::AdmissionMatch::kExactUrl:
      if (match.exact_url().find('*') == std::string::npos) add(compiled.patterns, match.exact_url());
      break;
    case v1::AdmissionMatch::kPattern:
      add(compiled.patterns, match.pattern());
      break;
    case v1::AdmissionMatch::kCatalog: {
      const v1::CatalogMatch& wanted = match.catalog();
      for (const CatalogEntry& entry : catalog) {
        if (entry.since > wanted.version()) continue;
        const bool selected =
            entry.vendor == wanted.vendor() && (wanted.product().empty() || entry.product == wanted.product());
        const bool exact = entry.pattern.find('*') == std::string_view::npos;
        if (selected) add(compiled.patterns, entry.pattern);
        if (!selected && exact) add(compiled.excluded, entry.pattern);
      }
      break;
    }
    case v1::AdmissionMatch::kAny:
      compiled.any = match.any();
      break;
    case v1::AdmissionMatch::KIND_NOT_SET:
      break;
  }
  return compiled;
}

bool CompiledPolicy::Matches(const Rule& rule, Subject& subject) {
  const bool denies = rule.verdict == v1::ADMISSION_VERDICT_DENY;
  const auto matches = [&](const std::vector<Pattern>& patterns) {
    if (patterns.empty()) return false;
    return denies ? subject.MatchesAnySpelling(patterns) : subject.MatchesBytes(patterns);
  };
  return std::any_of(rule.matches.begin(), rule.matches.end(), [&](const Match& match) {
    return match.any || (matches(match.patterns) && !matches(match.excluded));
  });
}

Evaluation CompiledPolicy::Evaluate(std::string_view url, absl::Time now) const {
  Subject subject(url);
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    if (!rule.enabled || rule.expiry <= now || !Matches(rule, subject)) continue;
    return {rule.verdict, static_cast<int>(i)};
  }
  return {};
}

std::string CompiledPolicy::WhyNot(int rule_index, std::string_view url, absl::Time now) const {
  const Rule& rule = rules_[rule_index];
  Subject subject(url);
  if (!rule.enabled || rule.expiry <= now || Matches(rule, subject)) return "";
  for (const Match& match : rule.matches) {
    if (match.patterns.empty()) continue;
    const std::string difference = match.patterns.front().written.FirstDifference(url);
    return difference.empty() ? "another entry of the catalogue has this URL" : difference;
  }
  return "the rule has no usable match";
}

}  // namespace cimd::admission
