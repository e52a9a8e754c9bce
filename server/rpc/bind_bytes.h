#ifndef CIMD_SERVER_RPC_BIND_BYTES_H_
#define CIMD_SERVER_RPC_BIND_BYTES_H_

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/parse_bytes.h"

// Binds a unary method whose handler returns serialized bytes, absl::StatusOr<grpc::ByteBuffer>. The service must
// derive from v1::Service::WithRawCallbackMethod_Rpc. See bind_method.h.
#define CIMD_BIND_BYTES(Service, Rpc, Request)                                                            \
  grpc::ServerUnaryReactor* Rpc(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,      \
                                grpc::ByteBuffer* response) override {                                    \
    static constexpr const ::cimd::rpc::Method& kRow = ::cimd::rpc::RowOf("cimd.v1." #Service "/" #Rpc);  \
    const auto parsed = ::cimd::rpc::ParseBytes<Request>(*bytes);                                         \
    const Request& request = parsed->has_value() ? **parsed : Request::default_instance();                \
    return dispatcher_.Unary(context, &request, response, kRow,                                           \
                             [this, parsed](::cimd::rpc::RequestContext& call,                            \
                                            const Request& message) -> absl::StatusOr<grpc::ByteBuffer> { \
                               if (!parsed->has_value()) return ::cimd::rpc::errors::MalformedRequest();  \
                               return handlers_.Rpc(call, message);                                       \
                             });                                                                          \
  }

#endif  // CIMD_SERVER_RPC_BIND_BYTES_H_
