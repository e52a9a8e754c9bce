#include "server/rpc/rate_limiter.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/rate_limits.h"
#include "tests/testing/status_matchers.h"

namespace cimd::rpc {
namespace {

using ::cimd::testing::StatusIs;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Caller Named(const std::string& id) { return Caller{.kind = v1::CALLER_KIND_ACCESS_TOKEN, .id = id}; }

RateLimits With(const std::vector<std::string>& changes) { return *ParseRateLimits(changes); }

RateLimit Of(const std::array<RateLimit, kWorkClassCount>& limits, WorkClass work_class) {
  return limits[static_cast<size_t>(work_class)];
}

TEST(RateLimitsTest, AreReadFromOptions) {
  const RateLimits limits =
      With({"caller.read=500", "tenant.fetch=20/100", "caller.scan=0", "address.failures=0.5", "caller.stream=0.25/3"});
  EXPECT_EQ(Of(limits.caller, WorkClass::kRead).per_second, 500);
  EXPECT_EQ(Of(limits.caller, WorkClass::kRead).burst, 1000);
  EXPECT_EQ(Of(limits.tenant, WorkClass::kFetch).per_second, 20);
  EXPECT_EQ(Of(limits.tenant, WorkClass::kFetch).burst, 100);
  EXPECT_EQ(Of(limits.caller, WorkClass::kScan).per_second, 0);
  EXPECT_EQ(limits.failures.burst, 1);
  EXPECT_EQ(Of(limits.caller, WorkClass::kStream).burst, 3);
  EXPECT_EQ(Of(limits.caller, WorkClass::kWrite).per_second, Of(RateLimits().caller, WorkClass::kWrite).per_second);
  for (const char* mistake :
       {"", "=", "caller.read", "caller.read=", "caller.read=-1", "caller.read=x", "caller.read=1/", "caller.read=1/0",
        "caller.read=1/-5", "caller.read=nan", "caller.read=inf", "caller.read=1e9", "caller.reads=1", "callers.read=1",
        "tenant=5", "address.read=1", "caller.read=1/1e3", "caller.read=0.0000001", "caller.read=0.001/10000000"}) {
    EXPECT_THAT(ParseRateLimits({mistake}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--rate_limit: '")))
        << mistake;
  }
}

TEST(RateLimiterTest, GrantsABurstAndThenTheRate) {
  RateLimiter limiter(With({"caller.write=10/5"}));
  const Caller caller = Named("tok_1");
  for (int i = 4; i >= 0; --i) {
    const RateVerdict verdict = limiter.AdmitCaller(caller, WorkClass::kWrite, kNow);
    ASSERT_TRUE(verdict.admitted);
    EXPECT_EQ(verdict.remaining, i);
  }
  const RateVerdict refused = limiter.AdmitCaller(caller, WorkClass::kWrite, kNow);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_EQ(refused.retry_after, absl::Milliseconds(100));
  EXPECT_EQ(refused.full_at, kNow + absl::Milliseconds(500));
  EXPECT_EQ(refused.limit.per_second, 10);
  // A refused call uses no tokens: a call after retry_after is admitted.
  EXPECT_TRUE(limiter.AdmitCaller(caller, WorkClass::kWrite, kNow + refused.retry_after).admitted);
  EXPECT_FALSE(limiter.AdmitCaller(caller, WorkClass::kWrite, kNow + refused.retry_after).admitted);
  // After a long time the bucket is full and not fuller.
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(limiter.AdmitCaller(caller, WorkClass::kWrite, kNow + absl::Hours(1)).admitted) << i;
  }
  EXPECT_FALSE(limiter.AdmitCaller(caller, WorkClass::kWrite, kNow + absl::Hours(1)).admitted);
}

TEST(RateLimiterTest, LimitsAreSeparateForEachName) {
  RateLimiter limiter(With({"caller.write=1/1", "caller.read=1/1", "tenant.write=1/1"}));
  EXPECT_TRUE(limiter.AdmitCaller(Named("a"), WorkClass::kWrite, kNow).admitted);
  EXPECT_FALSE(limiter.AdmitCaller(Named("a"), WorkClass::kWrite, kNow).admitted);
  EXPECT_TRUE(limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow).admitted) << "another class";
  EXPECT_TRUE(limiter.AdmitCaller(Named("b"), WorkClass::kWrite, kNow).admitted) << "another caller";
  EXPECT_TRUE(limiter.AdmitTenant("a", WorkClass::kWrite, kNow).admitted) << "a tenant of the same name";
  EXPECT_FALSE(limiter.AdmitTenant("a", WorkClass::kWrite, kNow).admitted);
  Caller jwt{.kind = v1::CALLER_KIND_JWT, .id = "sub", .name = "https://one"};
  EXPECT_TRUE(limiter.AdmitCaller(jwt, WorkClass::kWrite, kNow).admitted);
  EXPECT_FALSE(limiter.AdmitCaller(jwt, WorkClass::kWrite, kNow).admitted);
  jwt.name = "https://two";
  EXPECT_TRUE(limiter.AdmitCaller(jwt, WorkClass::kWrite, kNow).admitted) << "another issuer's subject";
}

TEST(RateLimiterTest, AddressesAreComparedWithoutPort) {
  RateLimiter limiter(With({"address.failures=1/2"}));
  EXPECT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1000", kNow).admitted);
  EXPECT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1001", kNow).admitted);
  EXPECT_FALSE(limiter.TakeFailure("ipv4:192.0.2.1:1002", kNow).admitted);
  EXPECT_TRUE(limiter.TakeFailure("ipv4:192.0.2.2:1003", kNow).admitted);
  EXPECT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1003", kNow + absl::Seconds(2)).admitted);
  // A host can use every address of an IPv6 /64 network.
  EXPECT_TRUE(limiter.TakeFailure("ipv6:%5B2001:db8:1:2::1%5D:1000", kNow).admitted);
  EXPECT_TRUE(limiter.TakeFailure("ipv6:%5B2001:db8:1:2:ffff::2%5D:1000", kNow).admitted);
  EXPECT_FALSE(limiter.TakeFailure("ipv6:%5B2001:db8:1:2::3%5D:1000", kNow).admitted);
  EXPECT_TRUE(limiter.TakeFailure("ipv6:%5B2001:db8:1:3::3%5D:1000", kNow).admitted);
}

TEST(RateLimiterTest, ReturnedFailuresDoNotCount) {
  RateLimiter limiter(With({"address.failures=1/2"}));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1000", kNow).admitted) << i;
    limiter.ReturnFailure("ipv4:192.0.2.1:1000", kNow);
  }
  EXPECT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1000", kNow).admitted);
  EXPECT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1000", kNow).admitted);
  EXPECT_FALSE(limiter.TakeFailure("ipv4:192.0.2.1:1000", kNow).admitted);
}

TEST(RateLimiterTest, RateOfZeroIsNoLimit) {
  RateLimiter limiter(With({"caller.read=0", "address.failures=0"}));
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow).admitted);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1", kNow).admitted);
  EXPECT_EQ(limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow).limit.per_second, 0);
}

