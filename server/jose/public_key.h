#ifndef CIMD_SERVER_JOSE_PUBLIC_KEY_H_
#define CIMD_SERVER_JOSE_PUBLIC_KEY_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/jose/algorithm.h"

namespace cimd::jose {

// A parsed public key, with an initialized OpenSSL context for every algorithm that it fits. Each verification copies
// the context: initializing one takes a fifth of the time of an RSA-2048 verification. Only this class uses OpenSSL's
// key types.
//
// Immutable and safe for concurrent use. Caches and requests share it by pointer. Constructing one takes the time of a
// few RSA-2048 verifications, and some kilobytes of memory.
class PublicKey {
 public:
  // Each returns null if the bytes are not a public key of its type. The client's publisher controls the bytes.
  // Integers are unsigned and big-endian. The caller must check the key's strength and limit its size.
  static std::shared_ptr<const PublicKey> FromRsa(std::string_view modulus, std::string_view exponent);
  // `curve` is one of the EC key types; each coordinate has the full length CoordinateBytes.
  static std::shared_ptr<const PublicKey> FromEcPoint(KeyType curve, std::string_view x, std::string_view y);
  static std::shared_ptr<const PublicKey> FromEd25519(std::string_view x);

  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;

  // Whether `signature` is this key's signature of `message` under `algorithm`, in the form of RFC 7518: as long as the
  // modulus for RSA; R and S in full length for ECDSA (never DER). False if the algorithm needs another kind of key.
  // Does not change OpenSSL's error queue, which TLS connections on the same thread read.
  bool Verify(Algorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  struct Contexts;
  explicit PublicKey(std::unique_ptr<Contexts> contexts, size_t signature_bytes);

  const std::unique_ptr<const Contexts> contexts_;
  const size_t signature_bytes_;
};

// Bytes of one coordinate of an EC key type: 32, 48 or 66 (RFC 7518 section 6.2.1.2); 0 for the other key types.
size_t CoordinateBytes(KeyType type);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_PUBLIC_KEY_H_
