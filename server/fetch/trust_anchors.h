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

// The certification authorities that may vouch for a host. With both parts empty nobody can, and every fetch fails.
struct TrustAnchors {
  // Shared by all fetches, which only read them.
  std::vector<std::shared_ptr<x509_st>> certificates = {};
  // A directory that has certificates under the hash of their names, of which each fetch reads the needed one.
  std::string directory = {};
};

// The system's authorities, from its directory if that has hashed names, as Debian's has, so that what changes there
// counts at once; else from its bundle, as it is now; and those of `extra_file`, as it is now, unless that is empty.
// All paths are the operator's. INVALID_ARGUMENT when `extra_file` cannot be read, or holds no certificate or a
// malformed one; a system without authorities is not an error.
absl::StatusOr<TrustAnchors> LoadTrustAnchors(const std::string& system_file, const std::string& system_directory,
                                              const std::string& extra_file);

// Makes what verifies peers for `context` trust the certificates, without parsing them again; the directory is the
// caller's to hand over. False when there is no memory for it.
bool TrustCertificates(const TrustAnchors& anchors, ssl_ctx_st* context);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_TRUST_ANCHORS_H_
