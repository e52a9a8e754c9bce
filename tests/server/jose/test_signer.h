#ifndef CIMD_TESTS_SERVER_JOSE_TEST_SIGNER_H_
#define CIMD_TESTS_SERVER_JOSE_TEST_SIGNER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/jose/algorithm.h"

namespace cimd::testing {

// A new private key of a client, with the client's operations. Copies share the key. Ends the process if OpenSSL fails.
class TestSigner {
 public:
  static TestSigner Rsa(int bits);
  static TestSigner Ec(jose::KeyType curve);
  static TestSigner Ed25519();

  // Returns the public key as a JWK with the additional `members`, for example R"("kid":"a","use":"sig")".
  std::string PublicJwk(std::string_view members = {}) const;

  // Returns a compact JWS of the two texts. It is signed with `algorithm`, whatever the header says.
  std::string Sign(jose::Algorithm algorithm, std::string_view header, std::string_view payload) const;

  // Returns only the signature, in the format of JWS.
  std::string Signature(jose::Algorithm algorithm, std::string_view message) const;
  // Returns an ECDSA signature in DER, a format that JWS does not use.
  std::string DerSignature(jose::Algorithm algorithm, std::string_view message) const;

  // Returns a function that verifies a signature of `message` with OpenSSL. Everything that can be prepared is
  // prepared, so that benchmarks measure the verification only. Not thread-safe.
  std::function<bool()> BareVerification(jose::Algorithm algorithm, std::string_view message) const;

 private:
  struct Key;
  explicit TestSigner(std::shared_ptr<const Key> key);

  std::shared_ptr<const Key> key_;
};

// Returns header.payload with both parts encoded. This is the text that is signed.
std::string SigningInput(std::string_view header, std::string_view payload);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_JOSE_TEST_SIGNER_H_
