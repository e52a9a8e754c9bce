#ifndef CIMD_SERVER_SERVER_H_
#define CIMD_SERVER_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/options.h"
#include "server/rpc/clock.h"

namespace cimd {

// A running control plane. Creates and owns all parts and shuts them down in order. Parts refer to each other only by
// reference. Thread-safe after Start.
class Server {
 public:
  // Opens the store, bootstraps a new one, and starts to serve. Errors are for the operator and name the option or
  // directory. `clock` must outlive the server; null means the system's clock.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const rpc::Clock* clock = nullptr);

  // Calls Shutdown.
  ~Server();

  // host:port of the gRPC endpoint, with the port that was bound.
  const std::string& address() const;

  // Reads --caller_identities and the files that it names again. Errors are logged, and the previous content stays in
  // force. TLS files are reloaded automatically, without this call.
  void Reload();

  // Reports NOT_SERVING to health checks but continues to serve calls, so that load balancers can switch to other
  // servers.
  void AnnounceShutdown();

  // Calls AnnounceShutdown, refuses new calls, waits for running calls, and cancels those that exceed drain_timeout.
  // The destructor closes the store. A second call does nothing.
  void Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_SERVER_H_
