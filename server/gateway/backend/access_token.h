#ifndef CIMD_SERVER_GATEWAY_BACKEND_ACCESS_TOKEN_H_
#define CIMD_SERVER_GATEWAY_BACKEND_ACCESS_TOKEN_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace cimd::gateway {

// The gateway's own access token, read from a file. It is used only to find out which tenant an address belongs to and
// to read a tenant's public metadata, never for a caller's request. Thread-safe.
class AccessToken {
 public:
  // NOT_FOUND: the file cannot be read. INVALID_ARGUMENT: it does not hold one line of printable characters.
  static absl::StatusOr<std::unique_ptr<AccessToken>> FromFile(std::string path);

  // The value for the metadata key `authorization`.
  std::string Authorization() const;

  // Reads the file again. On an error the current token stays in use.
  absl::Status Reload();

 private:
  explicit AccessToken(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  mutable absl::Mutex mu_;
  std::string token_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_ACCESS_TOKEN_H_
