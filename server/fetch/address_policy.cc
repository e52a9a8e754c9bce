#include "server/fetch/address_policy.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cimd::fetch {
namespace {

struct SpecialUseBlock {
  Cidr cidr;
  absl::string_view use;
};

// The IANA special-purpose registries, deprecated blocks that routers may still honour, multicast, and cloud service
// addresses that are only reachable from inside the cloud. An entry is special-use even if its registry calls it
// globally reachable.
const std::vector<SpecialUseBlock>& SpecialUseBlocks() {
  static const auto* const blocks = [] {
    constexpr std::pair<absl::string_view, absl::string_view> kTable[] = {
        {"0.0.0.0/8", "this network"},
        {"10.0.0.0/8", "private use"},
        {"100.64.0.0/10", "carrier-grade NAT"},
        {"127.0.0.0/8", "loopback"},
        {"168.63.129.16/32", "Azure wire server"},
        {"169.254.0.0/16", "link local"},
        {"172.16.0.0/12", "private use"},
        {"192.0.0.0/24", "IETF protocol assignments"},
        {"192.0.2.0/24", "documentation"},
        {"192.31.196.0/24", "AS112"},
        {"192.52.193.0/24", "AMT"},
        {"192.88.99.0/24", "6to4 relay anycast"},
        {"192.168.0.0/16", "private use"},
        {"192.175.48.0/24", "AS112"},
        {"198.18.0.0/15", "benchmarking"},
        {"198.51.100.0/24", "documentation"},
        {"203.0.113.0/24", "documentation"},
        {"224.0.0.0/4", "multicast"},
        {"240.0.0.0/4", "reserved or broadcast"},
        {"::/128", "unspecified"},
        {"::1/128", "loopback"},
        {"::/96", "IPv4-compatible"},
        {"::ffff:0:0:0/96", "IPv4-translated"},
        {"64:ff9b::/96", "NAT64"},
        {"64:ff9b:1::/48", "local NAT64"},
        {"100::/64", "discard only"},
        {"100:0:0:1::/64", "dummy prefix"},
        {"2001::/23", "IETF protocol assignments"},
        {"2001:db8::/32", "documentation"},
        {"2002::/16", "6to4"},
        {"2620:4f:8000::/48", "AS112"},
        {"3ffe::/16", "6bone"},
        {"3fff::/20", "documentation"},
        {"5f00::/16", "segment routing"},
        {"fc00::/7", "unique local"},
        {"fe80::/10", "link local"},
        {"fec0::/10", "site local"},
        {"ff00::/8", "multicast"},
    };
    auto* const result = new std::vector<SpecialUseBlock>;
    for (const auto& [cidr, use] : kTable) result->push_back({ParseCidr(cidr).value(), use});
    return result;
  }();
  return *blocks;
}

// The 4 bytes at `offset` as an IPv4 address, each XORed with `mask`.
IpAddress Ipv4At(const IpAddress& address, size_t offset, uint8_t mask = 0) {
  IpAddress result;
  for (size_t i = 0; i < 4; ++i) result.bytes[i] = address.bytes[offset + i] ^ mask;
  return result;
}

bool IsLoopback(const IpAddress& address) {
  static const Cidr v4 = ParseCidr("127.0.0.0/8").value();
  static const Cidr v6 = ParseCidr("::1").value();
  return v4.Contains(address) || v6.Contains(address);
}

// The kernel dials the local host for these addresses, although the special-use registries do not call them loopback.
bool IsUnspecified(const IpAddress& address) {
  return std::all_of(address.bytes.begin(), address.bytes.end(), [](uint8_t byte) { return byte == 0; });
}

std::optional<IpAddress> MappedIpv4(const IpAddress& address) {
  static const Cidr mapped = ParseCidr("::ffff:0:0/96").value();
  if (!mapped.Contains(address)) return std::nullopt;
  return Ipv4At(address, 12);
}

// The IPv4 addresses to which a translator or tunnel end point could forward a packet for `address`.
std::vector<IpAddress> EmbeddedIpv4(const IpAddress& address) {
  static const Cidr compatible = ParseCidr("::/96").value();
  static const Cidr translated = ParseCidr("::ffff:0:0:0/96").value();
  static const Cidr nat64 = ParseCidr("64:ff9b::/96").value();
  static const Cidr local_nat64 = ParseCidr("64:ff9b:1::/48").value();
  static const Cidr six_to_four = ParseCidr("2002::/16").value();
  static const Cidr teredo = ParseCidr("2001::/32").value();
  std::vector<IpAddress> result;
  const bool suffix = (compatible.Contains(address) && !IsLoopback(address)) || translated.Contains(address) ||
                      nat64.Contains(address) || local_nat64.Contains(address);
  // RFC 5214: the interface identifier is 0000:5efe or 0200:5efe, followed by the IPv4 address.
  const auto& bytes = address.bytes;
  const bool isatap = (bytes[8] & ~0x02) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
  if (suffix || isatap) result.push_back(Ipv4At(address, 12));
  if (six_to_four.Contains(address)) result.push_back(Ipv4At(address, 2));
  // RFC 4380: the server's address unchanged, and the client's address with every bit inverted.
  if (teredo.Contains(address)) {
    result.push_back(Ipv4At(address, 4));
    result.push_back(Ipv4At(address, 12, 0xff));
  }
  return result;
}

absl::Status CheckBuiltIn(const IpAddress& address) {
  static const Cidr global_unicast = ParseCidr("2000::/3").value();
  for (const SpecialUseBlock& block : SpecialUseBlocks()) {
    if (!block.cidr.Contains(address)) continue;
    return absl::PermissionDeniedError(
        absl::StrCat(address.ToString(), " is in ", block.cidr.ToString(), " (", block.use, ")"));
  }
  if (address.family == AF_INET6 && !global_unicast.Contains(address)) {
    return absl::PermissionDeniedError(absl::StrCat(address.ToString(), " is not in 2000::/3 (global unicast)"));
  }
  return absl::OkStatus();
}

bool AnyContains(const std::vector<Cidr>& blocks, const IpAddress& address) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const Cidr& block) { return block.Contains(address); });
}

