#ifndef CIMD_SERVER_WATCH_COALESCER_H_
#define CIMD_SERVER_WATCH_COALESCER_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "server/rpc/stream.h"

namespace cimd::watch {

// Decides how long to pause between messages to streams. The commits of a pause are sent in one message, because the
// cost of a message for a stream hardly depends on its size. A thousand streams can take dozens of messages a second
// with any number of changes, but not one message for each of 500 commits a second.
//
// A pause lasts as long as the sending took, which leaves half of the processor time to other work. It also lasts until
// at least half of the streams have sent the message, so messages do not queue up behind slow callers. It is never
// longer than `longest`, so a caller that does not read does not delay other streams. With few streams, sending and
// pause take microseconds.
//
// Uses real time, not the injected clock. Not thread-safe.
class Coalescer {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Coalescer(Clock::duration longest) : longest_(longest) {}

  // Call Begin before the first message of a round, Told for each message with the number of its streams, and End after
  // the last message. The pause waits for the message with the most streams.
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
