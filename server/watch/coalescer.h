#ifndef CIMD_SERVER_WATCH_COALESCER_H_
#define CIMD_SERVER_WATCH_COALESCER_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "server/rpc/stream.h"

namespace cimd::watch {

// Decides how long to pause between messages to streams. Commits of a pause go into one message, because a message
// costs each stream about the same whatever its size: a thousand streams can take dozens of messages a second with any
// number of changes, but not one message for each of 500 commits.
//
// A pause lasts as long as the sending took, which leaves half of the processor to others, and until most streams have
// sent the message, so nothing piles up behind slow callers; but not longer than `longest`, so a caller that does not
// read delays nobody. With few streams, sending and pause take microseconds.
//
// In real time. Not thread-safe.
class Coalescer {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Coalescer(Clock::duration longest) : longest_(longest) {}

  // To be called before the first message, for each message with the number of its streams, and after the last one. The
  // pause waits for the message with the most streams.
  void Begin();
  void Told(const std::shared_ptr<const rpc::StreamMessage>& message, size_t streams);
  void End();

  bool IsResting() const;

 private:
  const Clock::duration longest_;
  Clock::time_point began_;
  Clock::time_point ended_;
  // Each stream holds a reference until the transport has taken the message.
  std::weak_ptr<const rpc::StreamMessage> message_;
  size_t streams_ = 0;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_COALESCER_H_
