#ifndef CIMD_TESTS_TESTING_ADJUSTABLE_CLOCK_H_
#define CIMD_TESTS_TESTING_ADJUSTABLE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/rpc/clock.h"

namespace cimd::testing {

// The system clock plus an offset that a test sets. Thread-safe.
class AdjustableClock final : public rpc::Clock {
 public:
  absl::Time Now() const override { return absl::Now() + absl::Nanoseconds(ahead_.load()); }
  void Advance(absl::Duration by) { ahead_ += absl::ToInt64Nanoseconds(by); }

 private:
  std::atomic<int64_t> ahead_ = 0;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_ADJUSTABLE_CLOCK_H_
