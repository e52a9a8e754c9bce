#ifndef CIMD_SERVER_TRANSPORT_GRPC_TLS_H_
#define CIMD_SERVER_TRANSPORT_GRPC_TLS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"

namespace cimd {

// Paths of PEM files. With an empty client_ca_file no client certificate is requested.
struct GrpcTlsFiles {
  std::string certificate_file;
  std::string key_file;
  std::string client_ca_file;
};

// Credentials for TLS 1.2 or later. The files are read again every two seconds, for new connections; while certificate
// and key do not match each other, the previous ones stay. A client certificate is optional; one that is sent must be
// issued by an authority in client_ca_file. INVALID_ARGUMENT when the files cannot be used now.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const GrpcTlsFiles& files);

}  // namespace cimd

#endif  // CIMD_SERVER_TRANSPORT_GRPC_TLS_H_
