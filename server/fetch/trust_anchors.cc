#include "server/fetch/trust_anchors.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace cimd::fetch {
namespace {

using Certificates = std::vector<std::shared_ptr<X509>>;

absl::StatusOr<Certificates> ReadCertificates(const std::string& path) {
  const auto error = [&path](const char* problem) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' ", problem));
  };
  const std::unique_ptr<BIO, int (*)(BIO*)> file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  if (file == nullptr) {
    ERR_clear_error();
    return error("cannot be read");
  }
  Certificates certificates;
  while (X509* const certificate = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate, &X509_free);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return error("holds a malformed certificate");
  if (certificates.empty()) return error("holds no certificate in PEM");
  return certificates;
}

// Whether the directory contains a name such as "2e5ac55d.0", as `openssl rehash` creates them.
bool HasHashedNames(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.size() > 9 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8 &&
        name.find_first_not_of("0123456789", 9) == std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<TrustAnchors> LoadTrustAnchors(const std::string& system_file, const std::string& system_directory,
                                              const std::string& extra_file) {
  TrustAnchors anchors;
  if (!extra_file.empty()) {
    absl::StatusOr<Certificates> extra = ReadCertificates(extra_file);
    if (!extra.ok()) return extra.status();
    anchors.certificates = *std::move(extra);
  }
  if (HasHashedNames(system_directory)) {
    anchors.directory = system_directory;
  } else if (const absl::StatusOr<Certificates> system = ReadCertificates(system_file); system.ok()) {
    anchors.certificates.insert(anchors.certificates.end(), system->begin(), system->end());
  }
  return anchors;
}

bool TrustCertificates(const TrustAnchors& anchors, SSL_CTX* context) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  return std::all_of(anchors.certificates.begin(), anchors.certificates.end(),
                     [store](const auto& certificate) { return X509_STORE_add_cert(store, certificate.get()) == 1; });
}

}  // namespace cimd::fetch
