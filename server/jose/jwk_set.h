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
// A mistake in one key must not lock a client out; an untrustworthy set must not be used. Hence three outcomes:
//  - `refused`: the set as a whole breaks a rule (RefusesSet). `keys` is empty; the keys that were in force stay.
//  - violations without `refused`: the keys that they name are left out. The others are in force. Keys that the set no
//    longer lists are withdrawn, even if none remains (NO_USABLE_KEY).
//  - warnings: skipped keys, which are for other purposes, and assumptions.
struct JwkSet {
  // In document order. Two keys have the same kid only if they are the same key material for different algorithms.
  std::vector<Jwk> keys;
  std::vector<KeyFinding> violations;
  std::vector<KeyFinding> warnings;
  bool refused = false;
};

// Parses and checks a key set. `bytes` is attacker-controlled; a set of more than `max_bytes` is refused without being
// parsed. Unknown members are ignored. Thread-safe; takes a few milliseconds at most.
JwkSet ParseJwkSet(std::string_view bytes, KeyProfile profile, size_t max_bytes = kMaxJwkSetBytes);

// Maps each known kid to the RFC 7638 thumbprint of its key.
using KnownKids = absl::flat_hash_map<std::string, std::string>;

// Removes from `fetched` the keys whose kid belongs to another key in `known`, except those whose thumbprint is in
// `accepted`. Adds a KID_REUSED violation for each, and returns the removed keys in document order. A publisher alone
// can therefore never change which key a kid refers to: a new key needs a new kid. Pure.
std::vector<Jwk> TakeReusedKids(const KnownKids& known, absl::Span<const std::string> accepted, JwkSet& fetched);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_JWK_SET_H_
