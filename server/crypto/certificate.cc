#include "server/crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace cimd::crypto {

std::optional<absl::Time> CertificateExpiry(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                X509_free);
  std::tm expiry = {};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &expiry) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return absl::FromTimeT(timegm(&expiry));
}

std::string TlsFilesProblem(const std::string& certificate_file, const std::string& key_file,
                            const std::string& client_ca_file) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  std::string problem;
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    problem = "there is no certificate in " + certificate_file;
  } else if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    problem = "the key in " + key_file + " cannot be read, or is not that of the certificate in " + certificate_file;
  } else if (!client_ca_file.empty() &&
             SSL_CTX_load_verify_locations(context.get(), client_ca_file.c_str(), nullptr) != 1) {
    problem = "there is no certificate in " + client_ca_file;
  }
  ERR_clear_error();
  return problem;
}

}  // namespace cimd::crypto
