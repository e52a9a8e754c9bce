#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <variant>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/json/strict_json.h"

// Nicolas Seriot's parsing suite (https://github.com/nst/JSONTestSuite), from the file that CIMD_JSON_SUITE names:
// [{"name": "y_array_empty.json", "base64": "W10="}, ...]. tests/corpora/run writes it.
namespace cimd::json {
namespace {

// Valid JSON that two readers can understand in two ways; refused on purpose.
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
    // "i_", left to the implementation, has to come to an end, either way.
    const auto result = ParseStrict(text);
    const bool ok = std::holds_alternative<Value>(result);
    accepted += ok ? 1 : 0;
    if (name.starts_with("n_")) {
      EXPECT_FALSE(ok);
    }
    if (name.starts_with("y_") && !ok) refused_here.insert(name);
    // What was understood can be written, and is understood in the same way again.
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
