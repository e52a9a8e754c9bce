#include "server/crypto/certificate.h"

#include <fstream>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tls_test_certificates.h"

namespace cimd::crypto {
namespace {

using ::testing::HasSubstr;

class CertificateTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, std::string_view text) {
    const std::string path = directory_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  testing::TempDir directory_;
  testing::TestCertificateAuthority authority_;
  const absl::Time expiry_ = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) + absl::Hours(5);
  const testing::CertificateAndKey issued_ = authority_.Issue({.hosts = {"server.test"}, .not_after = expiry_});
};

TEST_F(CertificateTest, ExpiryIsThatOfTheFirstCertificate) {
  const testing::CertificateAndKey later =
      authority_.Issue({.hosts = {"b.test"}, .not_after = expiry_ + absl::Hours(9)});
  EXPECT_EQ(CertificateExpiry(issued_.certificate_pem), expiry_);
  EXPECT_EQ(CertificateExpiry(issued_.certificate_pem + later.certificate_pem), expiry_);
  EXPECT_EQ(CertificateExpiry("a comment\n" + issued_.certificate_pem), expiry_);
}

TEST_F(CertificateTest, ExpiryOfWhatIsNoCertificateIsUnknown) {
  const std::string& pem = issued_.certificate_pem;
  for (const std::string& text :
       {std::string(), std::string("no certificate"), pem.substr(0, pem.size() / 2), issued_.private_key_pem}) {
    EXPECT_EQ(CertificateExpiry(text), std::nullopt) << text;
  }
}

TEST_F(CertificateTest, FilesThatBelongTogetherHaveNoProblem) {
  const std::string certificate = Write("tls.crt", issued_.certificate_pem);
  const std::string key = Write("tls.key", issued_.private_key_pem);
  EXPECT_EQ(TlsFilesProblem(certificate, key, ""), "");
  EXPECT_EQ(TlsFilesProblem(certificate, key, Write("ca.crt", authority_.certificate_pem())), "");
}

TEST_F(CertificateTest, AProblemNamesTheFile) {
  const std::string certificate = Write("tls.crt", issued_.certificate_pem);
  const std::string key = Write("tls.key", issued_.private_key_pem);
  const std::string other = Write("other.key", authority_.Issue({.hosts = {"server.test"}}).private_key_pem);
  const std::string empty = Write("empty", "");
  const std::string absent = directory_.path() + "/absent";
  const struct {
    std::string certificate, key, client_ca, named;
  } rows[] = {
      {absent, key, "", absent},          {empty, key, "", empty},
      {certificate, absent, "", absent},  {certificate, other, "", other},
      {certificate, key, absent, absent}, {certificate, key, empty, empty},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(TlsFilesProblem(row.certificate, row.key, row.client_ca), HasSubstr(row.named));
    // A failure must leave nothing in OpenSSL's error queue.
    EXPECT_EQ(TlsFilesProblem(certificate, key, ""), "");
  }
}

}  // namespace
}  // namespace cimd::crypto
