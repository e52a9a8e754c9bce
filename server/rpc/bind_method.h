#ifndef CIMD_SERVER_RPC_BIND_METHOD_H_
#define CIMD_SERVER_RPC_BIND_METHOD_H_

#include <memory>

#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/method_table.h"

// Each macro binds one method of a generated callback service to the handler of the same name in the member
// `handlers_`, through the member `dispatcher_`. The method is looked up at compile time: one without a row in the
// method table does not compile.

// Binds a unary method.
#define CIMD_BIND_UNARY(Service, Rpc, Request, Response)                                                             \
  grpc::ServerUnaryReactor* Rpc(grpc::CallbackServerContext* context, const Request* request, Response* response)    \
      override {                                                                                                     \
    static constexpr const ::cimd::rpc::Method& kRow = ::cimd::rpc::RowOf("cimd.v1." #Service "/" #Rpc);             \
    return dispatcher_.Unary(                                                                                        \
        context, request, response, kRow,                                                                            \
        [this](::cimd::rpc::RequestContext& call, const Request& message) { return handlers_.Rpc(call, message); }); \
  }

// Binds a method that answers with a stream. The service must derive from v1::Service::WithRawCallbackMethod_Rpc.
#define CIMD_BIND_STREAM(Service, Rpc, Request)                                                                       \
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Rpc(grpc::CallbackServerContext* context,                               \
                                                  const grpc::ByteBuffer* request) override {                         \
    static constexpr const ::cimd::rpc::Method& kRow = ::cimd::rpc::RowOf("cimd.v1." #Service "/" #Rpc);              \
    static_assert(kRow.work_class == ::cimd::rpc::WorkClass::kStream);                                                \
    return dispatcher_.OpenStream<Request>(                                                                           \
        context, request, kRow,                                                                                       \
        [this](::cimd::rpc::RequestContext& call, const Request& message,                                             \
               const std::shared_ptr<::cimd::rpc::Stream>& stream) { return handlers_.Rpc(call, message, stream); }); \
  }

#endif  // CIMD_SERVER_RPC_BIND_METHOD_H_
