#ifndef CIMD_SERVER_METADATA_HOST_H_
#define CIMD_SERVER_METADATA_HOST_H_

#include <string_view>

namespace cimd::metadata {

enum class HostKind {
  kMissing,
  // Neither an IP address nor a DNS name in A-label form (letters, digits and hyphens; labels of 1 to 63 bytes, 253
  // bytes in all, no final dot).
  kMalformed,
  kDomainName,
  // A name that never belongs to a public host: localhost, a special-use domain (RFC 6761 and its registry), or a name
  // of a single label.
  kSpecialUse,
  // An IP address in its usual form: four decimal numbers, or IPv6 in brackets.
  kIpAddress,
  // Text that some parsers read as an IP address and others do not: "2130706433", "0x7f.1", "127.1", "[::1%25eth0]".
  kIpAddressOddlySpelled,
};

// Judges the host of a URI by its text alone; nothing is resolved. The addresses that a name resolves to are judged
// again when a connection is made. `host` comes from an attacker; case does not matter.
HostKind ClassifyHost(std::string_view host);

// Whether the host is 127.0.0.1, [::1] or localhost, in just these spellings; case does not matter (RFC 8252
// section 7.3).
bool IsLoopbackHost(std::string_view host);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_HOST_H_
