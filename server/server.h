#ifndef CIMD_SERVER_SERVER_H_
#define CIMD_SERVER_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/options.h"
#include "server/rpc/clock.h"

namespace cimd {

// A running control plane: builds every part, owns all of them, and takes them down in the right order. The parts know
// each other only by reference. Thread-safe after Start.
class Server {
 public:
  // Opens the store (making it usable if it is new), and serves. Errors are for the operator: they name the option or
  // the directory.
  // `clock` is what the server takes for the time; null: the system's. It outlives the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const rpc::Clock* clock = nullptr);

  // As Shutdown.
  ~Server();

  // host:port of the gRPC endpoint, with the port that was bound.
  const std::string& address() const;

  // Looks at the file of --caller_identities and at what it names, at once. Never fails: what is wrong is logged, and what
  // was in force stays so. TLS files are looked at without being asked.
  void Reload();

  // NOT_SERVING for whoever asks, and calls as before: the time that those who balance load need to turn elsewhere.
  void AnnounceShutdown();

  // AnnounceShutdown, then no new calls, then the running ones finish (or are cancelled after
  // drain_timeout), then the store is closed. Calling it again does nothing.
  void Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_SERVER_H_
