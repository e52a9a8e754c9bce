#ifndef CIMD_SERVER_SERVER_H_
#define CIMD_SERVER_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/options.h"
#include "server/rpc/clock.h"

namespace cimd {

// A running control plane. Builds and owns all parts, which know each other only by reference, and shuts them down in
// order. Thread-safe after Start.
class Server {
 public:
  // Opens the store, bootstraps it if it is new, and serves. Errors are for the operator and name the option or the
  // directory. `clock` must outlive the server; null is the system's clock.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const rpc::Clock* clock = nullptr);

  // As Shutdown.
  ~Server();

  // host:port of the gRPC endpoint, with the port that was bound.
  const std::string& address() const;

  // Reads --caller_identities and the files that it names again. Errors are logged, and the previous content stays in
  // force. TLS files are read again without this.
  void Reload();

  // Reports NOT_SERVING to health checks and goes on serving calls, so that load balancers can turn to other servers.
  void AnnounceShutdown();

  // AnnounceShutdown, then refuses new calls, then waits for the running ones and cancels them after drain_timeout. The
  // destructor closes the store. Calling it again does nothing.
  void Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_SERVER_H_
