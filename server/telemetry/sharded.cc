#include "server/telemetry/sharded.h"

#include <algorithm>

namespace cimd::telemetry {
namespace {

// The index of the copy that the calling thread adds to.
size_t OwnShard() {
  static std::atomic<size_t> threads = 0;
  static thread_local const size_t shard = threads.fetch_add(1, std::memory_order_relaxed) % kMetricShards;
  return shard;
}

}  // namespace

void Counter::Add(int64_t n) { shards_[OwnShard()].value.fetch_add(n, std::memory_order_relaxed); }

int64_t Counter::Value() const {
  int64_t value = 0;
  for (const Shard& shard : shards_) value += shard.value.load(std::memory_order_relaxed);
  return value;
}

DurationHistogram::DurationHistogram(absl::Span<const absl::Duration> upper_bounds)
    : upper_bounds_(upper_bounds.begin(), upper_bounds.begin() + std::min(upper_bounds.size(), kMaxBounds)) {
  std::transform(upper_bounds_.begin(), upper_bounds_.end(), bound_nanoseconds_.begin(),
                 [](absl::Duration bound) { return absl::ToInt64Nanoseconds(bound); });
}

void DurationHistogram::Observe(absl::Duration duration, int64_t times) {
  // A duration is negative when the clock was set back. The sum of a histogram must not decrease.
  const int64_t nanoseconds = std::max<int64_t>(0, absl::ToInt64Nanoseconds(duration));
  const auto end = bound_nanoseconds_.begin() + static_cast<std::ptrdiff_t>(upper_bounds_.size());
  const auto bucket = std::lower_bound(bound_nanoseconds_.begin(), end, nanoseconds);
  Shard& shard = shards_[OwnShard()];
  shard.counts[static_cast<size_t>(bucket - bound_nanoseconds_.begin())].fetch_add(times, std::memory_order_relaxed);
  shard.nanoseconds.fetch_add(nanoseconds * times, std::memory_order_relaxed);
}

DurationHistogram::State DurationHistogram::Read() const {
  State state;
  state.counts.resize(upper_bounds_.size() + 1);
  for (const Shard& shard : shards_) {
    for (size_t i = 0; i < state.counts.size(); ++i) {
      state.counts[i] += shard.counts[i].load(std::memory_order_relaxed);
    }
    state.sum += absl::Nanoseconds(shard.nanoseconds.load(std::memory_order_relaxed));
  }
  for (const int64_t count : state.counts) state.count += count;
  return state;
}

}  // namespace cimd::telemetry
