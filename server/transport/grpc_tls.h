#ifndef CIMD_SERVER_TRANSPORT_GRPC_TLS_H_
#define CIMD_SERVER_TRANSPORT_GRPC_TLS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"

namespace cimd {

// PEM files. An empty client_ca_file: no client certificates are asked for.
struct GrpcTlsFiles {
  std::string certificate_file;
  std::string key_file;
  std::string client_ca_file;
};

// TLS 1.2 or later. The files are looked at every two seconds and new connections get what they hold; files that do not
// fit each other are left for later. Client certificates, if asked for, are optional, but one that is shown has to be
// vouched for by the authorities in client_ca_file. INVALID_ARGUMENT when the files cannot be used as they are now.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const GrpcTlsFiles& files);

}  // namespace cimd

#endif  // CIMD_SERVER_TRANSPORT_GRPC_TLS_H_
