#ifndef CIMD_SERVER_JOSE_JWK_SET_H_
#define CIMD_SERVER_JOSE_JWK_SET_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "server/jose/jwk.h"
#include "server/jose/key_fault.h"

namespace cimd::jose {

inline constexpr size_t kMaxJwkSetBytes = 12 * 1024;
inline constexpr size_t kMaxKeys = 20;

// What a jwks_uri served (RFC 7517 section 5), with everything that was found in it and not the first thing.
//
// Three outcomes, so that a mistake with one key does not lock a client out, and a set that cannot be trusted does:
//  - `refused`: the set as a whole breaks a rule (RefusesSet), or publishes a private key. `keys` is empty, and the
//    keys that were known before stay in force.
//  - violations without `refused`: the keys named in them are left out. The rest is in force; keys that the set no
//    longer lists are withdrawn, also when that leaves none (NO_USABLE_KEY).
//  - warnings: keys skipped as not meant for us, and what was assumed.
struct JwkSet {
  // In document order. Two keys have the same kid only if they are the same material for different algorithms.
  std::vector<Jwk> keys;
  std::vector<KeyFinding> violations;
  std::vector<KeyFinding> warnings;
  bool refused = false;
};

// Parses and judges a key set. `bytes` is attacker-controlled; more than `max_bytes` are refused unread. Unknown
// members are ignored. Pure but for OpenSSL, thread-safe; takes a few milliseconds at most.
JwkSet ParseJwkSet(std::string_view bytes, KeyProfile profile, size_t max_bytes = kMaxJwkSetBytes);

// What is in force when a client whose keys in force are `known` publishes `fetched`: the fetched keys, except that
// other material under a known kid is refused (KID_REUSED) and the known key kept. What a kid means never changes by a
// change of the set; a new key needs a new kid. Known keys that `fetched` does not list are gone, and a refused set
// comes back as it is. Pure.
JwkSet ApplyToKnownKeys(absl::Span<const Jwk> known, JwkSet fetched);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_JWK_SET_H_
