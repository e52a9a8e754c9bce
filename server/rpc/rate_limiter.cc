#include "server/rpc/rate_limiter.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "absl/hash/hash.h"
#include "server/rpc/peer.h"

namespace cimd::rpc {
namespace {

constexpr int64_t kSweepIntervalNanos = 1'000'000'000;

// Keeps the buckets of a caller and of a tenant with the same name apart.
enum class Subject : char { kCaller, kTenant, kAddress };

template <typename... Parts>
uint64_t KeyOf(const Parts&... parts) {
  return absl::Hash<std::tuple<Parts...>>()(std::tuple<Parts...>(parts...));
}

// What a peer's failures count for: its IPv4 address, the /64 of its IPv6 address, or "unix".
std::string NetworkOf(std::string_view peer) {
  if (peer.starts_with("unix:")) return "unix";
  std::string address = AddressOfPeer(peer);
  in6_addr parsed;
  if (peer.starts_with("ipv6:") && inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &parsed) == 1) {
    return std::string(reinterpret_cast<const char*>(parsed.s6_addr), 8);
  }
  return address;
}

}  // namespace

RateLimiter::RateLimiter(const RateLimits& limits) : failures_(RefillOf(limits.failures)) {
  std::transform(limits.caller.begin(), limits.caller.end(), caller_.begin(), RefillOf);
  std::transform(limits.tenant.begin(), limits.tenant.end(), tenant_.begin(), RefillOf);
}

RateLimiter::Refill RateLimiter::RefillOf(const RateLimit& limit) {
  if (limit.per_second <= 0) return {};
  const auto interval = static_cast<int64_t>(1e9 / limit.per_second);
  return {.limit = limit, .interval = interval, .capacity = interval * limit.burst};
}

RateVerdict RateLimiter::AdmitCaller(const Caller& caller, WorkClass work_class, absl::Time now) {
  const Refill& refill = caller_[static_cast<size_t>(work_class)];
  if (refill.interval == 0) return {};
  // A subject is unique within its issuer, which is the name of a caller with a JWT.
  const std::string_view issuer =
      caller.kind == v1::CALLER_KIND_ACCESS_TOKEN ? std::string_view() : std::string_view(caller.name);
  return Take(KeyOf(Subject::kCaller, work_class, caller.kind, std::string_view(caller.id), issuer), refill, now);
}

RateVerdict RateLimiter::AdmitTenant(std::string_view tenant, WorkClass work_class, absl::Time now) {
  const Refill& refill = tenant_[static_cast<size_t>(work_class)];
  if (refill.interval == 0 || tenant.empty()) return {};
  return Take(KeyOf(Subject::kTenant, work_class, tenant), refill, now);
}

RateVerdict RateLimiter::TakeFailure(std::string_view peer, absl::Time now) {
  if (failures_.interval == 0) return {};
  return Take(KeyOf(Subject::kAddress, NetworkOf(peer)), failures_, now);
}

void RateLimiter::ReturnFailure(std::string_view peer, absl::Time now) {
  if (failures_.interval == 0) return;
  const uint64_t key = KeyOf(Subject::kAddress, NetworkOf(peer));
  Shard& shard = shards_[key % kShards];
  absl::MutexLock lock(&shard.mutex);
  BucketOf(shard, key, absl::ToUnixNanos(now)) -= failures_.interval;
}

// A full bucket is the same as none, so full ones are dropped when the shard is full, at most once a second, because
// that walks the whole shard.
int64_t& RateLimiter::BucketOf(Shard& shard, uint64_t key, int64_t now) {
  if (auto found = shard.full_at.find(key); found != shard.full_at.end()) return found->second;
  // The clock was set back: what is kept is meaningless.
  if (shard.next_sweep > now + kSweepIntervalNanos) {
    shard.full_at.clear();
    shard.next_sweep = now;
  }
  if (shard.full_at.size() >= kMaxBucketsPerShard && now >= shard.next_sweep) {
    absl::erase_if(shard.full_at, [now](const auto& bucket) { return bucket.second <= now; });
    shard.next_sweep = now + kSweepIntervalNanos;
  }
  if (shard.full_at.size() >= kMaxBucketsPerShard) return shard.overflow_full_at;
  return shard.full_at.emplace(key, now).first->second;
}

RateVerdict RateLimiter::Take(uint64_t key, const Refill& refill, absl::Time time) {
  const int64_t now = absl::ToUnixNanos(time);
  RateVerdict verdict{.limit = refill.limit};
  Shard& shard = shards_[key % kShards];
  absl::MutexLock lock(&shard.mutex);
  int64_t& bucket = BucketOf(shard, key, now);
  // A bucket further ahead than the limit allows means that the clock was set back, which must not lock the caller out.
  int64_t full_at = bucket > now + refill.capacity ? now : std::max(bucket, now);
  const int64_t over = full_at + refill.interval - now - refill.capacity;
  verdict.admitted = over <= 0;
  if (!verdict.admitted) verdict.retry_after = absl::Nanoseconds(over);
  if (verdict.admitted) full_at += refill.interval;
  bucket = full_at;
  verdict.remaining = (refill.capacity - (full_at - now)) / refill.interval;
  verdict.full_at = absl::FromUnixNanos(full_at);
  return verdict;
}

}  // namespace cimd::rpc
