#include "server/transport/grpc_tls.h"

#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "server/crypto/certificate.h"

namespace cimd {
namespace {

constexpr unsigned int kRefreshSeconds = 2;

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const GrpcTlsFiles& files) {
  namespace tls = grpc::experimental;
  const std::string problem = crypto::TlsFilesProblem(files.certificate_file, files.key_file, files.client_ca_file);
  if (!problem.empty()) return absl::InvalidArgumentError("--tls_certificate_file: " + problem);
  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key_file, files.certificate_file, files.client_ca_file, kRefreshSeconds));
  options.watch_identity_key_cert_pairs();
  if (!files.client_ca_file.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

}  // namespace cimd
