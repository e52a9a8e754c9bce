#include "server/watch/history_reader.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/errors/errors.h"
#include "storage/keys.h"

namespace cimd::watch {
namespace {

// The maximum number of commits read for a stream in one turn, including commits without changes for it.
constexpr int kCommitsPerTurn = 64;

}  // namespace

absl::Status FromWatch(const absl::Status& status) {
  if (absl::IsOutOfRange(status)) return rpc::errors::CursorExpired();
  if (absl::IsCancelled(status)) return rpc::errors::ShuttingDown();
  return rpc::errors::FromStore(status);
}

HistoryReader::HistoryReader(storage::Store& store, const rpc::Clock& clock, int threads, Join join)
    : store_(store), clock_(clock), join_(std::move(join)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

HistoryReader::~HistoryReader() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

void HistoryReader::Add(std::shared_ptr<Subscriber> subscriber) {
  absl::MutexLock lock(&mutex_);
  queue_.push_back(std::move(subscriber));
}

void HistoryReader::Resume(const std::shared_ptr<Subscriber>& subscriber) {
  absl::MutexLock lock(&mutex_);
  if (waiting_.erase(subscriber) > 0) queue_.push_back(subscriber);
}

void HistoryReader::EndStalled(absl::Duration limit) {
  const absl::Time now = clock_.Now();
  std::vector<std::shared_ptr<Subscriber>> stalled;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& [subscriber, since] : waiting_) {
      // If the clock was set back, the wait starts again from `now`; otherwise the limit would be extended by that
      // amount.
      since = std::min(since, now);
      if (now - since >= limit) stalled.push_back(subscriber);
    }
  }
  // Closing a stream calls ChangeHub::Remove, which releases its subscriber.
  for (const auto& subscriber : stalled) subscriber->stream->End(rpc::errors::WatchTooSlow());
}

void HistoryReader::Run() {
  while (true) {
    std::shared_ptr<Subscriber> subscriber;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](HistoryReader* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->stopping_ || !self->queue_.empty(); },
          this));
      if (stopping_) return;
      subscriber = std::move(queue_.front());
      queue_.pop_front();
    }
    TakeTurn(subscriber);
  }
}

void HistoryReader::TakeTurn(const std::shared_ptr<Subscriber>& subscriber) {
  if (subscriber->stream->HasEnded()) return;
  if (!subscriber->stream->HasRoom()) return WaitForRoom(subscriber);
  if (absl::Status status = SendSome(*subscriber); !status.ok()) return subscriber->stream->End(std::move(status));
  if (!join_(subscriber)) Add(subscriber);
}

// Sends the next changes in one message, if there are any.
absl::Status HistoryReader::SendSome(Subscriber& subscriber) {
  if (subscriber.history == nullptr) {
    auto opened = store_.WatchChanges(storage::keys::AllOfTenant(subscriber.place).begin, subscriber.through);
    if (!opened.ok()) return FromWatch(opened.status());
    subscriber.history = *std::move(opened);
  }
  // Owns the changes that `told` points to.
  std::deque<storage::Change> changes;
  Changes told;
  size_t bytes = 0;
  storage::Revision through = subscriber.through;
  for (int i = 0; i < kCommitsPerTurn && bytes < kMessageBytes; ++i) {
    absl::StatusOr<storage::ChangeBatch> commit = subscriber.history->Next(absl::ZeroDuration());
    if (absl::IsResourceExhausted(commit.status())) {
      // The watch was following live commits and fell behind while other streams had their turns. The next turn opens a
      // new one.
      subscriber.history.reset();
      break;
    }
    if (!commit.ok()) return FromWatch(commit.status());
    through = commit->revision;
    // There are no further commits yet.
    if (commit->changes.empty()) break;
    for (storage::Change& change : commit->changes) {
      if (!subscriber.topic.Includes(change.key)) continue;
      bytes += BytesOf(change);
      changes.push_back(std::move(change));
      told.push_back({&changes.back(), through});
    }
  }
  if (!told.empty()) {
    auto message = MakeMessage(subscriber.topic, subscriber.place, told, clock_.Now());
    if (!message.ok()) return message.status();
    // Send cannot fail for lack of room: only the history reader sends to a stream that has not joined.
    if (!subscriber.stream->Send(*std::move(message))) return rpc::errors::WatchTooSlow();
  }
  subscriber.through = through;
  return absl::OkStatus();
}

void HistoryReader::WaitForRoom(const std::shared_ptr<Subscriber>& subscriber) {
  subscriber->history.reset();
  {
    absl::MutexLock lock(&mutex_);
    waiting_.emplace(subscriber, clock_.Now());
  }
  // Room may have become free before the subscriber was in waiting_. The call of Resume for it had no effect.
  if (subscriber->stream->HasRoom()) Resume(subscriber);
}

}  // namespace cimd::watch
