#include "server/gateway/http/http_server_tls.h"

#include <openssl/ssl.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace cimd::gateway {
namespace {

// Chooses HTTP/1.1 if the client offers it, and goes on without ALPN if not.
int SelectProtocol(SSL*, const unsigned char** selected, unsigned char* selected_size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* choice = nullptr;
  if (SSL_select_next_proto(&choice, selected_size, kHttp11, sizeof(kHttp11) - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *selected = choice;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> LoadTlsContext(const HttpTlsOptions& options) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);

  boost::system::error_code ec;
  context->use_certificate_chain_file(options.certificate_chain_file, ec);
  if (ec) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot use the TLS certificate in ", options.certificate_chain_file, ": ", ec.message()));
  }
  context->use_private_key_file(options.private_key_file, ssl::context::pem, ec);
  if (ec || SSL_CTX_check_private_key(native) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("Cannot use the TLS key in ", options.private_key_file,
                                                   " with the certificate in ", options.certificate_chain_file,
                                                   ec ? absl::StrCat(": ", ec.message()) : ""));
  }
  if (!options.client_ca_file.empty()) {
    context->load_verify_file(options.client_ca_file, ec);
    if (ec) {
      return absl::InvalidArgumentError(
          absl::StrCat("Cannot use the client authorities in ", options.client_ca_file, ": ", ec.message()));
    }
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(native, 0);
  }
  return context;
}

}  // namespace cimd::gateway
