#ifndef CIMD_SERVER_RESOURCES_ETAG_H_
#define CIMD_SERVER_RESOURCES_ETAG_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/errors/errors.h"
#include "storage/store.h"

namespace cimd::services {

// Checks an etag of a request against the revision that last wrote the resource. An empty etag always matches. Errors:
// ETAG_MISMATCH.
inline absl::Status CheckEtag(std::string_view resource, storage::Revision revision, std::string_view etag) {
  if (etag.empty() || etag == std::to_string(revision)) return absl::OkStatus();
  return rpc::errors::EtagMismatch(resource, etag);
}

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_ETAG_H_
