#ifndef CIMD_SERVER_ERRORS_STATUS_H_
#define CIMD_SERVER_ERRORS_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace cimd::rpc {

// Converts an error to a gRPC status, with its payloads as google.rpc.Status details. No other file does. The message
// is cut to 1 KiB between characters. Trailers stay below the 8 KiB that clients accept: the last violations of a
// BadRequest are left out first, then other details that do not fit.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_ERRORS_STATUS_H_
