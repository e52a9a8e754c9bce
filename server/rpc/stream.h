#ifndef CIMD_SERVER_RPC_STREAM_H_
#define CIMD_SERVER_RPC_STREAM_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/support/byte_buffer.h"

namespace cimd::rpc {

// One message as it goes over the wire. Made once and shared by every stream that sends it.
struct StreamMessage {
  grpc::ByteBuffer bytes;
  // When the server learnt of what it tells; InfinitePast for a message that tells of no change.
  absl::Time time = absl::InfinitePast();
};

// The way from whoever feeds a stream to the caller: a bounded queue. The feeder never waits; a queue that is full says
// so, and the feeder decides between waiting for room and ending the stream. Thread-safe.
class Stream {
 public:
  // Both positive. The queue is full when it has so many messages, or so many bytes or more: the last message may go
  // beyond, so that one of any size can be sent.
  Stream(size_t max_messages, size_t max_bytes) : max_messages_(max_messages), max_bytes_(max_bytes) {}

  // --- The feeder ----------------------------------------------------------------------------------------------------
  // What the feeder is told; set before the first message, each may be null. Called without a lock held: `has_room`
  // when half of the room that HasRoom speaks of has become free; `closed` once, when nobody takes messages any more.
  struct Feeder {
    std::function<void()> has_room;
    std::function<void()> closed;
  };
  void SetFeeder(Feeder feeder);

  // Queues a message. False, with nothing queued, when the queue is full. After the end messages are dropped.
  [[nodiscard]] bool Send(std::shared_ptr<const StreamMessage> message);

  // Ends the stream with an error; the first one counts. What is queued is dropped: who resumes is told it again.
  void End(absl::Status status);

  // Whether less than half of the queue, and of 256 KiB, is taken, for feeders that can wait: who asks first is not
  // refused, and readers that are slow hold little memory.
  bool HasRoom() const;
  // Whether nothing is queued.
  bool IsIdle() const;
  bool HasEnded() const;

  // --- The sender ----------------------------------------------------------------------------------------------------
  struct Taken {
    // The next message; null when there is none for now or when the stream has ended.
    std::shared_ptr<const StreamMessage> message;
    // Set when the stream has ended.
    std::optional<absl::Status> end;
  };
  Taken Take();

  // `wake` is called, without a lock held, whenever Take has something new to give.
  void SetSender(std::function<void()> wake);

  // Nobody takes messages any more: ends the stream, tells the feeder, and lets go of both sides.
  void Close();

 private:
  static constexpr size_t kMaxPatientBytes = 256 << 10;

  // Whether less than a `part`th of what a feeder that can wait may queue is queued.
  bool IsBelow(size_t part) const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const size_t max_bytes = std::min((max_bytes_ + 1) / 2, kMaxPatientBytes);
    return queue_.size() < std::max<size_t>((max_messages_ + 1) / 2 / part, 1) &&
           bytes_ < std::max<size_t>(max_bytes / part, 1);
  }

  const size_t max_messages_;
  const size_t max_bytes_;
  mutable absl::Mutex mutex_;
  Feeder feeder_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<const StreamMessage>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_STREAM_H_
