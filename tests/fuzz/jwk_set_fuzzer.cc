#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "server/jose/jwk_set.h"
#include "server/json/strict_json.h"
#include "tests/fuzz/fuzz_target.h"

namespace cimd::fuzz {
namespace {

using jose::Jwk;
using jose::JwkSet;
using jose::KeyProfile;

// A key that was read must be equal after writing and reading it again.
void CheckKey(const Jwk& key, KeyProfile profile) {
  Require(key.key != nullptr && !key.kid.empty() && key.kid.size() <= jose::kMaxKidBytes);
  Require(std::none_of(key.kid.begin(), key.kid.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); }));
  Require(key.kid_declared || key.kid == key.thumbprint);
  Require(!key.alg.has_value() || (key.Fits(*key.alg) && jose::KeyTypeFor(*key.alg) == key.type));
  auto json = json::ParseStrict(key.ToJson());
  Require(std::holds_alternative<json::Value>(json));
  const jose::ParsedJwk again = jose::ParseJwk(std::get<json::Value>(json), "$", profile);
  Require(again.jwk.has_value());
  Require(again.jwk->kid == key.kid && again.jwk->kid_declared == key.kid_declared && again.jwk->alg == key.alg &&
          again.jwk->type == key.type && again.jwk->thumbprint == key.thumbprint &&
          again.jwk->required_members == key.required_members);
}

JwkSet Check(std::string_view input, KeyProfile profile) {
  JwkSet set = jose::ParseJwkSet(input, profile);
  for (const jose::KeyFinding& finding : set.violations) Require(jose::IsViolation(finding.fault));
  for (const jose::KeyFinding& finding : set.warnings) Require(!jose::IsViolation(finding.fault));
  Require(set.refused == std::any_of(set.violations.begin(), set.violations.end(),
                                     [](const jose::KeyFinding& finding) { return jose::RefusesSet(finding.fault); }));
  Require(!set.refused || set.keys.empty());
  Require(!set.keys.empty() || !set.violations.empty());
  Require(set.keys.size() <= jose::kMaxKeys);
  std::set<std::string> kids;
  for (const Jwk& key : set.keys) {
    CheckKey(key, profile);
    kids.insert(key.kid);
  }
  for (const Jwk& one : set.keys) {
    for (const Jwk& other : set.keys) {
      if (&one == &other || one.kid != other.kid) continue;
      Require(one.thumbprint == other.thumbprint && one.alg != other.alg);
    }
  }
  // A set that is already active must be accepted again.
  jose::KnownKids known;
  for (const Jwk& key : set.keys) known.emplace(key.kid, key.thumbprint);
  JwkSet again = set;
  Require(jose::TakeReusedKids(known, {}, again).empty() && again.keys.size() == set.keys.size());
  return set;
}

}  // namespace

void FuzzOne(std::string_view input) {
  const JwkSet standard = Check(input, KeyProfile::kStandard);
  const JwkSet strict = Check(input, KeyProfile::kStrict);
  // STRICT accepts a subset, unless a key that it leaves out makes the whole set ambiguous.
  if (standard.refused) return;
  for (const Jwk& key : strict.keys) {
    Require(std::any_of(standard.keys.begin(), standard.keys.end(),
                        [&](const Jwk& other) { return other.thumbprint == key.thumbprint; }));
  }
}

}  // namespace cimd::fuzz
