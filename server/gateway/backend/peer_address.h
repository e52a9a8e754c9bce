#ifndef CIMD_SERVER_GATEWAY_BACKEND_PEER_ADDRESS_H_
#define CIMD_SERVER_GATEWAY_BACKEND_PEER_ADDRESS_H_

namespace cimd::gateway {

// The metadata in which a server that trusts this gateway learns the address of whoever a call is made for.
inline constexpr char kPeerAddress[] = "x-cimd-peer-address";

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_PEER_ADDRESS_H_
