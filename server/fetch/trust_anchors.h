#ifndef CIMD_SERVER_FETCH_TRUST_ANCHORS_H_
#define CIMD_SERVER_FETCH_TRUST_ANCHORS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

// OpenSSL's X509 and SSL_CTX.
struct ssl_ctx_st;
struct x509_st;

namespace cimd::fetch {

// The certification authorities that may certify hosts. If both members are empty, every fetch fails.
struct TrustAnchors {
  // Shared by all fetches, which only read them.
  std::vector<std::shared_ptr<x509_st>> certificates = {};
  // A directory of certificates named by the hash of their subjects. Each fetch reads the certificate that it needs.
  std::string directory = {};
};

// Loads the system's authorities and those of `extra_file`, unless that is empty. The system's authorities come from
// its directory if that has hashed names, as Debian's has, so that changes there take effect at once; otherwise from
// its bundle. Files are read once, during this call. The operator controls all paths. INVALID_ARGUMENT if `extra_file`
// cannot be read, contains no certificate, or contains a malformed one. A system without authorities is not an error.
absl::StatusOr<TrustAnchors> LoadTrustAnchors(const std::string& system_file, const std::string& system_directory,
                                              const std::string& extra_file);

// Makes `context` trust the certificates, without parsing them again. The caller must set the directory itself. False
// if memory is exhausted.
bool TrustCertificates(const TrustAnchors& anchors, ssl_ctx_st* context);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_TRUST_ANCHORS_H_
