// Documents that real clients publish. Every one registers in a STANDARD tenant. A STRICT tenant accepts exactly those
// that the reference product's rules allow and that need no keys: no keys can be fetched here.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using ::cimd::testing::IsOk;
using ::testing::UnorderedElementsAreArray;

std::map<std::string, std::string> Corpus() {
  std::map<std::string, std::string> documents;
  for (const auto& file : std::filesystem::directory_iterator(CIMD_TESTDATA_DIR "/metadata/corpus")) {
    std::ostringstream content;
    content << std::ifstream(file.path()).rdbuf();
    documents[file.path().stem()] = content.str();
  }
  return documents;
}

class CorpusTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::RegisterClientResponse> Register(const std::string& document) {
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(nlohmann::json::parse(document)["client_id"].get<std::string>());
    request.set_document(document);
    return server_.Call(server_.registration(), &v1::RegistrationService::Stub::RegisterClient, request);
  }

  testing::TestServer server_{{}, nullptr, {"chatgpt.com:443", "cimd.dev:443"}};
};

TEST_F(CorpusTest, EveryDocumentRegistersInStandard) {
  const auto corpus = Corpus();
  ASSERT_EQ(corpus.size(), 11);
  for (const auto& [name, document] : corpus) {
    auto registered = Register(document);
    ASSERT_THAT(registered, IsOk()) << name;
    const auto& warnings = registered->validation().warnings();
    const bool keys_missing = std::any_of(warnings.begin(), warnings.end(), [](const v1::Finding& finding) {
      return finding.reason() == v1::FINDING_REASON_KEY_SET_NOT_FETCHED;
    });
    EXPECT_EQ(keys_missing, nlohmann::json::parse(document).contains("jwks_uri")) << name;
  }
}

TEST_F(CorpusTest, StrictAllowsExactlyWhatItsRulesAllow) {
  v1::Tenant strict;
  strict.set_document_profile(v1::DOCUMENT_PROFILE_STRICT);
  server_.UpdateTenant(strict, {"document_profile"});
  const std::map<std::string, std::vector<std::string>> refusals = {
      {"claude-code",
       {"document.redirect_uris[0] REDIRECT_URI_NEEDS_NATIVE", "document.redirect_uris[1] REDIRECT_URI_NEEDS_NATIVE"}},
      {"mcp-spec-example",
       {"document.redirect_uris[0] REDIRECT_URI_NEEDS_NATIVE", "document.redirect_uris[1] REDIRECT_URI_NEEDS_NATIVE"}},
  };
  for (const auto& [name, document] : Corpus()) {
    auto registered = Register(document);
    if (nlohmann::json::parse(document).contains("jwks_uri")) {
      EXPECT_THAT(registered, testing::Fails(absl::StatusCode::kFailedPrecondition, "DOCUMENT_NOT_FETCHED")) << name;
      continue;
    }
    auto refusal = refusals.find(name);
    if (refusal == refusals.end()) {
      EXPECT_THAT(registered, IsOk()) << name;
    } else {
      EXPECT_THAT(testing::ViolationsOf(registered), UnorderedElementsAreArray(refusal->second)) << name;
    }
  }
}

}  // namespace
}  // namespace cimd
