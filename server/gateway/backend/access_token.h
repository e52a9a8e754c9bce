#ifndef CIMD_SERVER_GATEWAY_BACKEND_ACCESS_TOKEN_H_
#define CIMD_SERVER_GATEWAY_BACKEND_ACCESS_TOKEN_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace cimd::gateway {

// The gateway's own access token, for what it asks on nobody's behalf: which tenant a host name belongs to, and the
// public metadata of a tenant. It lives in a file, and can be read again when that file has changed. Thread-safe.
class AccessToken {
 public:
  // INVALID_ARGUMENT when the file holds nothing that can be sent; NOT_FOUND when it cannot be read.
  static absl::StatusOr<std::unique_ptr<AccessToken>> FromFile(std::string path);

  // The value of the metadata `authorization`.
  std::string Authorization() const;

  // Reads the file again; on an error the present token stays.
  absl::Status Reload();

 private:
  explicit AccessToken(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  mutable absl::Mutex mu_;
  std::string token_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_ACCESS_TOKEN_H_
