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

// One serialized message, shared by all streams that send it.
struct StreamMessage {
  grpc::ByteBuffer bytes;
  // When the server learnt of the first change in it; InfinitePast for a message without changes.
  absl::Time time = absl::InfinitePast();
};

// The bounded queue between the feeder of a stream and its caller. The feeder is never blocked: when the queue is full,
// it either waits for room or ends the stream. Thread-safe.
class Stream {
 public:
  // Both must be positive. The queue is full when it has `max_messages`, or `max_bytes` or more. The last message may
  // go beyond `max_bytes`, so a message of any size can be sent.
  Stream(size_t max_messages, size_t max_bytes) : max_messages_(max_messages), max_bytes_(max_bytes) {}

  // --- The feeder ----------------------------------------------------------------------------------------------------
  // The feeder's callbacks, each of which may be null. To be set before the first message. They are called without a
  // lock held: `has_room` when half of the room that HasRoom reports is free again, `closed` once, in Close.
  struct Feeder {
    std::function<void()> has_room;
    std::function<void()> closed;
  };
  void SetFeeder(Feeder feeder);

  // Queues a message. Returns false and queues nothing when the queue is full. Drops messages after the end.
  [[nodiscard]] bool Send(std::shared_ptr<const StreamMessage> message);

  // Ends the stream; the first status counts. Queued messages are dropped, because a caller that resumes gets them
  // again.
  void End(absl::Status status);

  // Whether less than half of the queue, and less than 256 KiB, is used. Feeders that can wait ask this before Send, so
  // slow readers hold little memory.
  bool HasRoom() const;
  // Whether nothing is queued.
  bool IsIdle() const;
  bool HasEnded() const;

  // --- The sender ----------------------------------------------------------------------------------------------------
  struct Taken {
    // The next message; null when the queue is empty or the stream has ended.
    std::shared_ptr<const StreamMessage> message;
    // Set when the stream has ended.
    std::optional<absl::Status> end;
  };
  Taken Take();

  // `wake` is called without a lock held whenever Take has something new.
  void SetSender(std::function<void()> wake);

  // Ends the stream, calls `closed`, and drops both sides' callbacks. For a sender that takes no more messages.
  void Close();

 private:
  static constexpr size_t kMaxPatientBytes = 256 << 10;

  // Whether less than 1/`part` of the room that HasRoom reports is used.
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
