#include "server/transport/grpc_limits.h"

#include <grpc/compression.h>

#include "grpcpp/resource_quota.h"

namespace cimd {

void ApplyLimits(const GrpcLimits& limits, grpc::ServerBuilder& builder) {
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_streams_per_connection);
  grpc::ResourceQuota quota;
  builder.SetResourceQuota(quota.Resize(limits.memory_bytes).SetMaxThreads(limits.max_threads));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace cimd
