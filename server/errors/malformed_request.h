#ifndef CIMD_SERVER_ERRORS_MALFORMED_REQUEST_H_
#define CIMD_SERVER_ERRORS_MALFORMED_REQUEST_H_

#include <memory>
#include <vector>

#include "grpcpp/support/server_interceptor.h"

namespace cimd::rpc {

// Interceptors for ServerBuilder that answer requests whose bytes are not a message of the method's type, or whose text
// is not UTF-8, with errors::MalformedRequest. gRPC by itself answers UNIMPLEMENTED without details, so clients would
// think that the method is missing. Such requests do not reach the dispatcher.
std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> MalformedRequestInterceptors();

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_ERRORS_MALFORMED_REQUEST_H_
