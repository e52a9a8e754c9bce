#include "server/transport/trusted_gateways.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/peer.h"

namespace cimd {
namespace {

constexpr std::string_view kUnix = "unix";
constexpr std::string_view kUri = "uri:";
constexpr std::string_view kDns = "dns:";

bool HaveOneInCommon(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

}  // namespace

absl::StatusOr<TrustedGateways> TrustedGateways::Create(const std::vector<std::string>& blocks,
                                                        const std::vector<std::string>& certificates) {
  TrustedGateways result;
  for (const std::string& block : blocks) {
    if (block == kUnix) {
      result.unix_ = true;
      continue;
    }
    absl::StatusOr<fetch::Cidr> parsed = fetch::ParseCidr(block);
    if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat("--trusted_gateway: ", parsed.status().message()));
    result.blocks_.push_back(*parsed);
  }
  for (const std::string& entry : certificates) {
    const bool uri = entry.starts_with(kUri);
    const std::string name = entry.substr(std::min(entry.size(), uri ? kUri.size() : kDns.size()));
    if ((!uri && !entry.starts_with(kDns)) || name.empty() || (uri && name.find(':') == std::string::npos)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--trusted_gateway_certificate: '", entry,
                       "' is not the name of a certificate, such as uri:spiffe://example.org/gateway or "
                       "dns:gateway.example.org"));
    }
    (uri ? result.uris_ : result.dns_names_).push_back(name);
  }
  return result;
}

bool TrustedGateways::IsTrusted(std::string_view peer) const {
  if (unix_ && peer.starts_with("unix:")) return true;
  if (blocks_.empty()) return false;
  const std::optional<fetch::IpAddress> address = fetch::ParseIpAddress(rpc::AddressOfPeer(peer));
  return address.has_value() && std::any_of(blocks_.begin(), blocks_.end(),
                                            [&](const fetch::Cidr& block) { return block.Contains(*address); });
}

bool TrustedGateways::IsTrusted(const rpc::PeerCertificate& certificate) const {
  return HaveOneInCommon(certificate.uris, uris_) || HaveOneInCommon(certificate.dns_names, dns_names_);
}

std::string TrustedGateways::PeerOf(std::string peer, std::string_view forwarded, absl::Time now,
                                    absl::FunctionRef<rpc::PeerCertificate()> certificate) const {
  if (forwarded.empty()) return peer;
  const std::optional<fetch::IpAddress> origin = fetch::ParseIpAddress(std::string(forwarded));
  if (!origin.has_value()) return peer;
  bool trusted = IsTrusted(peer);
  if (!trusted && (!uris_.empty() || !dns_names_.empty())) {
    const rpc::PeerCertificate shown = certificate();
    // A connection may outlive the certificate that it was made with.
    trusted = IsTrusted(shown) && now < shown.expire_time;
  }
  if (!trusted) return peer;
  return origin->family == AF_INET ? absl::StrCat("ipv4:", origin->ToString())
                                   : absl::StrCat("ipv6:[", origin->ToString(), "]");
}

}  // namespace cimd
