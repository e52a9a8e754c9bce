#ifndef CIMD_SERVER_GATEWAY_GATEWAY_H_
#define CIMD_SERVER_GATEWAY_GATEWAY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/gateway/gateway_options.h"

namespace cimd::gateway {

// A running gateway: an HTTP server in front of a channel to a cimd-server. It keeps no state except a short cache of
// which address belongs to which tenant. It has no rules: the server decides what a request may do, from the token that
// came with it. While the server is unreachable, requests get 503; the gateway reconnects by itself. Thread-safe.
class Gateway {
 public:
  // Starts to listen and serve. INVALID_ARGUMENT, NOT_FOUND: an option, or a file that it names, cannot be used.
  // UNAVAILABLE: an address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(const GatewayOptions& options);

  // Shuts down.
  ~Gateway();

  // host:port of --listen, with the port that was chosen.
  const std::string& address() const;
  // host:port of --health_listen; empty without it.
  const std::string& health_address() const;

  // Reads the access token and the TLS files again. On an error the gateway keeps the current ones.
  absl::Status Reload();

  // Makes /readyz answer 503 from now on. Requests are still served, so that load balancers have time to stop sending
  // them.
  void AnnounceShutdown();

  // Stops listening and waits at most --drain_timeout_seconds for requests that are running. Idempotent.
  void Shutdown();

 private:
  struct Parts;
  explicit Gateway(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_GATEWAY_H_
