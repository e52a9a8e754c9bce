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
  // DNS names, the first also as common name.
  std::vector<std::string> hosts = {};
  // URIs, such as SPIFFE ids. At least one of the two lists has an element.
  std::vector<std::string> uris = {};
  absl::Time not_before = absl::Now() - absl::Hours(1);
  absl::Time not_after = absl::Now() + absl::Hours(24);
};

// A throw-away certification authority with a P-256 key, made in the process and gone with it. Ends the test program
// when OpenSSL fails. Not thread-safe.
class TestCertificateAuthority {
 public:
  TestCertificateAuthority();
  ~TestCertificateAuthority();
  TestCertificateAuthority(const TestCertificateAuthority&) = delete;
  TestCertificateAuthority& operator=(const TestCertificateAuthority&) = delete;

  const std::string& certificate_pem() const;
  // Under which OpenSSL looks for the certificate in a directory, such as "2e5ac55d.0".
  std::string hashed_name() const;
  CertificateAndKey Issue(const CertificateOptions& options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A certificate that only its own key vouches for.
CertificateAndKey MakeSelfSigned(const CertificateOptions& options);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_TLS_TEST_CERTIFICATES_H_
