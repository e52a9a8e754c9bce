#ifndef CIMD_SERVER_JOSE_JWS_H_
#define CIMD_SERVER_JOSE_JWS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/jwk.h"

namespace cimd::jose {

// Large enough for the longest legitimate assertion: a client_id of 2048 bytes as iss and sub, an audience of the same
// length and an RSA-8192 signature.
inline constexpr size_t kMaxJwsBytes = 12 * 1024;

// A parsed message in compact serialization (RFC 7515 section 7.1). Not verified.
struct Jws {
  Algorithm alg = Algorithm::kRs256;
  // 1 to kMaxKidBytes bytes.
  std::optional<std::string> kid;
  // As written. Compare its MediaSubtypeOf: case and the prefix "application/" are insignificant (RFC 7515 section
  // 4.1.9).
  std::optional<std::string> typ;
  std::string payload;
  std::string signature;
  // The first two parts and the dot between them: the bytes that the signature covers.
  std::string signing_input;
};

// Parses a JWS in compact form: three parts, canonical base64url, strict JSON in the header, a supported algorithm, no
// "crit" and no "b64". Header members that contain or locate a key (jwk, jku, x5u, x5c) are ignored, because an
// attacker can set them. Unknown members are ignored as well. `compact` is attacker-controlled; more than kMaxJwsBytes
// are refused without being parsed. Pure; computes no signature.
OrFault<Jws> ParseJws(std::string_view compact);

// Whether `jwk` signed `jws` with an algorithm that the key may be used with. Computes one signature, or none if the
// key does not fit.
bool VerifyJws(const Jws& jws, const Jwk& jwk);

// Most signatures that are verified for one message.
inline constexpr int kMaxVerifications = 8;

// Returns the key that signed `jws`, as a pointer into `keys`. If the header has a kid, only keys with that kid are
// tried; otherwise the keys that fit the algorithm, in order. Computes at most kMaxVerifications signatures. Faults:
// kKeyUnknown, kKeyUnsuitable, kKeyNotNamed, kSignatureInvalid.
OrFault<const Jwk*> FindSigner(const Jws& jws, absl::Span<const Jwk> keys);

// Normalizes a "typ" for comparison: lower case, without the prefix "application/".
std::string MediaSubtypeOf(std::string_view typ);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_JWS_H_
