#ifndef CIMD_SERVER_FETCH_TRUST_ANCHORS_H_
#define CIMD_SERVER_FETCH_TRUST_ANCHORS_H_

#include <string>

#include "absl/status/statusor.h"

namespace cimd::fetch {

// The certification authorities that may vouch for a host. With both parts empty nobody can, and every fetch fails.
struct TrustAnchors {
  // Certificates in PEM.
  std::string pem = {};
  // A directory that has certificates under the hash of their names, of which the needed one is read on demand.
  std::string directory = {};
};

// The system's authorities, from its directory if that has hashed names, as Debian's has, else from its bundle; and
// those of `extra_file`, unless that is empty. A directory costs each fetch the reading of one certificate; a bundle
// the parsing of about 140, some 30 ms. All paths are the operator's. INVALID_ARGUMENT when `extra_file` cannot be read
// or holds no certificate; a system without authorities is not an error.
absl::StatusOr<TrustAnchors> LoadTrustAnchors(const std::string& system_file, const std::string& system_directory,
                                              const std::string& extra_file);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_TRUST_ANCHORS_H_
