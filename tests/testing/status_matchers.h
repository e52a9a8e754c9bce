#ifndef CIMD_TESTS_TESTING_STATUS_MATCHERS_H_
#define CIMD_TESTS_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

// Matchers for absl::Status and absl::StatusOr, which the packaged Abseil lacks.
namespace cimd::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

MATCHER_P(StatusIs, code, "has status code " + absl::StatusCodeToString(code)) {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

MATCHER_P2(StatusIs, code, message,
           "has status code " + absl::StatusCodeToString(code) + " and a message that " +
               ::testing::DescribeMatcher<std::string>(message)) {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         ::testing::ExplainMatchResult(message, std::string(StatusOf(arg).message()), result_listener);
}

MATCHER_P(IsOkAndHolds, value, "is OK and holds a value that " + ::testing::PrintToString(value)) {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(value, *arg, result_listener);
}

}  // namespace cimd::testing

#define CIMD_ASSERT_OK(expression) ASSERT_THAT(expression, ::cimd::testing::IsOk())
#define CIMD_EXPECT_OK(expression) EXPECT_THAT(expression, ::cimd::testing::IsOk())

// Assigns the value of a StatusOr to `target`, which may be a declaration. Returns from the test if the status is an
// error.
#define CIMD_ASSERT_OK_AND_ASSIGN(target, expression) \
  CIMD_ASSERT_OK_AND_ASSIGN_(CIMD_CONCAT_(status_or_, __LINE__), target, expression)
#define CIMD_ASSERT_OK_AND_ASSIGN_(temporary, target, expression) \
  auto temporary = (expression);                                  \
  CIMD_ASSERT_OK(temporary);                                      \
  target = *std::move(temporary)
#define CIMD_CONCAT_(a, b) CIMD_CONCAT_INNER_(a, b)
#define CIMD_CONCAT_INNER_(a, b) a##b

#endif  // CIMD_TESTS_TESTING_STATUS_MATCHERS_H_
