#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_TLS_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_TLS_H_

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "server/gateway/http/http_server_options.h"

namespace cimd::gateway {

// TLS 1.2 and 1.3, HTTP/1.1 by ALPN, no renegotiation, with the operator's certificate and key. Where clients have to
// prove themselves, they do so on every connection: none resumes what an earlier one proved. INVALID_ARGUMENT names the
// file that is unreadable, or tells that certificate and key do not belong together.
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> LoadTlsContext(const HttpTlsOptions& options);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_TLS_H_
