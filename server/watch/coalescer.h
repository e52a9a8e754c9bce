#ifndef CIMD_SERVER_WATCH_COALESCER_H_
#define CIMD_SERVER_WATCH_COALESCER_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "server/rpc/stream.h"

namespace cimd::watch {

// How often streams are told something. A message costs each of its streams about the same whatever it tells, so a
// thousand streams can take some dozens of messages a second and in them any number of changes, where they cannot take
// a message for each of five hundred commits. What is committed while streams rest is gathered for the next message.
//
// They rest for as long as it took to tell them, so that others have the processor as well (without a rest the lag of a
// thousand streams is no shorter, and the machine busy), and until most of them have sent what they were told, so that
// nothing piles up behind slow callers. How many streams there are, and how fast the machine is, need not be known: a
// few are told within microseconds, and rest for no longer. Whoever does not read does not hold up the others: after
// `longest` a rest is over.
//
// All in real time. Belongs to one thread.
class Coalescer {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Coalescer(Clock::duration longest) : longest_(longest) {}

  // Telling begins, tells `message` to so many streams, likewise others, and ends. Of several messages the one that
  // most are told counts.
  void Begin();
  void Told(const std::shared_ptr<const rpc::StreamMessage>& message, size_t streams);
  void End();

  bool IsResting() const;

 private:
  const Clock::duration longest_;
  Clock::time_point began_;
  Clock::time_point ended_;
  // Each stream owns a share of it until the transport has taken it.
  std::weak_ptr<const rpc::StreamMessage> message_;
  size_t streams_ = 0;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_COALESCER_H_
