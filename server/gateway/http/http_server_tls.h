#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_TLS_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_TLS_H_

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/gateway/http/http_server_options.h"

namespace cimd::gateway {

// A TLS context with the operator's certificate and key: TLS 1.2 with AEAD ciphers, and TLS 1.3; HTTP/1.1 by ALPN; no
// renegotiation. Sessions can be resumed within one context. With client certificates there is no resumption, so that
// the certificate is verified on every connection. INVALID_ARGUMENT names the unreadable file, or says that the key
// does not match the certificate.
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> LoadTlsContext(const HttpTlsOptions& options);

// A digest of the content of all files. A file that cannot be read counts as empty.
std::string TlsFilesDigest(const HttpTlsOptions& options);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_TLS_H_
