#include "server/metadata/key_findings.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::metadata {
namespace {

using jose::KeyFault;

TEST(KeyFindingsTest, EveryFaultHasAReasonOfItsOwnAndItsPlace) {
  std::set<v1::FindingReason> reasons;
  int faults = 0;
  for (; !jose::KeyFaultName(static_cast<KeyFault>(faults)).empty(); ++faults) {
    const auto fault = static_cast<KeyFault>(faults);
    jose::JwkSet set;
    (jose::IsViolation(fault) ? set.violations : set.warnings).push_back({fault, "$.keys[3]"});
    v1::Validation standard;
    AddKeyFindings(set, v1::DOCUMENT_PROFILE_STANDARD, standard);
    v1::Validation strict;
    AddKeyFindings(set, v1::DOCUMENT_PROFILE_STRICT, strict);
    EXPECT_EQ(standard.violations_size(), jose::RefusesSet(fault)) << jose::KeyFaultName(fault);
    EXPECT_EQ(strict.violations_size(), jose::IsViolation(fault)) << jose::KeyFaultName(fault);
    EXPECT_EQ(standard.valid(), standard.violations().empty());
    EXPECT_EQ(standard.violations_size() + standard.warnings_size(), 1);
    const v1::Finding& finding = standard.violations_size() > 0 ? standard.violations(0) : standard.warnings(0);
    EXPECT_EQ(finding.path(), "$.keys[3]");
    EXPECT_EQ(finding.message(), jose::KeyFaultMessage(fault));
    EXPECT_TRUE(v1::FindingReason_Name(finding.reason()).starts_with("FINDING_REASON_KEY_")) << faults;
    // A byte order mark has the same reason as malformed JSON and its own message.
    const bool shared = fault == jose::KeyFault::kByteOrderMark;
    EXPECT_EQ(reasons.insert(finding.reason()).second, !shared) << jose::KeyFaultName(fault);
  }
  EXPECT_EQ(faults, 28);
}

TEST(KeyFindingsTest, AddsToWhatIsThere) {
  v1::Validation validation;
  validation.add_violations()->set_reason(v1::FINDING_REASON_CLIENT_NAME_MISSING);
  AddKeyFindings({}, v1::DOCUMENT_PROFILE_STANDARD, validation);
  EXPECT_FALSE(validation.valid());
  EXPECT_EQ(validation.violations_size(), 1);
}

TEST(KeyFindingsTest, ASetThatWasNotReadSaysWhatThatMeans) {
  v1::FetchFailure failure;
  failure.set_message("the host refuses this server");
  v1::Validation validation;
  AddKeySetNotFetched(failure, /*keys_in_force=*/false, validation);
  AddKeySetNotFetched(failure, /*keys_in_force=*/true, validation);
  ASSERT_EQ(validation.warnings_size(), 2);
  EXPECT_THAT(validation.warnings(0).message(), ::testing::HasSubstr("cannot authenticate"));
  EXPECT_THAT(validation.warnings(1).message(), ::testing::HasSubstr("the keys in force stay"));
}

}  // namespace
}  // namespace cimd::metadata
