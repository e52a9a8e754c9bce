#ifndef CIMD_SERVER_JOSE_JWK_SET_H_
#define CIMD_SERVER_JOSE_JWK_SET_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "server/jose/jwk.h"
#include "server/jose/key_fault.h"

namespace cimd::jose {

inline constexpr size_t kMaxJwkSetBytes = 12 * 1024;
inline constexpr size_t kMaxKeys = 20;

// A parsed key set (RFC 7517 section 5) with all findings.
//
// A mistake in one key must not lock a client out; a set that cannot be trusted must not be used. Hence three outcomes:
//  - `refused`: the set as a whole breaks a rule (RefusesSet). `keys` is empty; the keys that were in force stay.
//  - violations without `refused`: the keys that they name are left out. The others are in force; keys that the set no
//    longer lists are withdrawn, also when none is left (NO_USABLE_KEY).
//  - warnings: keys that were skipped because they are for other purposes, and assumptions.
struct JwkSet {
  // In document order. Two keys have the same kid only if they are the same material for different algorithms.
  std::vector<Jwk> keys;
  std::vector<KeyFinding> violations;
  std::vector<KeyFinding> warnings;
  bool refused = false;
};

// Parses and judges a key set. `bytes` is attacker-controlled; more than `max_bytes` are refused unread. Unknown
// members are ignored. Thread-safe; takes a few milliseconds at most.
JwkSet ParseJwkSet(std::string_view bytes, KeyProfile profile, size_t max_bytes = kMaxJwkSetBytes);

// The key of each known kid, by its RFC 7638 thumbprint.
using KnownKids = absl::flat_hash_map<std::string, std::string>;

// Removes from `fetched` the keys whose kid belongs to another key in `known`, except those whose thumbprint is in
// `accepted`. Adds a KID_REUSED violation for each and returns them in document order. A change of the set alone never
// changes which key a kid stands for: a new key needs a new kid. Pure.
std::vector<Jwk> TakeReusedKids(const KnownKids& known, absl::Span<const std::string> accepted, JwkSet& fetched);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_JWK_SET_H_
