#ifndef CIMD_SERVER_RPC_PEER_H_
#define CIMD_SERVER_RPC_PEER_H_

#include <string>
#include <string_view>

#include "server/telemetry/trace_context.h"

// The origin of a call as audit events show it.
namespace cimd::rpc {

// The address of a peer as gRPC names it, without scheme and port: "ipv6:%5B::1%5D:50051" is "::1". Anything else is
// cut to a sensible length.
std::string AddressOfPeer(std::string_view peer);

// The trace id of RequestContext::traceparent.
inline std::string TraceIdOf(std::string_view traceparent) { return std::string(telemetry::TraceIdOf(traceparent)); }

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_PEER_H_
