#ifndef CIMD_TESTS_TESTING_TLS_TEST_CERTIFICATES_H_
#define CIMD_TESTS_TESTING_TLS_TEST_CERTIFICATES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace cimd::testing {

struct CertificateAndKey {
  std::string certificate_pem;
  std::string private_key_pem;
};

struct CertificateOptions {
  // DNS names. The first one is also the common name.
  std::vector<std::string> hosts = {};
  // URIs, for example SPIFFE IDs. At least one of the two lists must have an element.
  std::vector<std::string> uris = {};
  absl::Time not_before = absl::Now() - absl::Hours(1);
  absl::Time not_after = absl::Now() + absl::Hours(24);
};

// A temporary certification authority with a P-256 key that exists only in memory. Ends the test program if OpenSSL
// fails. Not thread-safe.
class TestCertificateAuthority {
 public:
  TestCertificateAuthority();
  ~TestCertificateAuthority();
  TestCertificateAuthority(const TestCertificateAuthority&) = delete;
  TestCertificateAuthority& operator=(const TestCertificateAuthority&) = delete;

  const std::string& certificate_pem() const;
  // The file name under which OpenSSL looks the certificate up in a CA directory, for example "2e5ac55d.0".
  std::string hashed_name() const;
  CertificateAndKey Issue(const CertificateOptions& options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Makes a self-signed certificate.
CertificateAndKey MakeSelfSigned(const CertificateOptions& options);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_TLS_TEST_CERTIFICATES_H_
