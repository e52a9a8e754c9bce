#ifndef CIMD_SERVER_JOSE_JWK_H_
#define CIMD_SERVER_JOSE_JWK_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/jose/algorithm.h"
#include "server/jose/key_fault.h"
#include "server/jose/public_key.h"
#include "server/json/strict_json.h"

namespace cimd::jose {

// The rules for usable keys, selected by the tenant's document profile.
enum class KeyProfile {
  // RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519, and every algorithm of these keys.
  kStandard,
  // The reference product's limits: RSA of 2048 to 4096 bits with RS256 (if there is no "alg"), RS384 or PS256.
  kStrict,
};

// Whether a signature of this algorithm may be verified in this profile.
bool IsAllowed(Algorithm algorithm, KeyProfile profile);

// The names of the allowed algorithms, as published in token_endpoint_auth_signing_alg_values_supported.
std::vector<std::string_view> AllowedAlgorithmNames(KeyProfile profile);

inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMaxRsaBits = 8192;  // limits the cost of one verification
inline constexpr int kMaxRsaBitsStrict = 4096;
inline constexpr size_t kMaxKidBytes = 256;

// A client's public key as published (RFC 7517 section 4), checked and ready for use. A value type; copies share the
// key.
struct Jwk {
  // The declared kid, else the thumbprint. 1 to kMaxKidBytes bytes of UTF-8 without ASCII control characters. The
  // client's publisher controls it.
  std::string kid;
  bool kid_declared = false;
  KeyType type = KeyType::kRsa;
  // The only algorithm that the key may be used with; absent if it may be used with every algorithm of its type.
  std::optional<Algorithm> alg;
  // The RFC 7638 thumbprint with SHA-256, in base64url. It identifies the key material, independent of the kid.
  std::string thumbprint;
  // The required members of the key (RFC 7638 section 3.2) as compact JSON in lexicographic order.
  std::string required_members;
  std::shared_ptr<const PublicKey> key;
  // The key's index in the array "keys" that it was read from.
  size_t index = 0;

  // Whether a signature made with `algorithm` may be verified with this key.
  bool Fits(Algorithm algorithm) const;

  // The key as a JSON object of required members, alg and declared kid only. ParseJwk accepts it.
  std::string ToJson() const;
};

struct ParsedJwk {
  // Absent if the key is refused or skipped.
  std::optional<Jwk> jwk;
  std::vector<KeyFinding> findings;
};

// The members of `jwk`, an object, that contain parts of a private or symmetric key of any type, known or not. Members
// that are null or empty are not listed.
std::vector<std::string_view> PrivateMembers(const json::Value& jwk);

// Parses the output of Jwk::ToJson; empty for any other text.
std::optional<Jwk> ParseOwnJwk(std::string_view text);

// Parses and checks one JWK. `value` was read by json::ParseStrict and is attacker-controlled; `path` is its JSON path,
// for the findings. A key of any type is refused if it has PrivateMembers(). Members that are null or empty count as
// absent; unknown members, including certificates, are ignored. Thread-safe; time is limited by the size of `value`.
ParsedJwk ParseJwk(const json::Value& value, std::string_view path, KeyProfile profile);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_JWK_H_
