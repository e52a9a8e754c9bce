#ifndef CIMD_SERVER_RPC_BIND_BYTES_H_
#define CIMD_SERVER_RPC_BIND_BYTES_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/malformed_request.h"

namespace cimd::rpc {

// A request as bytes, parsed; nullopt, which the caller is told of as of any malformed request, when it is none. Shared
// because its handler may run on another thread later.
template <typename Request>
std::shared_ptr<const std::optional<Request>> ParseBytes(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  auto request = std::make_shared<std::optional<Request>>(std::in_place);
  const bool parsed = bytes.DumpToSingleSlice(&slice).ok() &&
                      (*request)->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  if (!parsed) request->reset();
  return request;
}

}  // namespace cimd::rpc

// Binds a method whose answer is at hand as bytes: its handler returns absl::StatusOr<grpc::ByteBuffer>. The service
// derives from v1::Service::WithRawCallbackMethod_Rpc.
#define CIMD_BIND_BYTES(Service, Rpc, Request)                                                               \
  grpc::ServerUnaryReactor* Rpc(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,         \
                                grpc::ByteBuffer* response) override {                                       \
    static constexpr const ::cimd::rpc::Method& kRow = ::cimd::rpc::RowOf("cimd.v1." #Service "/" #Rpc);     \
    const auto parsed = ::cimd::rpc::ParseBytes<Request>(*bytes);                                            \
    const Request& request = parsed->has_value() ? **parsed : Request::default_instance();                   \
    return dispatcher_.Unary(context, &request, response, kRow,                                              \
                             [this, parsed](::cimd::rpc::RequestContext& call,                               \
                                            const Request& message) -> absl::StatusOr<grpc::ByteBuffer> {    \
                               if (!parsed->has_value()) return ::cimd::rpc::MalformedRequestError();        \
                               return handlers_.Rpc(call, message);                                          \
                             });                                                                             \
  }

#endif  // CIMD_SERVER_RPC_BIND_BYTES_H_
