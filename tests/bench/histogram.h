#ifndef CIMD_TESTS_BENCH_HISTOGRAM_H_
#define CIMD_TESTS_BENCH_HISTOGRAM_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace cimd::bench {

// Durations, kept to within one part in 128, in the manner of an HDR histogram: no sample is lost, and the memory does
// not depend on their number. Not thread-safe.
class Histogram {
 public:
  void Record(absl::Duration duration) {
    const int64_t nanos = absl::ToInt64Nanoseconds(duration);
    ++counts_[IndexOf(nanos < 0 ? 0 : static_cast<uint64_t>(nanos))];
    ++count_;
  }

  void Merge(const Histogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
  }

  int64_t count() const { return count_; }

  // The duration that `share` (0 to 1) of all do not exceed; zero when there are none.
  absl::Duration Percentile(double share) const {
    const int64_t wanted = static_cast<int64_t>(share * static_cast<double>(count_));
    int64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] > 0 && seen >= wanted) return absl::Nanoseconds(ValueOf(i));
    }
    return absl::ZeroDuration();
  }

 private:
  static constexpr int kPrecisionBits = 7;
  static constexpr uint64_t kSteps = 1 << kPrecisionBits;

  // Below kSteps each value has its own count; above, each power of two has kSteps counts.
  static size_t IndexOf(uint64_t value) {
    if (value < kSteps) return value;
    const int shift = std::bit_width(value) - 1 - kPrecisionBits;
    return (static_cast<size_t>(shift) + 1) * kSteps + ((value >> shift) - kSteps);
  }
  static int64_t ValueOf(size_t index) {
    if (index < kSteps) return static_cast<int64_t>(index);
    const size_t shift = index / kSteps - 1;
    return static_cast<int64_t>((kSteps + index % kSteps) << shift);
  }

  std::array<int64_t, (64 - kPrecisionBits + 1)* kSteps> counts_ = {};
  int64_t count_ = 0;
};

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_HISTOGRAM_H_
