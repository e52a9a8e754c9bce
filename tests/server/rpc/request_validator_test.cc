// A table for each rule of the validator: accepted and refused values.

#include "server/rpc/request_validator.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "client/status.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace cimd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Validator = services::RequestValidator;
using Rule = std::function<void(Validator&, std::string_view)>;

std::vector<std::string> ViolationsOf(const Validator& validator) {
  std::vector<std::string> violations;
  const absl::Status status = validator.status();
  if (const auto bad = client::BadRequestOf(status); bad.has_value()) {
    for (const auto& violation : bad->field_violations()) violations.push_back(violation.field());
  }
  EXPECT_EQ(status.ok(), violations.empty());
  return violations;
}

void Check(const Rule& rule, const std::vector<std::string>& valid, const std::vector<std::string>& invalid) {
  for (const std::string& value : valid) {
    Validator validator;
    rule(validator, value);
    EXPECT_THAT(ViolationsOf(validator), IsEmpty()) << value;
  }
  for (const std::string& value : invalid) {
    Validator validator;
    rule(validator, value);
    EXPECT_THAT(ViolationsOf(validator), ElementsAre("field")) << value;
  }
}

TEST(RequestValidatorTest, HttpsUrls) {
  Check([](Validator& validator, std::string_view value) { validator.HttpsUrl("field", value); },
        {"", "https://a.example", "https://a.example/", "https://A.example/p?q=1", "https://a.example:1/",
         "https://[::1]:65535/x", "https://a.example?q", "https://1.2.3.4/",
         "https://a.example/" + std::string(2048 - 18, 'x')},
        {"http://a.example/",
         "HTTPS://a.example/",
         "https://",
         "https:///path",
         "https://u@a.example/",
         "https://a.example/#f",
         "https://a.example/ b",
         "https://a.example/\\",
         "https://a.example/\"",
         "https://-a.example/",
         "https://a-.example/",
         "https://a..example/",
         "https://a.example:/",
         "https://a.example:0/",
         "https://a.example:65536/",
         "https://a.example:x/",
         "https://a_b.example/",
         "https://[::1/",
         "https://[]/",
         "https://[::1]x/",
         "https://[g]/",
         "https://a.example/\xC3\xA4",
         "a.example",
         "https://" + std::string(64, 'a') + ".example/",
         "https://a.example/" + std::string(2048 - 17, 'x')});
}

TEST(RequestValidatorTest, WebOrigins) {
  Check([](Validator& validator, std::string_view value) { validator.WebOrigin("field", value); },
        {"https://a.example", "https://a.example:8443", "https://[2001:db8::1]", "http://localhost",
         "http://localhost:3000", "http://127.0.0.1:1", "http://[::1]:3000"},
        {"", "https://a.example/", "https://a.example?q", "http://a.example", "http://127.0.0.2",
         "http://localhost.example", "http://[::2]", "http://localhost:0", "ftp://localhost", "null", "*"});
}

TEST(RequestValidatorTest, HostNames) {
  const std::string label(63, 'a');
  Check([](Validator& validator, std::string_view value) { validator.HostName("field", value); },
        {"a", "a.example", "xn--a-0ga.example", "1.2.3.4", label + ".example",
         label + "." + label + "." + label + "." + std::string(61, 'a')},
        {"", ".", "a.", ".a", "A.example", "a.example:1", "-a", "a-", "a_b", "a b", label + "a",
         label + "." + label + "." + label + "." + std::string(62, 'a')});
}

TEST(RequestValidatorTest, Digests) {
  Check([](Validator& validator, std::string_view value) { validator.Sha256Hex("field", value); },
        {"", std::string(64, '0'), std::string(32, 'a') + std::string(32, 'F')},
        {"0", std::string(63, '0'), std::string(65, '0'), std::string(63, '0') + "g"});
}

TEST(RequestValidatorTest, Uuids) {
  Check([](Validator& validator, std::string_view value) { validator.Uuid("field", value); },
        {"6f1e2a0c-7d5b-4a3e-9c1d-2b8f4e6a7c90", "6F1E2A0C-7D5B-4A3E-9C1D-2B8F4E6A7C90"},
        {"", "6f1e2a0c7d5b4a3e9c1d2b8f4e6a7c90", "6f1e2a0c-7d5b-4a3e-9c1d-2b8f4e6a7c9",
         "6f1e2a0c-7d5b-4a3e-9c1d-2b8f4e6a7c900", "6f1e2a0c-7d5b-4a3e-9c1d_2b8f4e6a7c90",
         "6f1e2a0cx7d5b-4a3e-9c1d-2b8f4e6a7c90", "gf1e2a0c-7d5b-4a3e-9c1d-2b8f4e6a7c90"});
}

TEST(RequestValidatorTest, LengthsAndCounts) {
  Check([](Validator& validator, std::string_view value) { validator.MaxBytes("field", value, 4); },
        {"", "abcd",
         "\xC3\xA4"
         "ab"},
        {"abcde",
         "\xC3\xA4"
         "abc"});
  Check([](Validator& validator, std::string_view value) { validator.MaxCharacters("field", value, 4); },
        {"", "abcd",
         "\xC3\xA4"
         "abc",
         "\xF0\x9F\x98\x80"
         "abc"},
        {"abcde",
         "\xC3\xA4"
         "abcd"});
  Check([](Validator& validator, std::string_view value) { validator.MaxElements("field", value.size(), 2); },
        {"", "12"}, {"123"});
  Check([](Validator& validator, std::string_view value) { validator.Require("field", !value.empty()); }, {"x"}, {""});
  Check(
      [](Validator& validator, std::string_view value) {
        validator.OneOf("field", value, {"a", "b"});
      },
      {"a", "b"}, {"", "A", "ab"});
}

TEST(RequestValidatorTest, RangesIncludeTheirEnds) {
  for (const int value : {-1, 0, 5, 10, 11}) {
    Validator validator;
    validator.InRange("field", value, 0, 10);
    EXPECT_EQ(validator.status().ok(), value >= 0 && value <= 10) << value;
  }
  for (const int32_t value : {-1, 0, INT32_MAX}) {
    Validator validator;
    validator.PageSize(value);
    EXPECT_EQ(validator.status().ok(), value >= 0) << value;
  }
}

TEST(RequestValidatorTest, ReportsAllViolationsInOrder) {
  Validator validator;
  validator.Require("a", false);
  validator.HostName("b", "fine.example");
  validator.Uuid("c", "none");
  validator.Add("d", "FORMAT", "is odd");
  EXPECT_THAT(ViolationsOf(validator), ElementsAre("a", "c", "d"));
  EXPECT_EQ(validator.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace cimd
