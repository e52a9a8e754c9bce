#ifndef CIMD_TESTS_SERVER_JOSE_TEST_SIGNER_H_
#define CIMD_TESTS_SERVER_JOSE_TEST_SIGNER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/jose/algorithm.h"

namespace cimd::testing {

// A fresh private key of a client, and what a client does with it. Copies share the key. Ends the process when
// OpenSSL fails.
class TestSigner {
 public:
  static TestSigner Rsa(int bits);
  static TestSigner Ec(jose::KeyType curve);
  static TestSigner Ed25519();

  // The public key as a JWK: a JSON object to which `members`, such as R"("kid":"a","use":"sig")", are added.
  std::string PublicJwk(std::string_view members = {}) const;

  // Compact JWS over any two texts, signed with `algorithm` whatever the header says.
  std::string Sign(jose::Algorithm algorithm, std::string_view header, std::string_view payload) const;

  // The signature alone, in JWS form.
  std::string Signature(jose::Algorithm algorithm, std::string_view message) const;
  // An ECDSA signature as DER, the form that JWS does not use.
  std::string DerSignature(jose::Algorithm algorithm, std::string_view message) const;

  // A call of OpenSSL that verifies a signature of `message`, with all that can be done beforehand done: the bare cost
  // of a verification, for benchmarks. For one thread.
  std::function<bool()> BareVerification(jose::Algorithm algorithm, std::string_view message) const;

 private:
  struct Key;
  explicit TestSigner(std::shared_ptr<const Key> key);

  std::shared_ptr<const Key> key_;
};

// header.payload with both parts encoded: what is signed.
std::string SigningInput(std::string_view header, std::string_view payload);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_JOSE_TEST_SIGNER_H_
