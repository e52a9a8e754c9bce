#ifndef CIMD_SERVER_ADMISSION_COMPILED_POLICY_H_
#define CIMD_SERVER_ADMISSION_COMPILED_POLICY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cimd/v1/admission_policy.pb.h"
#include "server/admission/catalog.h"
#include "server/admission/normal_form.h"
#include "server/admission/url_pattern.h"

namespace cimd::admission {

inline constexpr int kMaxRules = 100;
inline constexpr int kMaxMatches = 50;
inline constexpr size_t kMaxRuleBytes = 8 * 1024;
inline constexpr size_t kMaxRuleIdBytes = 63;
inline constexpr size_t kMaxDescriptionCharacters = 200;

// Everything notable about a policy that an admin wrote, in the order of its rules; a policy with a violation must not
// be stored. Pure.
std::vector<v1::AdmissionRuleFinding> JudgePolicy(const v1::AdmissionPolicy& policy,
                                                  absl::Span<const CatalogEntry> catalog, absl::Time now);

// What the rules say of a URL.
struct Evaluation {
  v1::AdmissionVerdict verdict = v1::ADMISSION_VERDICT_DENY;
  // Index of the rule that decided; -1 when none matched.
  int rule = -1;

  // Whether a rule denies the URL, so that a registered client is refused as well.
  bool denied_by_rule() const { return verdict == v1::ADMISSION_VERDICT_DENY && rule >= 0; }
};

// A policy made ready for URLs. Immutable and thread-safe. Rules and matches that JudgePolicy refuses match nothing in
// a rule that admits, so that a stored policy that a newer version would refuse admits nobody.
class CompiledPolicy {
 public:
  // Admits nobody.
  CompiledPolicy() = default;
  // `catalog` need not outlive this.
  CompiledPolicy(const v1::AdmissionPolicy& policy, absl::Span<const CatalogEntry> catalog);

  // The first enabled and unexpired rule that matches decides. `url` is an attacker's, and has passed the rules for
  // client identifier URLs. Takes time in proportion to the rules and the URL.
  Evaluation Evaluate(std::string_view url, absl::Time now) const;

  // Whether any rule denies. Without one no registered client has to be held against the rules.
  bool has_deny_rules() const { return has_deny_rules_; }

  // Why the rule does not match the URL: of its first match, where the URL differs. Empty when the rule matches, or is
  // not looked at because it is disabled or expired.
  std::string WhyNot(int rule, std::string_view url, absl::Time now) const;

 private:
  struct Pattern {
    UrlPattern written;
    UrlPattern normal;
  };
  struct Match {
    bool any = false;
    std::vector<Pattern> patterns;
    // Exact entries of the catalogue that are not selected: their URLs are not taken for another entry's.
    std::vector<Pattern> excluded;
  };
  struct Rule {
    v1::AdmissionVerdict verdict = v1::ADMISSION_VERDICT_DENY;
    bool enabled = true;
    absl::Time expiry = absl::InfiniteFuture();
    std::vector<Match> matches;
  };
  // A URL and, from the first rule that denies on, its normal form.
  class Subject;

  static Match Compile(const v1::AdmissionMatch& match, absl::Span<const CatalogEntry> catalog);
  static bool Matches(const Rule& rule, Subject& subject);

  std::vector<Rule> rules_;
  bool has_deny_rules_ = false;
};

}  // namespace cimd::admission

#endif  // CIMD_SERVER_ADMISSION_COMPILED_POLICY_H_
