#include "server/upkeep/denied_calls.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

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
                now_, ++revision_);
  }
  void DenyStranger(const std::string& peer = "ipv4:198.51.100.7:1") {
    Deny(nullptr, rpc::kMethodTable[1], rpc::errors::AccessTokenInvalid(), peer);
  }
  std::vector<DeniedCalls::Sample> Take(bool all = false) { return denied_.Take(now_, all); }

  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  rpc::Caller caller_{.kind = v1::CALLER_KIND_ACCESS_TOKEN, .id = "tok_1", .name = "ci", .tenant = "acme"};
  storage::Revision revision_ = 0;
  DeniedCalls denied_;
};

TEST_F(DeniedCallsTest, TheFirstIsTakenAtOnceAndTheRestOfTheMinuteTogether) {
  Deny(&caller_);
  auto samples = Take();
  ASSERT_THAT(samples, SizeIs(1));
  EXPECT_EQ(samples[0].owner, "acme");
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
  EXPECT_EQ(samples[0].revision, 2) << "of the first call that it stands for";
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
  EXPECT_EQ(samples[0].owner, "_");
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

// Another tenant may get a deleted tenant's ID within the same minute.
TEST(AppendDenialTest, AnEventGoesOnlyToTheTenantThatItHappenedTo) {
  const testing::TempDir dir;
  storage::RocksDbOptions options;
  options.directory = dir / "db";
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<storage::Store> store, storage::OpenRocksDbStore(std::move(options)));
  auto commit = [&](absl::FunctionRef<absl::Status(storage::Transaction&)> body) {
    CIMD_EXPECT_OK(storage::RunInTransaction(*store, body));
  };
  auto begin_tenant = [&] {
    commit([&](auto& transaction) { return storage::BeginAuditLog(transaction, "acme", store->CurrentRevision()); });
  };
  auto append = [&](const std::string& owner, storage::Revision revision) {
    commit([&](auto& transaction) { return AppendDenial(transaction, {.owner = owner, .revision = revision}); });
  };
  auto events = [&](std::string_view owner) {
    int count = 0;
    CIMD_EXPECT_OK(
        (*store->TakeSnapshot())->Scan(storage::keys::All(owner, storage::keys::Kind::kAuditEvent), 0, [&](auto...) {
          return ++count > 0;
        }));
    return count;
  };
  begin_tenant();
  const storage::Revision first_tenant = store->CurrentRevision();
  append("acme", first_tenant);
  EXPECT_EQ(events("acme"), 1);
  const storage::Revision before_second = store->CurrentRevision();
  begin_tenant();
  const storage::Revision second_tenant = store->CurrentRevision();
  append("acme", first_tenant);
  append("acme", before_second);
  EXPECT_EQ(events("acme"), 1) << "what the first tenant was denied is not in the second one's log";
  append("acme", second_tenant);
  EXPECT_EQ(events("acme"), 2);
  append(std::string(storage::keys::kPlatform), first_tenant);
  EXPECT_EQ(events(storage::keys::kPlatform), 1);
}

}  // namespace
}  // namespace cimd
