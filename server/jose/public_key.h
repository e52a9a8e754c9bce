#ifndef CIMD_SERVER_JOSE_PUBLIC_KEY_H_
#define CIMD_SERVER_JOSE_PUBLIC_KEY_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/jose/algorithm.h"

namespace cimd::jose {

// A public key made ready for verifying: the parsed key and, for every algorithm that it fits, a context that has
// gone through OpenSSL's set-up once, which each verification copies. That set-up would cost a fifth of an RSA-2048
// verification. The only class that knows OpenSSL's key types; none of them show in this header.
//
// Immutable, so safe for concurrent use without locks; shared by pointer between caches and requests. Making one
// costs about as much as a few RSA-2048 verifications, and some kilobytes.
class PublicKey {
 public:
  // Each returns null when the bytes are not a public key of the kind. The bytes come from a client's publisher.
  // Integers are unsigned and big-endian. The strength of a key is the caller's business, as are bounds on its size.
  static std::shared_ptr<const PublicKey> FromRsa(std::string_view modulus, std::string_view exponent);
  // `curve` is one of the EC key types; the coordinates have the full length of CoordinateBytes.
  static std::shared_ptr<const PublicKey> FromEcPoint(KeyType curve, std::string_view x, std::string_view y);
  static std::shared_ptr<const PublicKey> FromEd25519(std::string_view x);

  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;

  // Whether `signature` is this key's signature of `message` under `algorithm`, in the form that RFC 7518 gives it:
  // as long as the modulus for RSA, R and S in full length for ECDSA (never DER). False for an algorithm that needs
  // another kind of key. Leaves OpenSSL's error queue as it was, because TLS connections on the same thread read it.
  bool Verify(Algorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  struct Contexts;
  explicit PublicKey(std::unique_ptr<Contexts> contexts, size_t signature_bytes);

  const std::unique_ptr<const Contexts> contexts_;
  const size_t signature_bytes_;
};

// Length of one coordinate of an EC key type: 32, 48 or 66 (RFC 7518 section 6.2.1.2); 0 for the other key types.
size_t CoordinateBytes(KeyType type);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_PUBLIC_KEY_H_
