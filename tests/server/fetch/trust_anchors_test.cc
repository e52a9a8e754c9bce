#include "server/fetch/trust_anchors.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fetch/https_fetcher_transfer.h"
#include "tests/server/fetch/origin_fetch.h"
#include "tests/testing/https_origin.h"
#include "tests/testing/status_matchers.h"

namespace cimd::fetch {
namespace {

using cimd::testing::HttpsOrigin;
using cimd::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TrustAnchorsTest : public ::testing::Test {
 protected:
  TrustAnchorsTest() {
    std::filesystem::create_directories(directory_);
    Write("bundle.pem", "# of the system\n" + TextOf(first_.ca_file()) + "# and\n" + TextOf(second_.ca_file()));
    Write("extra.pem", TextOf(third_.ca_file()));
  }
  ~TrustAnchorsTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) { std::ofstream(Path(name)) << text; }

  const HttpsOrigin first_, second_, third_;
  const std::string directory_ = ::testing::TempDir() + "/trust-anchors-" + std::to_string(getpid());
};

TEST_F(TrustAnchorsTest, FromABundle) {
  CIMD_ASSERT_OK_AND_ASSIGN(const TrustAnchors system, LoadTrustAnchors(Path("bundle.pem"), directory_, ""));
  EXPECT_THAT(system.certificates, SizeIs(2));
  EXPECT_EQ(system.directory, "");
  CIMD_ASSERT_OK_AND_ASSIGN(const TrustAnchors both,
                            LoadTrustAnchors(Path("bundle.pem"), directory_, Path("extra.pem")));
  EXPECT_THAT(both.certificates, SizeIs(3));
}

TEST_F(TrustAnchorsTest, FromADirectoryWithHashedNames) {
  for (const char* name : {"2e5ac55.0", "2e5ac55d.", "2e5ac55d.pem", "2E5AC55D.0", "x2e5ac55d.0"}) Write(name, "");
  CIMD_ASSERT_OK_AND_ASSIGN(const TrustAnchors unhashed, LoadTrustAnchors(Path("bundle.pem"), directory_, ""));
  EXPECT_EQ(unhashed.directory, "");
  Write("2e5ac55d.0", "");
  CIMD_ASSERT_OK_AND_ASSIGN(const TrustAnchors hashed,
                            LoadTrustAnchors(Path("bundle.pem"), directory_, Path("extra.pem")));
  EXPECT_EQ(hashed.directory, directory_);
  EXPECT_THAT(hashed.certificates, SizeIs(1));
}

TEST_F(TrustAnchorsTest, ASystemWithoutAuthoritiesTrustsTheOperatorsOnly) {
  CIMD_ASSERT_OK_AND_ASSIGN(const TrustAnchors extra, LoadTrustAnchors("", "", Path("extra.pem")));
  EXPECT_THAT(extra.certificates, SizeIs(1));
  CIMD_ASSERT_OK_AND_ASSIGN(const TrustAnchors none, LoadTrustAnchors(Path("none"), Path("none"), ""));
  EXPECT_THAT(none.certificates, IsEmpty());
  EXPECT_EQ(none.directory, "");
}

TEST_F(TrustAnchorsTest, AnExtraFileHasToHoldProperCertificates) {
  const std::string proper = TextOf(third_.ca_file());
  std::string garbled = proper;
  garbled[garbled.size() / 2] = '!';
  const struct {
    std::string name, text, problem;
  } kCases[] = {
      {"none.pem", "", "holds no certificate"},
      {"text.pem", "hello", "holds no certificate"},
      {"not-base64.pem", "-----BEGIN CERTIFICATE-----\nextra\n-----END CERTIFICATE-----\n", "malformed"},
      {"cut-off.pem", proper.substr(0, proper.size() / 2), "malformed"},
      {"garbled.pem", garbled, "malformed"},
      {"garbled-after-a-proper-one.pem", proper + garbled, "malformed"},
      {".", "", "holds no certificate"},
      {"absent/extra.pem", "", "cannot be read"},
  };
  for (const auto& test : kCases) {
    if (test.name.find("pem") != std::string::npos) Write(test.name, test.text);
    EXPECT_THAT(LoadTrustAnchors(Path("bundle.pem"), directory_, Path(test.name)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.problem)))
        << test.name;
  }
}

// Certificates in the file and in the directory count, together and separately. Nothing else does.
TEST(TrustAnchorsInUseTest, FileAndDirectory) {
  HttpsOrigin origin;
  HttpsOrigin stranger;
  origin.Serve("/c", {});
  const auto directory_of = [](const HttpsOrigin& host) {
    return std::filesystem::path(host.ca_file()).parent_path().string();
  };
  const auto certificates_of = [](const HttpsOrigin& host) {
    return LoadTrustAnchors("", "", host.ca_file()).value().certificates;
  };
  const struct {
    TrustAnchors anchors;
    bool trusted;
  } kCases[] = {
      {{}, false},
      {{.certificates = certificates_of(origin)}, true},
      {{.directory = directory_of(origin)}, true},
      {{.certificates = certificates_of(stranger)}, false},
      {{.directory = directory_of(stranger)}, false},
      {{.certificates = certificates_of(origin), .directory = directory_of(stranger)}, true},
      {{.certificates = certificates_of(stranger), .directory = directory_of(origin)}, true},
      {{.certificates = certificates_of(stranger), .directory = directory_of(stranger)}, false},
  };
  const HttpsFetcherOptions options = OptionsFor(origin);
  const AddressPolicy policy = AddressPolicy::Create(options.address_policy).value();
  CIMD_ASSERT_OK(InitializeTransfers());
  for (const auto& test : kCases) {
    const TransferOutcome outcome = RunTransfer(options, policy, test.anchors, {.url = origin.url("/c")});
    if (test.trusted) {
      EXPECT_EQ(outcome.failure, std::nullopt) << outcome.detail;
    } else {
      EXPECT_THAT(outcome.failure, Optional(v1::FETCH_FAILURE_REASON_TLS));
    }
  }
}

}  // namespace
}  // namespace cimd::fetch
