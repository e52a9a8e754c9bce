#ifndef CIMD_SERVER_TELEMETRY_LOG_SAMPLER_H_
#define CIMD_SERVER_TELEMETRY_LOG_SAMPLER_H_

#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cimd::telemetry {

// Limits the log lines that unauthenticated peers can cause. A fixed number of lines a second is written; the others
// are counted. Thread-safe.
class LogSampler {
 public:
  explicit LogSampler(int lines_per_second) : lines_per_second_(lines_per_second) {}

  // Returns nullopt if a line at the time `now` must not be written; otherwise the number of lines suppressed since the
  // last written one.
  std::optional<int64_t> Admit(absl::Time now) {
    const int64_t second = absl::ToUnixSeconds(now);
    absl::MutexLock lock(&mutex_);
    if (second != second_) lines_ = 0;
    second_ = second;
    if (lines_ >= lines_per_second_) {
      ++left_out_;
      return std::nullopt;
    }
    ++lines_;
    const int64_t left_out = left_out_;
    left_out_ = 0;
    return left_out;
  }

 private:
  const int lines_per_second_;
  absl::Mutex mutex_;
  int64_t second_ ABSL_GUARDED_BY(mutex_) = 0;
  int lines_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_LOG_SAMPLER_H_
