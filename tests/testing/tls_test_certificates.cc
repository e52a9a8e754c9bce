#include "tests/testing/tls_test_certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace cimd::testing {
namespace {

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "test certificates: %s failed\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

Owned<EVP_PKEY> MakeKey() {
  Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  Require(key != nullptr, "EVP_EC_gen");
  return key;
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  Require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "X509_add_ext");
}

// An unsigned certificate for `key`.
Owned<X509> MakeCertificate(EVP_PKEY* key, const std::string& common_name, absl::Time not_before,
                            absl::Time not_after) {
  Owned<X509> certificate(X509_new());
  Require(certificate != nullptr, "X509_new");
  X509_set_version(certificate.get(), X509_VERSION_3);
  uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(not_before));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(not_after));
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  for (const auto& [field, text] : {std::pair<const char*, std::string>{"O", "CIMD tests"}, {"CN", common_name}}) {
    Require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()), -1, 0) == 1,
            "X509_NAME_add_entry_by_txt");
  }
  Require(X509_set_pubkey(certificate.get(), key) == 1, "X509_set_pubkey");
  return certificate;
}

void Sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  Require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "X509_set_issuer_name");
  Require(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "X509_sign");
}

Owned<X509> MakeHostCertificate(EVP_PKEY* key, const CertificateOptions& options) {
  const std::string name = options.hosts.empty() ? "a workload" : options.hosts.front();
  Owned<X509> certificate = MakeCertificate(key, name, options.not_before, options.not_after);
  std::vector<std::string> names;
  for (const std::string& host : options.hosts) names.push_back("DNS:" + host);
  for (const std::string& uri : options.uris) names.push_back("URI:" + uri);
  AddExtension(certificate.get(), certificate.get(), NID_subject_alt_name, absl::StrJoin(names, ","));
  return certificate;
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string Pem(X509* certificate) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM_write_bio_X509");
  return Text(bio.get());
}

std::string Pem(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "PEM_write_bio_PrivateKey");
  return Text(bio.get());
}

}  // namespace

struct TestCertificateAuthority::State {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
  std::string certificate_pem;
};

TestCertificateAuthority::TestCertificateAuthority() : state_(std::make_unique<State>()) {
  state_->key = MakeKey();
  // The name must be unique. OpenSSL looks authorities up by name and does not try a second one with the same name.
  uint32_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number));
  const std::string name = absl::StrCat("CIMD test authority ", number);
  state_->certificate =
      MakeCertificate(state_->key.get(), name, absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(24));
  X509* const certificate = state_->certificate.get();
  AddExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(certificate, certificate, NID_subject_key_identifier, "hash");
  Sign(certificate, certificate, state_->key.get());
  state_->certificate_pem = Pem(certificate);
}

TestCertificateAuthority::~TestCertificateAuthority() = default;

const std::string& TestCertificateAuthority::certificate_pem() const { return state_->certificate_pem; }

std::string TestCertificateAuthority::hashed_name() const {
  const unsigned long hash = X509_subject_name_hash(state_->certificate.get());
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad8), ".0");
}

CertificateAndKey TestCertificateAuthority::Issue(const CertificateOptions& options) {
  const Owned<EVP_PKEY> key = MakeKey();
  const Owned<X509> certificate = MakeHostCertificate(key.get(), options);
  Sign(certificate.get(), state_->certificate.get(), state_->key.get());
  return {Pem(certificate.get()), Pem(key.get())};
}

CertificateAndKey MakeSelfSigned(const CertificateOptions& options) {
  const Owned<EVP_PKEY> key = MakeKey();
  const Owned<X509> certificate = MakeHostCertificate(key.get(), options);
  Sign(certificate.get(), certificate.get(), key.get());
  return {Pem(certificate.get()), Pem(key.get())};
}

}  // namespace cimd::testing
