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

// What became of asking for a call.
struct RateVerdict {
  bool admitted = true;
  // The limit that was asked; a rate of 0 when there is none.
  RateLimit limit;
  // Calls that would be admitted at once.
  int64_t remaining = 0;
  // When everything that the limit grants is there again.
  absl::Time full_at;
  // When refused: how long until the next call is admitted.
  absl::Duration retry_after;
};

// Token buckets for callers, tenants and network addresses. A bucket is one number, the time at which it is full again
// (the generic cell rate algorithm), so a full one need not be kept. Memory is bounded: names that an attacker invents
// take each other's place, and when there are too many at once the newcomers of a shard share one bucket. Thread-safe;
// under 200 ns a question.
class RateLimiter {
 public:
  explicit RateLimiter(const RateLimits& limits);

  // Counts a call of the caller, or in the tenant, if it is admitted.
  RateVerdict AdmitCaller(const Caller& caller, WorkClass work_class, absl::Time now);
  RateVerdict AdmitTenant(std::string_view tenant, WorkClass work_class, absl::Time now);

  // For calls that cannot be anybody's: counts a failure to authenticate from a network address, and says whether there
  // were so many that nothing more is to be spent on unfamiliar credentials from there. `peer` as the transport names
  // it; the port does not matter, nor what follows an IPv6 address's first 64 bits, all of which one host may have.
  void CountFailure(std::string_view peer, absl::Time now);
  RateVerdict CheckAddress(std::string_view peer, absl::Time now);

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
  // Whether a call is taken from the bucket, taken if there is one, or only asked about.
  enum class Taking { kIfAdmitted, kNever };

  static Refill RefillOf(const RateLimit& limit);
  static int64_t& BucketOf(Shard& shard, uint64_t key, int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  RateVerdict Ask(uint64_t key, const Refill& refill, absl::Time now, Taking taking);

  std::array<Refill, kWorkClassCount> caller_;
  std::array<Refill, kWorkClassCount> tenant_;
  Refill failures_;
  std::array<Shard, kShards> shards_;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_RATE_LIMITER_H_
