#ifndef CIMD_SERVER_CRYPTO_SHA256_H_
#define CIMD_SERVER_CRYPTO_SHA256_H_

#include <string>
#include <string_view>

namespace cimd::crypto {

// The 32 bytes of the SHA-256 of `data`. Thread-safe; allocates only the result.
std::string Sha256(std::string_view data);

// The same as 64 lower-case hexadecimal digits, the form in which document digests are shown and compared.
std::string Sha256Hex(std::string_view data);

}  // namespace cimd::crypto

#endif  // CIMD_SERVER_CRYPTO_SHA256_H_
