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

// Room for the longest legitimate assertion: a 2048-byte client_id as iss and sub, an audience of the same length and
// an RSA-8192 signature.
inline constexpr size_t kMaxJwsBytes = 12 * 1024;

// A signed message in compact serialization (RFC 7515 section 7.1), taken apart. Nothing in it has been verified.
struct Jws {
  Algorithm alg = Algorithm::kRs256;
  // 1 to kMaxKidBytes bytes.
  std::optional<std::string> kid;
  // As written; RFC 7515 section 4.1.9 leaves case and an "application/" prefix open.
  std::optional<std::string> typ;
  std::string payload;
  std::string signature;
  // The first two parts and the dot between them: the bytes that are signed.
  std::string signing_input;
};

// Takes a JWS apart. Exactly the compact form: three parts, canonical base64url, strict JSON in the header, an
// algorithm of the closed list, no "crit" and no "b64". Header members that would tell the verifier where the key is
// (jwk, jku, x5u, x5c) are the attacker's word and are ignored, as are unknown ones. `compact` is attacker-controlled;
// more than kMaxJwsBytes are refused unread. Pure; computes no signature.
OrFault<Jws> ParseJws(std::string_view compact);

// Whether `jwk` signed `jws` with an algorithm that is the key's own. One signature verification, or none when the
// key does not fit.
bool VerifyJws(const Jws& jws, const Jwk& jwk);

// Signatures computed at most for one message without a kid.
inline constexpr int kMaxVerifications = 8;

// The key that signed `jws`, pointing into `keys`. With a kid in the header only keys of that kid are considered,
// without one those that fit the algorithm, in order; at most kMaxVerifications signatures are computed. kKeyUnknown,
// kKeyUnsuitable, kKeyNotNamed or kSignatureInvalid.
OrFault<const Jwk*> FindSigner(const Jws& jws, absl::Span<const Jwk> keys);

// A "typ" in the one form to compare: lower-case, without the "application/" that may be left out.
std::string MediaSubtypeOf(std::string_view typ);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_JWS_H_
