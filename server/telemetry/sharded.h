#ifndef CIMD_SERVER_TELEMETRY_SHARDED_H_
#define CIMD_SERVER_TELEMETRY_SHARDED_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

// Numbers for the hot path: adding takes no lock, allocates nothing and rarely shares a cache line, because each thread
// adds to one of a few copies. Thread-safe. A read that runs concurrently with additions may include some of them.
namespace cimd::telemetry {

inline constexpr size_t kMetricShards = 8;

class Counter {
 public:
  void Add(int64_t n = 1);
  int64_t Value() const;

 private:
  struct alignas(64) Shard {
    std::atomic<int64_t> value = 0;
  };
  std::array<Shard, kMetricShards> shards_;
};

class DurationHistogram {
 public:
  // Inclusive, ascending, at most kMaxBounds.
  static constexpr size_t kMaxBounds = 20;
  explicit DurationHistogram(absl::Span<const absl::Duration> upper_bounds);

  // Records `times` observations of `duration`.
  void Observe(absl::Duration duration, int64_t times = 1);

  struct State {
    // The number of observations in each bucket: one for each upper bound, then one for values above all bounds.
    std::vector<int64_t> counts;
    int64_t count = 0;
    absl::Duration sum;
  };
  State Read() const;
  const std::vector<absl::Duration>& upper_bounds() const { return upper_bounds_; }

 private:
  struct alignas(64) Shard {
    std::array<std::atomic<int64_t>, kMaxBounds + 1> counts{};
    std::atomic<int64_t> nanoseconds = 0;
  };

  const std::vector<absl::Duration> upper_bounds_;
  std::array<int64_t, kMaxBounds> bound_nanoseconds_{};
  std::array<Shard, kMetricShards> shards_;
};

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_SHARDED_H_
