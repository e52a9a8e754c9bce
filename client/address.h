#ifndef CIMD_CLIENT_ADDRESS_H_
#define CIMD_CLIENT_ADDRESS_H_

#include <string_view>

#include "absl/status/status.h"

namespace cimd::client {

// Checks an address of a cimd-server: "host:port" with the port as a number, "[v6 address]:port", "unix:/path", or a
// gRPC name that begins with "dns:", "ipv4:", "ipv6:" or "unix-abstract:". INVALID_ARGUMENT says what is wrong, for
// example that the address is a URL or has no port.
absl::Status CheckAddress(std::string_view address);

// Whether data sent to `address` stays on this host: a Unix socket, "localhost", 127.0.0.0/8 or "[::1]". False for host
// names that only resolve to such an address.
bool IsLoopbackAddress(std::string_view address);

}  // namespace cimd::client

#endif  // CIMD_CLIENT_ADDRESS_H_
