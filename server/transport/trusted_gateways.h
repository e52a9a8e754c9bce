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

// Whose word is taken for where a call comes from: a gateway passes on the calls of many, and names each one's address.
// The operator says which peers are gateways; what anybody else claims is ignored. Immutable; safe for concurrent use.
class TrustedGateways {
 public:
  // `blocks` are blocks such as "10.20.0.0/16", single addresses, or "unix": whoever may open the server's Unix socket.
  // `certificates` are names of client certificates, "uri:spiffe://example.org/gateway" or "dns:gateway.example.org",
  // which the transport has verified and which are compared as they are. INVALID_ARGUMENT that names the option and the
  // entry.
  static absl::StatusOr<TrustedGateways> Create(const std::vector<std::string>& blocks,
                                                const std::vector<std::string>& certificates);

  // Where a call comes from, in gRPC's notation: the address in `forwarded` (from the caller, empty if it sent none)
  // when the peer is a gateway and it is an IP address; else `peer`, as the transport names it. `certificate` is asked
  // for only if it matters; one that has expired at `now` is none.
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
