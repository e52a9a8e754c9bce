#ifndef CIMD_TESTS_SERVER_ADMISSION_POLICY_TEXT_H_
#define CIMD_TESTS_SERVER_ADMISSION_POLICY_TEXT_H_

#include <string>

#include "cimd/v1/admission_policy.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace cimd::admission {

// Parses a policy in protobuf text format.
inline v1::AdmissionPolicy PolicyOf(const std::string& text) {
  v1::AdmissionPolicy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &policy)) << text;
  return policy;
}

}  // namespace cimd::admission

#endif  // CIMD_TESTS_SERVER_ADMISSION_POLICY_TEXT_H_
