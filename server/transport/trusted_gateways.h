#ifndef CIMD_SERVER_TRANSPORT_TRUSTED_GATEWAYS_H_
#define CIMD_SERVER_TRANSPORT_TRUSTED_GATEWAYS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/fetch/ip_address.h"

namespace cimd {

// Whose word is taken for where a call comes from: a gateway passes on the calls of many, and names each one's address.
// The operator says which peers are gateways; what anybody else claims is ignored. Immutable; safe for concurrent use.
class TrustedGateways {
 public:
  // Blocks such as "10.20.0.0/16", or single addresses. INVALID_ARGUMENT that names the option and the entry.
  static absl::StatusOr<TrustedGateways> Create(const std::vector<std::string>& blocks);

  // Where a call comes from, in gRPC's notation: the address in `forwarded` (from the caller, empty if it sent none)
  // when `peer` is a gateway and it is an IP address; else `peer`, as the transport names it.
  std::string PeerOf(std::string peer, std::string_view forwarded) const;

 private:
  std::vector<fetch::Cidr> blocks_;
};

}  // namespace cimd

#endif  // CIMD_SERVER_TRANSPORT_TRUSTED_GATEWAYS_H_
