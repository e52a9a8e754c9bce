#ifndef CIMD_TESTS_TESTING_EVENTUALLY_H_
#define CIMD_TESTS_TESTING_EVENTUALLY_H_

#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace cimd::testing {

// Waits for a condition that another thread or process makes true without a notification. Polls `condition` every few
// milliseconds for at most one minute. The failure text includes `message`, which says what the test waits for.
//   ASSERT_TRUE(Eventually([&] { return !Get(id).ok(); }, "the purge removes the tenant"));
[[nodiscard]] inline ::testing::AssertionResult Eventually(absl::FunctionRef<bool()> condition,
                                                           std::string_view message) {
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  while (!condition()) {
    if (absl::Now() >= deadline) return ::testing::AssertionFailure() << "within a minute: " << message;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return ::testing::AssertionSuccess();
}

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_EVENTUALLY_H_
