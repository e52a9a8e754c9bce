#ifndef CIMD_SERVER_FETCH_IP_ADDRESS_H_
#define CIMD_SERVER_FETCH_IP_ADDRESS_H_

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cimd::fetch {

// An IP address without a port or a zone. Values only; safe to copy and to share between threads.
struct IpAddress {
  // AF_INET or AF_INET6.
  int family = AF_INET;
  // Network byte order; the first 4 for IPv4.
  std::array<uint8_t, 16> bytes{};

  // 32 or 128.
  int bit_count() const { return family == AF_INET ? 32 : 128; }
  std::string ToString() const;
};

// Empty for a family other than IP, or a length too short for the family. `address` is attacker-controlled if it comes
// from a resolver.
std::optional<IpAddress> IpAddressFromSockaddr(const sockaddr* address, socklen_t length);

// Parses "192.0.2.1" and the forms of RFC 4291 section 2.2. Empty for short, octal, hexadecimal and decimal forms of
// IPv4, and for zone identifiers.
std::optional<IpAddress> ParseIpAddress(absl::string_view text);

// A block of addresses that share their first bits.
struct Cidr {
  IpAddress network;
  int prefix_length = 0;

  // False for an address of the other family.
  bool Contains(const IpAddress& address) const;
  std::string ToString() const;
};

// Parses "10.0.0.0/8", "2001:db8::/32", or a single address. INVALID_ARGUMENT for everything else, including address
// bits beyond the prefix. The message is for the operator who set the option.
absl::StatusOr<Cidr> ParseCidr(absl::string_view text);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_IP_ADDRESS_H_
