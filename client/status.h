#ifndef CIMD_CLIENT_STATUS_H_
#define CIMD_CLIENT_STATUS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/support/status.h"

namespace cimd::client {

// A gRPC status as an absl::Status with the same code and message. The google.rpc details that the server sent become
// payloads under their type URLs.
absl::Status FromGrpcStatus(const grpc::Status& status);

// The details of an error; nullopt when it has none of this type. Errors that do not come from a server have none.
std::optional<google::rpc::ErrorInfo> ErrorInfoOf(const absl::Status& status);
std::optional<google::rpc::BadRequest> BadRequestOf(const absl::Status& status);
std::optional<google::rpc::RetryInfo> RetryInfoOf(const absl::Status& status);

// The reason of an error: a name of cimd.v1.ErrorReason without its prefix. Empty when the error has none.
std::string ReasonOf(const absl::Status& status);

}  // namespace cimd::client

#endif  // CIMD_CLIENT_STATUS_H_
