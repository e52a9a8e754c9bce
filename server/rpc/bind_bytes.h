#ifndef CIMD_SERVER_RPC_BIND_BYTES_H_
#define CIMD_SERVER_RPC_BIND_BYTES_H_

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/malformed_request.h"

namespace cimd::rpc {

// Parses a request; nullopt, which the caller is told of as of any malformed request, when it is none. The bytes are
// the caller's.
template <typename Request>
std::optional<Request> ParseBytes(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  std::optional<Request> request(std::in_place);
  const bool parsed =
      bytes.DumpToSingleSlice(&slice).ok() && request->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  if (!parsed) request.reset();
  return request;
}

}  // namespace cimd::rpc

// Binds a method whose answer is at hand as bytes: its handler returns absl::StatusOr<grpc::ByteBuffer>. The service
// derives from v1::Service::WithRawCallbackMethod_Rpc. Only for reads: they are answered before the binding returns.
#define CIMD_BIND_BYTES(Service, Rpc, Request)                                                               \
  grpc::ServerUnaryReactor* Rpc(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,         \
                                grpc::ByteBuffer* response) override {                                       \
    static constexpr const ::cimd::rpc::Method& kRow = ::cimd::rpc::RowOf("cimd.v1." #Service "/" #Rpc);     \
    static_assert(kRow.access == ::cimd::rpc::Access::kRead);                                                \
    const std::optional<Request> parsed = ::cimd::rpc::ParseBytes<Request>(*bytes);                          \
    const bool malformed = !parsed.has_value();                                                              \
    const Request& request = malformed ? Request::default_instance() : *parsed;                              \
    return dispatcher_.Unary(context, &request, response, kRow,                                              \
                             [this, malformed](::cimd::rpc::RequestContext& call,                            \
                                               const Request& message) -> absl::StatusOr<grpc::ByteBuffer> { \
                               if (malformed) return ::cimd::rpc::MalformedRequestError();                   \
                               return handlers_.Rpc(call, message);                                          \
                             });                                                                             \
  }

#endif  // CIMD_SERVER_RPC_BIND_BYTES_H_
