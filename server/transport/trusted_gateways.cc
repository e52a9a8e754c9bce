#include "server/transport/trusted_gateways.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/peer.h"

namespace cimd {

absl::StatusOr<TrustedGateways> TrustedGateways::Create(const std::vector<std::string>& blocks) {
  TrustedGateways result;
  for (const std::string& block : blocks) {
    absl::StatusOr<fetch::Cidr> parsed = fetch::ParseCidr(block);
    if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat("--trusted_gateway: ", parsed.status().message()));
    result.blocks_.push_back(*parsed);
  }
  return result;
}

std::string TrustedGateways::PeerOf(std::string peer, std::string_view forwarded) const {
  if (blocks_.empty() || forwarded.empty()) return peer;
  const std::optional<fetch::IpAddress> gateway = fetch::ParseIpAddress(rpc::AddressOfPeer(peer));
  const std::optional<fetch::IpAddress> origin = fetch::ParseIpAddress(std::string(forwarded));
  if (!gateway.has_value() || !origin.has_value()) return peer;
  const bool trusted =
      std::any_of(blocks_.begin(), blocks_.end(), [&](const fetch::Cidr& block) { return block.Contains(*gateway); });
  if (!trusted) return peer;
  return origin->family == AF_INET ? absl::StrCat("ipv4:", origin->ToString())
                                   : absl::StrCat("ipv6:[", origin->ToString(), "]");
}

}  // namespace cimd
