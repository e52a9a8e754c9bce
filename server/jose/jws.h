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

// Fits the longest legitimate assertion: a client_id of 2048 bytes as iss and sub, an audience of the same length and
// an RSA-8192 signature.
inline constexpr size_t kMaxJwsBytes = 12 * 1024;

// A parsed message in compact serialization (RFC 7515 section 7.1). Not verified.
struct Jws {
  Algorithm alg = Algorithm::kRs256;
  // 1 to kMaxKidBytes bytes.
  std::optional<std::string> kid;
  // As written. Compare MediaSubtypeOf it: case and the prefix "application/" are free (RFC 7515 section 4.1.9).
  std::optional<std::string> typ;
  std::string payload;
  std::string signature;
  // The first two parts and the dot between them: the bytes that are signed.
  std::string signing_input;
};

// Parses a JWS in compact form: three parts, canonical base64url, strict JSON in the header, a supported algorithm, no
// "crit" and no "b64". Header members that name a key or its place (jwk, jku, x5u, x5c) are ignored, because an
// attacker can set them; so are unknown members. `compact` is attacker-controlled; more than kMaxJwsBytes are refused
// unread. Pure; computes no signature.
OrFault<Jws> ParseJws(std::string_view compact);

// Whether `jwk` signed `jws`, with an algorithm that the key may be used with. Computes one signature, or none when the
// key does not fit.
bool VerifyJws(const Jws& jws, const Jwk& jwk);

// Most signatures that are computed for one message.
inline constexpr int kMaxVerifications = 8;

// The key that signed `jws`, pointing into `keys`. With a kid in the header only keys of that kid are considered,
// without one those that fit the algorithm, in order; at most kMaxVerifications signatures are computed. kKeyUnknown,
// kKeyUnsuitable, kKeyNotNamed or kSignatureInvalid.
OrFault<const Jwk*> FindSigner(const Jws& jws, absl::Span<const Jwk> keys);

// A "typ" in the form to compare: lower case, without the prefix "application/".
std::string MediaSubtypeOf(std::string_view typ);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_JWS_H_
