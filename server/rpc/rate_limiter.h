#ifndef CIMD_SERVER_RPC_RATE_LIMITER_H_
#define CIMD_SERVER_RPC_RATE_LIMITER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/rate_limits.h"
#include "server/rpc/request_context.h"

namespace cimd::rpc {

// The answer to the question whether a call may be made.
struct RateVerdict {
  bool admitted = true;
  // The limit that applied; a rate of 0 when there is none.
  RateLimit limit;
  // Calls that would be admitted at once.
  int64_t remaining = 0;
  // When the whole burst is available again.
  absl::Time full_at;
  // If not admitted: how long until the next call is.
  absl::Duration retry_after;
};

// Token buckets for callers, tenants and network addresses. A bucket is one number, the time at which it is full again
// (the generic cell rate algorithm), so a full one is not kept. Memory is bounded: when a shard has as many buckets as
// it may have, new names share one. Thread-safe. A question takes less than 200 ns.
class RateLimiter {
 public:
  explicit RateLimiter(const RateLimits& limits);

  // Counts one call of the caller, or in the tenant, if it is admitted.
  RateVerdict AdmitCaller(const Caller& caller, WorkClass work_class, absl::Time now);
  RateVerdict AdmitTenant(std::string_view tenant, WorkClass work_class, absl::Time now);

  // Counts a failure to authenticate from a network address. When it is not admitted, there were too many, and nothing
  // more should be spent on unfamiliar credentials from there. `peer` is the transport's name of the peer. Its port
  // does not matter, nor the last 64 bits of an IPv6 address, because one host may have all of them.
  RateVerdict TakeFailure(std::string_view peer, absl::Time now);
  // Takes back an admitted failure: the call was authenticated after all.
  void ReturnFailure(std::string_view peer, absl::Time now);

 private:
  static constexpr size_t kShards = 64;
  static constexpr size_t kMaxBucketsPerShard = 4096;

  // In nanoseconds.
  struct Refill {
    RateLimit limit;
    int64_t interval = 0;
    int64_t capacity = 0;
  };
  struct Shard {
    absl::Mutex mutex;
    // When a bucket is full again, in nanoseconds since the epoch.
    absl::flat_hash_map<uint64_t, int64_t> full_at ABSL_GUARDED_BY(mutex);
    int64_t overflow_full_at ABSL_GUARDED_BY(mutex) = 0;
    int64_t next_sweep ABSL_GUARDED_BY(mutex) = 0;
  };
  static Refill RefillOf(const RateLimit& limit);
  static int64_t& BucketOf(Shard& shard, uint64_t key, int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  RateVerdict Take(uint64_t key, const Refill& refill, absl::Time now);

  std::array<Refill, kWorkClassCount> caller_;
  std::array<Refill, kWorkClassCount> tenant_;
  Refill failures_;
  std::array<Shard, kShards> shards_;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_RATE_LIMITER_H_
