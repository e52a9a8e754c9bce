#ifndef CIMD_SERVER_TRANSPORT_TRUSTED_GATEWAYS_H_
#define CIMD_SERVER_TRANSPORT_TRUSTED_GATEWAYS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/fetch/ip_address.h"
#include "server/rpc/authenticator.h"

namespace cimd {

// The peers whose x-cimd-peer-address metadata counts: gateways, which forward calls of many peers and name the address
// of each. The operator configures them; the metadata of other peers is ignored. Immutable and thread-safe.
class TrustedGateways {
 public:
  // `blocks` are blocks such as "10.20.0.0/16", single addresses, or "unix": whoever may open the server's Unix socket.
  // `certificates` are names of client certificates, "uri:spiffe://example.org/gateway" or "dns:gateway.example.org",
  // which the transport has verified and which are compared as they are. INVALID_ARGUMENT that names the option and the
  // entry.
  static absl::StatusOr<TrustedGateways> Create(const std::vector<std::string>& blocks,
                                                const std::vector<std::string>& certificates);

  // The origin of a call in gRPC's notation: `forwarded`, if `peer` is a gateway and `forwarded` is an IP address, else
  // `peer`. `peer` is the transport's name of the peer; `forwarded` is the caller's metadata, empty if there is none.
  // `certificate` is called only if it matters; a certificate that has expired at `now` does not count.
  std::string PeerOf(std::string peer, std::string_view forwarded, absl::Time now,
                     absl::FunctionRef<rpc::PeerCertificate()> certificate) const;

 private:
  bool IsTrusted(std::string_view peer) const;
  bool IsTrusted(const rpc::PeerCertificate& certificate) const;

  std::vector<fetch::Cidr> blocks_;
  bool unix_ = false;
  std::vector<std::string> uris_;
  std::vector<std::string> dns_names_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_TRANSPORT_TRUSTED_GATEWAYS_H_
