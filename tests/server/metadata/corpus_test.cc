#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/metadata/metadata_document.h"
#include "tests/server/metadata/findings_text.h"

// Documents of real clients in both profiles. tests/testdata/metadata/corpus contains the documents as their publishers
// serve them. corpus_findings.json has the expected findings, derived from the rules by hand.
namespace cimd::metadata {
namespace {

using nlohmann::json;
using std::string_view_literals::operator""sv;
using List = std::vector<std::string>;

constexpr v1::DocumentProfile kProfiles[] = {v1::DOCUMENT_PROFILE_STANDARD, v1::DOCUMENT_PROFILE_STRICT};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Maps a file's name to its content.
const std::map<std::string, std::string>& Corpus() {
  static const auto& corpus = *new std::map<std::string, std::string>([] {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(CIMD_TESTDATA_DIR "/metadata/corpus")) {
      files[entry.path().filename()] = ReadFile(entry.path());
    }
    return files;
  }());
  return corpus;
}

std::string UrlOf(const std::string& document) { return json::parse(document)["client_id"]; }

json ToJson(const DocumentReport& report) {
  const v1::ClientMetadata& metadata = *report.metadata;
  return {{"violations", FindingsText(report.validation.violations())},
          {"warnings", FindingsText(report.validation.warnings())},
          {"app_type", v1::AppType_Name(metadata.app_type())},
          {"grant_types", List(metadata.grant_types().begin(), metadata.grant_types().end())},
          {"callbacks", metadata.callbacks_size()},
          {"token_endpoint_auth_method", metadata.token_endpoint_auth_method()}};
}

TEST(CorpusTest, EveryDocumentComesToWhatIsWrittenDown) {
  const json expected = json::parse(ReadFile(CIMD_TESTDATA_DIR "/metadata/corpus_findings.json"));
  ASSERT_GE(Corpus().size(), 11u);
  ASSERT_EQ(expected.size(), Corpus().size());
  for (const auto& [name, document] : Corpus()) {
    const auto standard = JudgeDocument(document, UrlOf(document), {.profile = v1::DOCUMENT_PROFILE_STANDARD});
    const auto strict = JudgeDocument(document, UrlOf(document), {.profile = v1::DOCUMENT_PROFILE_STRICT});
    EXPECT_EQ(ToJson(standard), expected[name]["STANDARD"]) << name << "\n" << ToJson(standard).dump(1);
    EXPECT_EQ(ToJson(strict), expected[name]["STRICT"]) << name << "\n" << ToJson(strict).dump(1);
    EXPECT_TRUE(standard.validation.valid()) << name;
  }
}

TEST(CorpusTest, ADocumentIsNobodyElses) {
  for (const auto& [name, document] : Corpus()) {
    for (const v1::DocumentProfile profile : kProfiles) {
      const auto report = JudgeDocument(document, "https://mallory.com/client.json", {.profile = profile});
      EXPECT_THAT(FindingsText(report.validation.violations()), ::testing::Contains("CLIENT_ID_MISMATCH $.client_id"))
          << name;
    }
  }
}

// Checks invariants that must hold for any input.
void ExpectSound(const DocumentReport& report, const std::string& url) {
  const v1::Validation& validation = report.validation;
  ASSERT_EQ(validation.valid(), validation.violations().empty());
  ASSERT_TRUE(report.metadata.has_value() || !validation.valid());
  for (const auto* list : {&validation.violations(), &validation.warnings()}) {
    for (const v1::Finding& finding : *list) {
      ASSERT_NE(finding.reason(), v1::FINDING_REASON_UNSPECIFIED);
      ASSERT_FALSE(finding.path().empty());
      ASSERT_FALSE(finding.message().empty());
    }
  }
  // Text that is not UTF-8 could be neither stored nor sent.
  std::string wire;
  ASSERT_TRUE(validation.SerializeToString(&wire));
  ASSERT_TRUE(v1::Validation().ParseFromString(wire));
  if (!validation.valid()) return;
  ASSERT_EQ(report.metadata->external_client_id(), url);
  ASSERT_FALSE(report.metadata->grant_types().empty());
  ASSERT_NE(report.metadata->app_type(), v1::APP_TYPE_UNSPECIFIED);
  ASSERT_THAT(report.metadata->token_endpoint_auth_method(), ::testing::AnyOf("none", "private_key_jwt"));
}

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  // Makes a few changes that are likely to break parsers: flipped, deleted and repeated bytes, and syntax characters.
  std::string Mutate(std::string text) {
    constexpr std::string_view kTelling = "{}[]\",:\\/*#?@%. \t\n\0\x80\xff\xefu0d8-"sv;
    for (int changes = 1 + Below(4); changes > 0 && !text.empty(); --changes) {
      const size_t at = Below(text.size());
      const size_t length = 1 + Below(std::min<size_t>(16, text.size() - at));
      switch (Below(5)) {
        case 0:
          text[at] = static_cast<char>(text[at] ^ (1 << Below(8)));
          break;
        case 1:
          text.erase(at, length);
          break;
        case 2:
          text.insert(Below(text.size()), text.substr(at, length));
          break;
        case 3:
          text[at] = kTelling[Below(kTelling.size())];
          break;
        case 4:
          text.insert(at, 1, kTelling[Below(kTelling.size())]);
          break;
      }
    }
    return text;
  }

