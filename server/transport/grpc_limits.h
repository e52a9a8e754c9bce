#ifndef CIMD_SERVER_TRANSPORT_GRPC_LIMITS_H_
#define CIMD_SERVER_TRANSPORT_GRPC_LIMITS_H_

#include <cstddef>

#include "grpcpp/server_builder.h"

namespace cimd {

// How much a gRPC server gives to its peers before it knows who they are.
struct GrpcLimits {
  // Calls and streams that one connection may have open. gRPC 1.51 enforces this only for peers that acknowledge its
  // SETTINGS.
  int max_streams_per_connection = 100;
  // What gRPC may use for all connections together, by its own count, before it cancels calls.
  size_t memory_bytes = size_t{16} << 20;
  // Threads for services without callbacks, of which reflection is the only one.
  int max_threads = 4;
};

// Applies the limits, and what every port of this product has in common: no compression, so that no request is larger
// than what the peer sent (compressed requests are UNIMPLEMENTED), and no sharing of a port between two servers.
void ApplyLimits(const GrpcLimits& limits, grpc::ServerBuilder& builder);

}  // namespace cimd

#endif  // CIMD_SERVER_TRANSPORT_GRPC_LIMITS_H_
