#include "server/assertions/assertion_verifier.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/server/assertions/assertion_setting.h"

namespace cimd::services {
namespace {

using jose::Algorithm;
using testing::AssertionSetting;
using testing::TestSigner;

const TestSigner& Signer() {
  static const TestSigner& signer = *new TestSigner(TestSigner::Ed25519());
  return signer;
}

std::string Sign(const AssertionSetting& setting, const std::string& jti) {
  return setting.Sign(Signer(), Algorithm::kEd25519, jti);
}

TEST(AssertionVerifierTest, AClientCanHaveOnlySoManyAssertionsUnderWay) {
  AssertionSetting setting(Signer(), {.max_entries_per_client = 2});
  EXPECT_TRUE(setting.Verify(Sign(setting, "1"))->valid());
  EXPECT_TRUE(setting.Verify(Sign(setting, "2"))->valid());
  EXPECT_EQ(setting.Verify(Sign(setting, "3"))->reason, v1::ASSERTION_REASON_TOO_MANY_ASSERTIONS);
  EXPECT_EQ(setting.Verify(Sign(setting, "1"))->reason, v1::ASSERTION_REASON_REPLAYED);
}

TEST(AssertionVerifierTest, WhatCannotBeRememberedIsNotAccepted) {
  AssertionSetting setting(Signer(), {.segment_span = absl::ZeroDuration()});
  std::filesystem::remove_all(setting.used_directory());
  const auto verdict = setting.Verify(Sign(setting, "1"));
  EXPECT_TRUE(absl::IsUnavailable(verdict.status())) << verdict.status();
  EXPECT_EQ(rpc::errors::ReasonOf(verdict.status()), v1::ERROR_REASON_STORAGE_FAILED);
}

TEST(AssertionVerifierTest, OnlyVerifiedAssertionsAreRemembered) {
  AssertionSetting setting(Signer(), {.max_entries = 1});
  const TestSigner stranger = TestSigner::Ed25519();
  for (int i = 0; i < 3; ++i) {
    const auto verdict = setting.Verify(setting.Sign(stranger, Algorithm::kEd25519, "1"));
    EXPECT_EQ(verdict->reason, v1::ASSERTION_REASON_SIGNATURE_INVALID);
    EXPECT_EQ(verdict->description, "the signature is not that of a key of the client (kid 'k', alg Ed25519)");
  }
  EXPECT_TRUE(setting.Verify(Sign(setting, "1"))->valid());
}

}  // namespace
}  // namespace cimd::services