TEST(RateLimiterTest, ClockThatIsSetBackLocksNobodyOut) {
  RateLimiter limiter(With({"caller.read=1/2"}));
  ASSERT_TRUE(limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow).admitted);
  EXPECT_TRUE(limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow - absl::Hours(1)).admitted);
  EXPECT_TRUE(limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow - absl::Hours(1)).admitted);
  EXPECT_FALSE(limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow - absl::Hours(1)).admitted);
}

TEST(RateLimiterTest, ClockThatIsSetBackFreesAllBuckets) {
  RateLimiter limiter(With({"address.failures=1/1"}));
  constexpr int kAddresses = 600'000;
  auto fill = [&](absl::Time now) {
    int64_t admitted = 0;
    for (int i = 0; i < kAddresses; ++i) {
      const std::string peer = fmt::format("ipv4:{}.{}.{}.{}:1", i >> 24 & 255, i >> 16 & 255, i >> 8 & 255, i & 255);
      if (limiter.TakeFailure(peer, now).admitted) ++admitted;
    }
    return admitted;
  };
  EXPECT_GE(fill(kNow), 64 * 4000);
  EXPECT_GE(fill(kNow - absl::Hours(24)), 64 * 4000);
}

TEST(RateLimiterTest, NumberOfBucketsIsBounded) {
  RateLimiter limiter(With({"address.failures=1/1"}));
  int64_t admitted = 0;
  constexpr int kAddresses = 600'000;
  for (int i = 0; i < kAddresses; ++i) {
    const std::string peer = fmt::format("ipv4:{}.{}.{}.{}:1", i >> 24 & 255, i >> 16 & 255, i >> 8 & 255, i & 255);
    if (limiter.TakeFailure(peer, kNow).admitted) ++admitted;
  }
  // 64 shards with 4096 buckets each. Each shard has one more bucket for addresses that do not fit.
  EXPECT_LE(admitted, 64 * 4097);
  EXPECT_GE(admitted, 64 * 4000);
  // Buckets are dropped when they are full again.
  EXPECT_TRUE(limiter.TakeFailure("ipv4:192.0.2.1:1", kNow + absl::Seconds(2)).admitted);
}

TEST(RateLimiterTest, ThreadsTogetherGetTheLimit) {
  RateLimiter limiter(With({"caller.read=1/1000"}));
  std::atomic<int> admitted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i)
        admitted += limiter.AdmitCaller(Named("a"), WorkClass::kRead, kNow).admitted ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, 1000);
}

TEST(RateLimiterTest, CostsLittle) {
  RateLimiter limiter{RateLimits()};
  const Caller caller = Named("tok_0123456789abcdef");
  constexpr int kCalls = 200'000;
  const std::clock_t start = std::clock();
  absl::Time now = kNow;
  for (int i = 0; i < kCalls; ++i) {
    now += absl::Microseconds(100);
    limiter.AdmitCaller(caller, WorkClass::kRead, now);
    limiter.AdmitTenant("default", WorkClass::kRead, now);
  }
  const double nanoseconds = 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kCalls;
  std::printf("%.0f ns of processor time for a call: its caller and its tenant\n", nanoseconds);
  // A tenth of gRPC's cost for a call. Sanitizers make it slower.
  EXPECT_LT(nanoseconds, 5000);
}

}  // namespace
}  // namespace cimd::rpc
