#ifndef CIMD_SERVER_JOSE_KEY_STRENGTH_H_
#define CIMD_SERVER_JOSE_KEY_STRENGTH_H_

#include <string_view>

namespace cimd::jose {

// Tests for public keys whose signatures anyone can forge. They take microseconds. The client's publisher controls the
// bytes. The tests protect the client's users, who did not choose the key.

// Whether an RSA modulus (big-endian) is unsafe: it has a prime factor below 168, or the fingerprint of the key
// generator of CVE-2017-15361 (ROCA), whose moduli can be factored. Fewer than one in a hundred million sound moduli
// have the fingerprint by chance.
bool IsWeakRsaModulus(std::string_view modulus);

// Whether these 32 bytes are the canonical encoding of a point on edwards25519 (RFC 8032 section 5.1.3) that is not of
// small order. With a public key of small order, one signature can be valid for many messages.
bool IsSoundEd25519Point(std::string_view bytes);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_KEY_STRENGTH_H_
