#ifndef CIMD_SERVER_GATEWAY_BACKEND_PEER_ADDRESS_H_
#define CIMD_SERVER_GATEWAY_BACKEND_PEER_ADDRESS_H_

namespace cimd::gateway {

// Metadata key with the address of the HTTP client for whom a call is made. A server uses it only if it trusts this
// gateway.
inline constexpr char kPeerAddress[] = "x-cimd-peer-address";

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_PEER_ADDRESS_H_