absl::StatusOr<std::vector<Cidr>> ParseCidrs(absl::string_view option, const std::vector<std::string>& texts) {
  std::vector<Cidr> result;
  for (const std::string& text : texts) {
    absl::StatusOr<Cidr> cidr = ParseCidr(text);
    if (!cidr.ok()) return absl::InvalidArgumentError(absl::StrCat(option, ": ", cidr.status().message()));
    result.push_back(*cidr);
  }
  return result;
}

}  // namespace

absl::StatusOr<AddressPolicy> AddressPolicy::Create(const AddressPolicyOptions& options) {
  AddressPolicy policy;
  absl::StatusOr<std::vector<Cidr>> allow = ParseCidrs("fetch_allow_cidr", options.allow_cidrs);
  if (!allow.ok()) return allow.status();
  absl::StatusOr<std::vector<Cidr>> deny = ParseCidrs("fetch_deny_cidr", options.deny_cidrs);
  if (!deny.ok()) return deny.status();
  policy.allow_ = *std::move(allow);
  policy.deny_ = *std::move(deny);
  policy.allow_loopback_ = options.allow_loopback;
  return policy;
}

absl::Status AddressPolicy::Check(const IpAddress& address) const {
  if (AnyContains(deny_, address)) {
    return absl::PermissionDeniedError(absl::StrCat(address.ToString(), " is denied by fetch_deny_cidr"));
  }
  if (address.family == AF_INET6) {
    if (const std::optional<IpAddress> mapped = MappedIpv4(address)) return Check(*mapped);
    for (const IpAddress& embedded : EmbeddedIpv4(address)) {
      if (absl::Status status = Check(embedded); !status.ok()) {
        return absl::PermissionDeniedError(absl::StrCat(address.ToString(), " embeds ", status.message()));
      }
    }
  }
  // allow_cidrs never opens the local host: only allow_loopback does, by the loopback addresses.
  if (IsUnspecified(address)) return CheckBuiltIn(address);
  const bool allowed = IsLoopback(address) ? allow_loopback_ : AnyContains(allow_, address);
  return allowed ? absl::OkStatus() : CheckBuiltIn(address);
}

absl::Status AddressPolicy::Check(const sockaddr* address, socklen_t length) const {
  const std::optional<IpAddress> ip = IpAddressFromSockaddr(address, length);
  if (!ip.has_value()) return absl::PermissionDeniedError("not an IP address");
  return Check(*ip);
}

}  // namespace cimd::fetch
