#ifndef CIMD_SERVER_GATEWAY_GATEWAY_H_
#define CIMD_SERVER_GATEWAY_GATEWAY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/gateway/gateway_options.h"

namespace cimd::gateway {

// A running gateway: an HTTP server in front of a channel to a cimd-server. It has no state but a short memory of which
// host is which tenant, and no rules: what a request may do is decided by the server, for the token that came with it.
// Serves also while the server is away (with 503) and finds it again. Thread-safe.
class Gateway {
 public:
  // Listens and serves from now on. INVALID_ARGUMENT, NOT_FOUND: an option, or a file that it names, is unusable;
  // UNAVAILABLE: the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(const GatewayOptions& options);

  // Shuts down.
  ~Gateway();

  // host:port that is served.
  const std::string& address() const;

  // Reads the access token and the TLS files again. On an error the gateway goes on with what it has.
  absl::Status Reload();

  // /readyz says 503 from now on, and requests are served as before: the time that those who balance load need to turn
  // elsewhere.
  void AnnounceShutdown();

  // Stops listening and waits for the requests under way, as long as --drain_timeout_seconds says. A second call does
  // nothing.
  void Shutdown();

 private:
  struct Parts;
  explicit Gateway(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_GATEWAY_H_