 private:
  size_t Below(size_t limit) { return random_() % limit; }

  std::mt19937 random_;
};

TEST(CorpusTest, MutationsAreJudgedSoundly) {
  Mutator mutator(20260702);
  int valid = 0, invalid = 0;
  for (const auto& [name, document] : Corpus()) {
    const std::string url = UrlOf(document);
    for (int round = 0; round < 1500; ++round) {
      const std::string mutant = mutator.Mutate(document);
      for (const v1::DocumentProfile profile : kProfiles) {
        const DocumentReport report = JudgeDocument(mutant, url, {.profile = profile});
        ASSERT_NO_FATAL_FAILURE(ExpectSound(report, url)) << name << " " << round << "\n" << mutant;
        ++(report.validation.valid() ? valid : invalid);
      }
    }
  }
  // Both outcomes must have occurred.
  EXPECT_GT(valid, 1000);
  EXPECT_GT(invalid, 1000);
}

TEST(CorpusTest, MutatedUrlsAreJudgedSoundly) {
  Mutator mutator(20261123);
  for (const auto& [name, document] : Corpus()) {
    const std::string url = UrlOf(document);
    for (int round = 0; round < 1500; ++round) {
      const std::string mutant = mutator.Mutate(url);
      const DocumentReport report = JudgeDocument(document, mutant, {});
      // A change of any byte makes a different identifier.
      ASSERT_EQ(report.validation.valid(), mutant == url) << mutant;
    }
  }
}

TEST(CorpusTest, TheWorstDocumentsAreJudgedQuickly) {
  const auto filled = [](std::string begin, const std::string& element, std::string end) {
    while (begin.size() + element.size() + end.size() <= 5120) begin += element;
    return begin + end;
  };
  std::string members = "{\"a\":1";
  for (int i = 0; members.size() < 5100; ++i) members += ",\"" + std::to_string(i) + "\":1";
  const std::string documents[] = {
      members + "}",
      filled("{\"redirect_uris\":[\"x:y\"", ",\"x:y\"", "]}"),
      filled("{\"grant_types\":[1", ",1", "]}"),
      filled("{\"x\":[[[[[[[[[[[[[[1", ",1", "]]]]]]]]]]]]]]}"),
      filled("{\"x\":[{}", ",{\"kty\":0,\"d\":0}", "]}"),
      filled("{\"client_name\":\"", "\xcc\x81", "\"}"),
      filled("{\"client_name\":\"", "\\u0301", "\"}"),
      filled("{\"jwks_uri\":\"https://", "@", "\"}"),
      filled("", "[", ""),
      std::string(5120, '"'),
  };
  constexpr int kRounds = 20;
  for (const std::string& document : documents) {
    ASSERT_LE(document.size(), 5120u);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) JudgeDocument(document, "https://app.acme.com/client.json", {});
    // A release build needs a fraction of a millisecond for each. The margin is for sanitizers and busy machines.
    EXPECT_LT(std::chrono::steady_clock::now() - start, kRounds * std::chrono::milliseconds(100))
        << document.substr(0, 60);
  }
}

}  // namespace
}  // namespace cimd::metadata
