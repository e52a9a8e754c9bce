#include "server/assertions/assertion_reasons.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace cimd::services {
namespace {

TEST(AssertionReasonsTest, EveryFaultIsCalledTheSameInTheApi) {
  int faults = 0;
  for (; !jose::AssertionFaultName(static_cast<jose::AssertionFault>(faults)).empty(); ++faults) {
    const auto fault = static_cast<jose::AssertionFault>(faults);
    EXPECT_EQ(v1::AssertionReason_Name(ReasonOf(fault)),
              "ASSERTION_REASON_" + std::string(jose::AssertionFaultName(fault)));
  }
  EXPECT_EQ(faults, 28);
}

TEST(AssertionReasonsTest, EveryReasonHasATextOfItsOwnThatOAuthAllows) {
  std::set<std::string> texts;
  for (int i = v1::AssertionReason_MIN + 1; i <= v1::AssertionReason_MAX; ++i) {
    if (!v1::AssertionReason_IsValid(i)) continue;
    const std::string text(TextOf(static_cast<v1::AssertionReason>(i)));
    EXPECT_FALSE(text.empty()) << v1::AssertionReason_Name(static_cast<v1::AssertionReason>(i));
    EXPECT_TRUE(texts.insert(text).second) << text;
    // RFC 6749 section 5.2.
    for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~' && c != '"' && c != '\\') << text;
  }
  EXPECT_EQ(TextOf(v1::ASSERTION_REASON_UNSPECIFIED), "");
}

}  // namespace
}  // namespace cimd::services
