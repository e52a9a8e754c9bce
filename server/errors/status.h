#ifndef CIMD_SERVER_ERRORS_STATUS_H_
#define CIMD_SERVER_ERRORS_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace cimd::rpc {

// The one place where an absl::Status becomes a gRPC status: the payloads travel as google.rpc.Status details. The
// trailers are kept below what clients accept (8 KiB): details that do not fit are left out, the last first.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_ERRORS_STATUS_H_
