#ifndef CIMD_SERVER_RPC_CLOCK_H_
#define CIMD_SERVER_RPC_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace cimd::rpc {

// The source of the time, which tests replace. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_CLOCK_H_
