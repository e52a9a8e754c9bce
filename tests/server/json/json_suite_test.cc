#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <variant>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/json/strict_json.h"

// Nicolas Seriot's parsing suite (https://github.com/nst/JSONTestSuite), in the file that CIMD_JSON_SUITE names:
// [{"name": "y_array_empty.json", "base64": "W10="}, ...]. tests/corpora/run writes the file.
namespace cimd::json {
namespace {

// Valid JSON that two parsers can read differently. It is refused on purpose.
const std::set<std::string> kRefusedHere = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"};

TEST(JsonSuiteTest, AcceptsAndRefusesWhatItHasTo) {
  const char* const path = std::getenv("CIMD_JSON_SUITE");
  if (path == nullptr) GTEST_SKIP() << "CIMD_JSON_SUITE is not set: the JSON parsing suite is NOT tested";
  std::ifstream file(path);
  const auto cases = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(cases.is_array());
  std::set<std::string> refused_here;
  size_t accepted = 0;
  for (const auto& test : cases) {
    const std::string name = test["name"];
    std::string text;
    ASSERT_TRUE(absl::Base64Unescape(test["base64"].get<std::string>(), &text)) << name;
    SCOPED_TRACE(name);
    // The result of "i_" cases is up to the implementation, but parsing must end.
    const auto result = ParseStrict(text);
    const bool ok = std::holds_alternative<Value>(result);
    accepted += ok ? 1 : 0;
    if (name.starts_with("n_")) {
      EXPECT_FALSE(ok);
    }
    if (name.starts_with("y_") && !ok) refused_here.insert(name);
    // A value that was read must be the same after writing and reading it again.
    if (!ok) continue;
    const Value& value = std::get<Value>(result);
    const auto again = ParseStrict(value.dump());
    ASSERT_TRUE(std::holds_alternative<Value>(again));
    EXPECT_EQ(std::get<Value>(again), value);
  }
  EXPECT_EQ(refused_here, kRefusedHere);
  EXPECT_GT(cases.size(), 300u);
  EXPECT_GT(accepted, 90u);
}

}  // namespace
}  // namespace cimd::json
