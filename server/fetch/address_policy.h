#ifndef CIMD_SERVER_FETCH_ADDRESS_POLICY_H_
#define CIMD_SERVER_FETCH_ADDRESS_POLICY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/fetch/ip_address.h"

namespace cimd::fetch {

// The operator's additions to the built-in rules. Each entry is a block such as "10.20.0.0/16", or a single address.
struct AddressPolicyOptions {
  // Blocks that fetches may contact although they are special-use.
  std::vector<std::string> allow_cidrs = {};
  // Blocks that fetches may not contact: the operator's own public prefixes, service addresses and NAT64 prefixes.
  std::vector<std::string> deny_cidrs = {};
  // Allows 127.0.0.0/8 and ::1. For development only; the server refuses it in any other mode (CIMD draft 8.6).
  bool allow_loopback = false;
};

// Decides which addresses a fetch may contact: public unicast addresses only (CIMD draft sections 5 and 8.6; RFC 6890
// with the IANA special-purpose registries). It checks addresses, never names. Pass the exact address that is about to
// be dialled: then DNS rebinding and unusual spellings cannot bypass the policy.
//
// IPv4 is refused inside the special-use blocks. IPv6 is refused outside of 2000::/3 and inside the special-use blocks
// within it. An IPv4-mapped address is checked as the IPv4 address that the kernel would dial. Any other address that
// embeds an IPv4 address (IPv4-compatible, SIIT, NAT64, 6to4, Teredo, ISATAP) is refused if either of the two addresses
// is refused. So allowing a NAT64 prefix does not open the private network behind it. In 64:ff9b:1::/48 the IPv4
// address is read from the last 32 bits.
//
// Precedence: deny_cidrs, then allow_loopback, then allow_cidrs, then the built-in rules. allow_cidrs opens neither
// loopback nor 0.0.0.0 and ::, for which the kernel dials loopback.
//
// Immutable; safe for concurrent use.
class AddressPolicy {
 public:
  // INVALID_ARGUMENT if a block cannot be parsed; the message names the option and the entry.
  static absl::StatusOr<AddressPolicy> Create(const AddressPolicyOptions& options);

  // OK if the address may be contacted; otherwise PERMISSION_DENIED with the address and its block. The message is for
  // logs only: API callers must not learn which addresses a name resolves to.
  absl::Status Check(const IpAddress& address) const;

  // The same for a socket address. An address family other than IP is refused.
  absl::Status Check(const sockaddr* address, socklen_t length) const;

 private:
  AddressPolicy() = default;

  std::vector<Cidr> allow_;
  std::vector<Cidr> deny_;
  bool allow_loopback_ = false;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_ADDRESS_POLICY_H_
