#ifndef CIMD_SERVER_ERRORS_MALFORMED_REQUEST_H_
#define CIMD_SERVER_ERRORS_MALFORMED_REQUEST_H_

#include <memory>
#include <vector>

#include "grpcpp/support/server_interceptor.h"

namespace cimd::rpc {

// For ServerBuilder: answers a request whose bytes are no message of the method's type, or whose text is not UTF-8, as
// any other invalid request is answered (errors::MalformedRequest). gRPC would say UNIMPLEMENTED, without
// details, and clients would take the method for missing. Such a request reaches neither Dispatch nor a handler.
std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> MalformedRequestInterceptors();

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_ERRORS_MALFORMED_REQUEST_H_
