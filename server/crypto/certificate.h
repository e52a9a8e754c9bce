#ifndef CIMD_SERVER_CRYPTO_CERTIFICATE_H_
#define CIMD_SERVER_CRYPTO_CERTIFICATE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace cimd::crypto {

// When the first certificate in `pem` expires; nullopt when there is none that can be read.
std::optional<absl::Time> CertificateExpiry(std::string_view pem);

// What is wrong with the files of a TLS server, in words: that one cannot be read, or that the key is not the
// certificate's. Empty when they are fit for use. `client_ca_file` may be empty.
std::string TlsFilesProblem(const std::string& certificate_file, const std::string& key_file,
                            const std::string& client_ca_file);

}  // namespace cimd::crypto

#endif  // CIMD_SERVER_CRYPTO_CERTIFICATE_H_
