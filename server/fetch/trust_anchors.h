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

// The certification authorities that are trusted to certify hosts. With both parts empty every fetch fails.
struct TrustAnchors {
  // Shared by all fetches, which only read them.
  std::vector<std::shared_ptr<x509_st>> certificates = {};
  // A directory with certificates under the hash of their names. Each fetch reads the one it needs.
  std::string directory = {};
};

// The system's authorities and those of `extra_file`, unless that is empty. The system's come from its directory if
// that has hashed names, as Debian's has, so that changes there take effect at once; else from its bundle. Files are
// read once, now. All paths are the operator's. INVALID_ARGUMENT when `extra_file` cannot be read, or holds no
// certificate or a malformed one. A system without authorities is not an error.
absl::StatusOr<TrustAnchors> LoadTrustAnchors(const std::string& system_file, const std::string& system_directory,
                                              const std::string& extra_file);

// Makes `context` trust the certificates, without parsing them again. The caller has to set the directory itself. False
// when there is no memory for it.
bool TrustCertificates(const TrustAnchors& anchors, ssl_ctx_st* context);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_TRUST_ANCHORS_H_
