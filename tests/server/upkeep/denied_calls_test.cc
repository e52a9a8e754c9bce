#include "server/upkeep/denied_calls.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"

namespace cimd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeniedCallsTest : public ::testing::Test {
 protected:
  void Deny(const rpc::Caller* caller, const rpc::Method& method = rpc::kMethodTable[0],
            const absl::Status& status = rpc::errors::TenantForbidden(),
            const std::string& peer = "ipv4:192.0.2.1:99") {
    denied_.Add({.method = method,
                 .caller = caller,
                 .peer = peer,
                 .traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
                 .status = status},
                now_);
  }
  void DenyStranger(const std::string& peer = "ipv4:198.51.100.7:1") {
    Deny(nullptr, rpc::kMethodTable[1], rpc::errors::AccessTokenInvalid(), peer);
  }
  std::vector<DeniedCalls::Sample> Take(bool all = false) { return denied_.Take(now_, all); }

  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  rpc::Caller caller_{.kind = v1::CALLER_KIND_ACCESS_TOKEN, .id = "tok_1", .name = "ci", .tenant = "acme"};
  DeniedCalls denied_;
};

TEST_F(DeniedCallsTest, TheFirstIsTakenAtOnceAndTheRestOfTheMinuteTogether) {
  Deny(&caller_);
  auto samples = Take();
  ASSERT_THAT(samples, SizeIs(1));
  EXPECT_EQ(samples[0].tenant, "acme");
  const storage::AuditRecord& event = samples[0].event;
  EXPECT_EQ(event.outcome(), v1::AUDIT_OUTCOME_DENIED);
  EXPECT_EQ(event.reason(), "TENANT_FORBIDDEN");
  EXPECT_EQ(event.method(), rpc::kMethodTable[0].name);
  EXPECT_EQ(event.caller(), "tok_1");
  EXPECT_EQ(event.caller_display_name(), "ci");
  EXPECT_EQ(event.address(), "192.0.2.1");
  EXPECT_EQ(event.trace_id(), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(event.count(), 1);

  for (int i = 0; i < 500; ++i) Deny(&caller_);
  now_ += absl::Seconds(59);
  EXPECT_THAT(Take(), IsEmpty());
  now_ += absl::Seconds(1);
  samples = Take();
  ASSERT_THAT(samples, SizeIs(1));
  EXPECT_EQ(samples[0].event.count(), 500);
  now_ += absl::Hours(1);
  EXPECT_THAT(Take(), IsEmpty());
  EXPECT_THAT(Take(/*all=*/true), IsEmpty());
}

TEST_F(DeniedCallsTest, AClockThatIsSetBackHoldsNothingBack) {
  Deny(&caller_);
  ASSERT_THAT(Take(), SizeIs(1));
  now_ -= absl::Hours(24);
  Deny(&caller_);
  EXPECT_THAT(Take(), SizeIs(1));
  Deny(&caller_);
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(DeniedCallsTest, CallersMethodsAndReasonsAreToldApart) {
  rpc::Caller other = caller_;
  other.id = "tok_2";
  Deny(&caller_);
  Deny(&other);
  Deny(&caller_, rpc::kMethodTable[1]);
  Deny(&caller_, rpc::kMethodTable[1], rpc::errors::ScopeInsufficient("m", "s"));
  EXPECT_THAT(Take(), SizeIs(4));
}

TEST_F(DeniedCallsTest, StrangersAreOneCaller) {
  for (int i = 0; i < 100'000; ++i) DenyStranger("ipv6:%5B2001:db8::" + std::to_string(i) + "%5D:5");
  auto samples = Take();
  ASSERT_THAT(samples, SizeIs(1));
  EXPECT_EQ(samples[0].tenant, "_");
  EXPECT_EQ(samples[0].event.count(), 100'000);
  EXPECT_EQ(samples[0].event.reason(), "ACCESS_TOKEN_INVALID");
  EXPECT_EQ(samples[0].event.method(), "");
  EXPECT_EQ(samples[0].event.address(), "2001:db8::99999");
}

TEST_F(DeniedCallsTest, ManyCallersShareOneEventInTheEnd) {
  for (size_t i = 0; i < 10 * kMaxDenialKinds; ++i) {
    rpc::Caller caller = caller_;
    caller.id = "tok_" + std::to_string(i);
    Deny(&caller);
  }
  const auto samples = Take();
  EXPECT_THAT(samples, SizeIs(kMaxDenialKinds + 1));
  int64_t calls = 0;
  for (const auto& sample : samples) calls += sample.event.count();
  EXPECT_EQ(calls, static_cast<int64_t>(10 * kMaxDenialKinds));
}

TEST_F(DeniedCallsTest, WhatIsNotDueIsTakenInTheEnd) {
  Deny(&caller_);
  Take();
  Deny(&caller_);
  EXPECT_THAT(Take(), IsEmpty());
  EXPECT_THAT(Take(/*all=*/true), SizeIs(1));
}

}  // namespace
}  // namespace cimd
