#include "server/gateway/http/http_server_tls.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace cimd::gateway {
namespace {

// Chooses HTTP/1.1. A client that offers only other protocols is refused (RFC 7301 section 3.2).
int SelectProtocol(SSL*, const unsigned char** selected, unsigned char* selected_size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* choice = nullptr;
  if (SSL_select_next_proto(&choice, selected_size, kHttp11, sizeof(kHttp11) - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *selected = choice;
  return SSL_TLSEXT_ERR_OK;
}

// Forward secrecy and authenticated encryption only (RFC 9325 section 4.2). All ciphers of TLS 1.3 have both.
constexpr char kTls12Ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

}  // namespace

std::string TlsFilesDigest(const HttpTlsOptions& options) {
  std::string all;
  for (const std::string& path : {options.certificate_chain_file, options.private_key_file, options.client_ca_file}) {
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    // Each content is preceded by its length, so that different files never give the same digest input.
    absl::StrAppend(&all, content.size(), ":", content);
  }
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  OPENSSL_cleanse(all.data(), all.size());
  return digest;
}

absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> LoadTlsContext(const HttpTlsOptions& options) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_cipher_list(native, kTls12Ciphers);
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
