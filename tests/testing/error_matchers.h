#ifndef CIMD_TESTS_TESTING_ERROR_MATCHERS_H_
#define CIMD_TESTS_TESTING_ERROR_MATCHERS_H_

#include <string>
#include <vector>

#include "client/status.h"
#include "gmock/gmock.h"
#include "tests/testing/status_matchers.h"

namespace cimd::testing {

// Matches an error with this code and this ErrorInfo reason.
MATCHER_P2(Fails, code, reason, "fails with " + absl::StatusCodeToString(code) + " " + reason) {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code && client::ReasonOf(StatusOf(arg)) == reason;
}

// Returns "field REASON" for every violation in the error's details. Warnings in the details are left out.
template <typename Result>
std::vector<std::string> ViolationsOf(const Result& result) {
  std::vector<std::string> violations;
  if (auto bad_request = client::BadRequestOf(StatusOf(result)); bad_request.has_value()) {
    for (const auto& violation : bad_request->field_violations()) {
      if (violation.description().starts_with("warning: ")) continue;
      violations.push_back(violation.field() + " " + violation.reason());
    }
  }
  return violations;
}

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_ERROR_MATCHERS_H_
