#include "server/jose/jwk_set.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/types/span.h"
#include "server/jose/jwk.h"
#include "server/jose/key_fault.h"
#include "server/json/json_path.h"
#include "server/json/strict_json.h"

namespace cimd::jose {
namespace {

constexpr std::string_view kKeysPath = "$.keys";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

void Add(KeyFinding finding, JwkSet& set) {
  set.refused = set.refused || RefusesSet(finding.fault);
  (IsViolation(finding.fault) ? set.violations : set.warnings).push_back(std::move(finding));
}

KeyFault FaultOf(json::Fault fault) {
  switch (fault) {
    case json::Fault::kMalformed:
      return KeyFault::kJsonMalformed;
    case json::Fault::kUtf8Invalid:
      return KeyFault::kJsonUtf8Invalid;
    case json::Fault::kMemberDuplicate:
      return KeyFault::kJsonMemberDuplicate;
    case json::Fault::kTooDeep:
      return KeyFault::kJsonTooDeep;
  }
  return KeyFault::kJsonMalformed;
}

std::string PathOf(size_t index) { return json::ElementPath(kKeysPath, index); }

// Adds a key to the set, unless it conflicts with another key.
void AddKey(Jwk jwk, JwkSet& set) {
  for (const Jwk& other : set.keys) {
    if (other.kid != jwk.kid) continue;
    if (other.thumbprint != jwk.thumbprint) {
      Add({KeyFault::kKidAmbiguous, json::MemberPath(PathOf(jwk.index), "kid")}, set);
      return;
    }
    if (other.alg == jwk.alg) {
      Add({KeyFault::kKeyDuplicate, PathOf(jwk.index)}, set);
      return;
    }
  }
  set.keys.push_back(std::move(jwk));
}

JwkSet RefusedSet(KeyFault fault, std::string_view path) {
  JwkSet set;
  Add({fault, std::string(path)}, set);
  return set;
}

}  // namespace

JwkSet ParseJwkSet(std::string_view bytes, KeyProfile profile, size_t max_bytes) {
  if (bytes.size() > max_bytes) return RefusedSet(KeyFault::kSetTooLarge, "$");
  const std::variant<json::Value, json::ParseError> parsed = json::ParseStrict(bytes);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) {
    const bool begins_with_mark = bytes.substr(0, kByteOrderMark.size()) == kByteOrderMark;
    return RefusedSet(begins_with_mark ? KeyFault::kByteOrderMark : FaultOf(error->fault), error->path);
  }
  const json::Value& document = std::get<json::Value>(parsed);
  if (!document.is_object()) return RefusedSet(KeyFault::kSetMalformed, "$");
  const auto keys = document.find("keys");
  if (keys == document.end() || !keys->is_array()) return RefusedSet(KeyFault::kSetMalformed, kKeysPath);
  if (keys->size() > kMaxKeys) return RefusedSet(KeyFault::kTooManyKeys, kKeysPath);

  JwkSet set;
  for (size_t i = 0; i < keys->size(); ++i) {
    ParsedJwk key = ParseJwk((*keys)[i], PathOf(i), profile);
    for (KeyFinding& finding : key.findings) Add(std::move(finding), set);
    if (!key.jwk.has_value()) continue;
    key.jwk->index = i;
    AddKey(*std::move(key.jwk), set);
  }
  if (set.refused) {
    set.keys.clear();
  } else if (set.keys.empty()) {
    Add({KeyFault::kNoUsableKey, std::string(kKeysPath)}, set);
  }
  return set;
}

std::vector<Jwk> TakeReusedKids(const KnownKids& known, absl::Span<const std::string> accepted, JwkSet& fetched) {
  const auto is_proper = [&](const Jwk& key) {
    const auto owner = known.find(key.kid);
    return owner == known.end() || owner->second == key.thumbprint || absl::c_linear_search(accepted, key.thumbprint);
  };
  const auto first_taken = std::stable_partition(fetched.keys.begin(), fetched.keys.end(), is_proper);
  std::vector<Jwk> taken(std::make_move_iterator(first_taken), std::make_move_iterator(fetched.keys.end()));
  fetched.keys.erase(first_taken, fetched.keys.end());
  for (const Jwk& key : taken) Add({KeyFault::kKidReused, json::MemberPath(PathOf(key.index), "kid")}, fetched);
  return taken;
}

}  // namespace cimd::jose
