#ifndef CIMD_SERVER_RPC_PARSE_BYTES_H_
#define CIMD_SERVER_RPC_PARSE_BYTES_H_

#include <memory>
#include <optional>

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace cimd::rpc {

// Parses a request; nullopt for malformed bytes, which is errors::MalformedRequest. Shared, because the handler may run
// later on another thread.
template <typename Request>
std::shared_ptr<const std::optional<Request>> ParseBytes(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  auto request = std::make_shared<std::optional<Request>>(std::in_place);
  const bool parsed =
      bytes.DumpToSingleSlice(&slice).ok() && (*request)->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  if (!parsed) request->reset();
  return request;
}

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_PARSE_BYTES_H_
