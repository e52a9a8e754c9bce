#include "server/rpc/stream.h"

#include <utility>

namespace cimd::rpc {

void Stream::SetFeeder(Feeder feeder) {
  absl::MutexLock lock(&mutex_);
  feeder_ = std::move(feeder);
}

bool Stream::Send(std::shared_ptr<const StreamMessage> message) {
  std::function<void()> wake;
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return true;
    if (queue_.size() >= max_messages_ || bytes_ >= max_bytes_) return false;
    bytes_ += message->bytes.Length();
    queue_.push_back(std::move(message));
    wake = wake_;
  }
  if (wake) wake();
  return true;
}

void Stream::End(absl::Status status) {
  std::function<void()> wake;
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return;
    end_ = std::move(status);
    queue_.clear();
    bytes_ = 0;
    wake = wake_;
  }
  if (wake) wake();
}

bool Stream::HasRoom() const {
  absl::MutexLock lock(&mutex_);
  return IsBelow(1);
}

bool Stream::IsIdle() const {
  absl::MutexLock lock(&mutex_);
  return queue_.empty();
}

bool Stream::HasEnded() const {
  absl::MutexLock lock(&mutex_);
  return end_.has_value();
}

Stream::Taken Stream::Take() {
  Taken taken;
  std::function<void()> has_room;
  {
    absl::MutexLock lock(&mutex_);
    taken.end = end_;
    if (queue_.empty()) return taken;
    const bool had_room = IsBelow(2);
    taken.message = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= taken.message->bytes.Length();
    if (!had_room && IsBelow(2)) has_room = feeder_.has_room;
  }
  if (has_room) has_room();
  return taken;
}

void Stream::SetSender(std::function<void()> wake) {
  absl::MutexLock lock(&mutex_);
  wake_ = std::move(wake);
}

void Stream::Close() {
  Feeder feeder;
  std::function<void()> wake;
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = absl::CancelledError();
    queue_.clear();
    bytes_ = 0;
    std::swap(feeder, feeder_);
    std::swap(wake, wake_);
  }
  if (feeder.closed) feeder.closed();
}

}  // namespace cimd::rpc
