#ifndef CIMD_SERVER_CRYPTO_SHA256_H_
#define CIMD_SERVER_CRYPTO_SHA256_H_

#include <memory>
#include <string>
#include <string_view>

namespace cimd::crypto {

// The 32 bytes of the SHA-256 of `data`. Thread-safe; allocates only the result.
std::string Sha256(std::string_view data);

// The same as 64 lower-case hexadecimal digits, the form in which document digests are shown and compared.
std::string Sha256Hex(std::string_view data);

// The same of bytes that come in pieces. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();

  void Update(std::string_view piece);
  // The digest of all pieces as 64 lower-case hexadecimal digits. To be called once, and last.
  std::string FinishHex();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace cimd::crypto

#endif  // CIMD_SERVER_CRYPTO_SHA256_H_
