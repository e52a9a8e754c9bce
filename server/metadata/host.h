#ifndef CIMD_SERVER_METADATA_HOST_H_
#define CIMD_SERVER_METADATA_HOST_H_

#include <string_view>

namespace cimd::metadata {

enum class HostKind {
  kMissing,
  // Not a DNS name in A-label form (letters, digits, hyphens; labels of 1 to 63 bytes, 253 in all; no final dot) and
  // not an IP address either.
  kMalformed,
  kDomainName,
  // A name that never belongs to a public host: localhost, a special-use domain (RFC 6761 and its registry), or a name
  // of a single label.
  kSpecialUse,
  // An IP address in its usual form: four decimal numbers, or IPv6 in brackets.
  kIpAddress,
  // What some readers take for an IP address and others do not: "2130706433", "0x7f.1", "127.1", "[::1%25eth0]".
  kIpAddressOddlySpelled,
};

// Judges the host of a URI by its text alone, before any name is resolved. `host` is attacker-controlled; case does not
// matter. A first line of defence: what a name resolves to is judged again when a connection is made.
HostKind ClassifyHost(std::string_view host);

// Whether the host is 127.0.0.1, [::1] or localhost, in just these spellings; case does not matter (RFC 8252
// section 7.3).
bool IsLoopbackHost(std::string_view host);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_HOST_H_
