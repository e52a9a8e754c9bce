#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "grpcpp/alarm.h"
#include "server/errors/errors.h"
#include "server/rpc/dispatch.h"

namespace cimd::rpc {
namespace {

// What gRPC's timers can take. Streams of credentials that last longer are rechecked regularly all the same.
constexpr absl::Duration kMaxAlarm = absl::Hours(24 * 365);
// An alarm that rings a little before the expiry would do nothing.
constexpr absl::Duration kAlarmSlack = absl::Milliseconds(10);

}  // namespace

// gRPC's end of one stream: writes one message at a time, and finishes when the stream has ended. Owns itself from Run
// until OnDone. The sender's callback and the dispatcher's list own it, too. Only the thread that set `busy_` calls
// gRPC, without a lock.
class Dispatcher::StreamReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                                        public std::enable_shared_from_this<StreamReactor> {
 public:
  StreamReactor(Dispatcher& dispatcher, grpc::CallbackServerContext& context, RequestContext call)
      : dispatcher_(dispatcher),
        call_(std::move(call)),
        stream_(std::make_shared<Stream>(dispatcher.stream_options_.max_queued_messages,
                                         dispatcher.stream_options_.max_queued_bytes)),
        context_(&context) {}

  void Run(grpc::CallbackServerContext& context, StreamHandler handler) {
    self_ = shared_from_this();
    stream_->SetSender([self = self_] { self->Advance(); });
    absl::Status status = dispatcher_.Begin(context, call_);
    if (status.ok()) status = dispatcher_.Enter(self_);
    if (status.ok()) status = handler(call_, stream_);
    if (!status.ok()) return End(std::move(status));
    RecheckAtExpiry();
  }

  void End(absl::Status status) { stream_->End(std::move(status)); }

  // See Dispatcher::RecheckStreams.
  void Recheck(absl::Time now) {
    absl::MutexLock lock(&context_mutex_);
    if (context_ == nullptr) return;
    if (stream_->HasEnded()) {
      if (!ended_since_.has_value()) ended_since_ = now;
      if (now - *ended_since_ >= dispatcher_.stream_options_.linger) context_->TryCancel();
      return;
    }
    // Other errors, such as a store that cannot answer, do not end the stream.
    absl::Status standing = dispatcher_.authenticator_.CheckStanding(call_.caller, now);
    if (absl::IsUnauthenticated(standing)) End(std::move(standing));
  }

  // What the stream counts for, as keys, and how many streams each of them may have.
  using Share = std::pair<std::string, int>;
  std::vector<Share> Shares() const {
    std::vector<Share> shares = {{CallerKey(call_.caller), dispatcher_.stream_options_.max_streams_per_caller}};
    // No CallerKey begins like this, because it begins with the number of a kind.
    if (!call_.tenant.empty()) {
      shares.emplace_back("tenants/" + call_.tenant, dispatcher_.stream_options_.max_streams_per_tenant);
    }
    return shares;
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      End(absl::CancelledError());
    } else if (writing_->time != absl::InfinitePast() && dispatcher_.stream_options_.on_sent) {
      dispatcher_.stream_options_.on_sent(call_.method, dispatcher_.clock_.Now() - writing_->time);
    }
    writing_.reset();
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
    }
    Advance();
  }

  void OnCancel() override { End(absl::CancelledError()); }

  void OnDone() override {
    {
      absl::MutexLock lock(&context_mutex_);
      dispatcher_.Observe(call_, status_);
      context_ = nullptr;
    }
    stream_->Close();
    dispatcher_.Leave(self_);
    // Usually the last reference to this, released at the end of the function.
    std::shared_ptr<StreamReactor> self = std::move(self_);
  }

 private:
  // Rechecks the stream when the caller's credential expires.
  void RecheckAtExpiry() {
    absl::MutexLock lock(&context_mutex_);
    if (context_ == nullptr || call_.caller.expire_time == absl::InfiniteFuture()) return;
    const absl::Duration left = call_.caller.expire_time - dispatcher_.clock_.Now();
    const absl::Time alarm_time = absl::Now() + std::clamp(left, absl::ZeroDuration(), kMaxAlarm) + kAlarmSlack;
    // The alarm belongs to the reactor and must not keep it.
    expiry_alarm_.Set(absl::ToChronoTime(alarm_time), [weak = weak_from_this()](bool expired) {
      const std::shared_ptr<StreamReactor> self = expired ? weak.lock() : nullptr;
      if (self != nullptr && !self->stream_->HasEnded()) self->Recheck(self->dispatcher_.clock_.Now());
    });
  }

  // Takes the next step, if no other thread is taking one.
  void Advance() {
    {
      absl::MutexLock lock(&mutex_);
      woken_ = true;
      if (busy_) return;
      busy_ = true;
    }
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        if (!woken_) {
          busy_ = false;
          return;
        }
        woken_ = false;
      }
      Stream::Taken taken = stream_->Take();
      if (taken.message != nullptr) {
        // `busy_` stays set until OnWriteDone.
        writing_ = std::move(taken.message);
        return StartWrite(&writing_->bytes);
      }
      if (taken.end.has_value()) {
        // `busy_` stays set: nothing follows.
        status_ = *std::move(taken.end);
        return Finish(ToGrpcStatus(status_));
      }
    }
  }

  Dispatcher& dispatcher_;
  RequestContext call_;
  const std::shared_ptr<Stream> stream_;
  std::shared_ptr<StreamReactor> self_;

  absl::Mutex mutex_;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  // Belong to the thread that set `busy_`.
  std::shared_ptr<const StreamMessage> writing_;
  absl::Status status_;

  grpc::Alarm expiry_alarm_;
  absl::Mutex context_mutex_;
  // Owned by gRPC; null after OnDone.
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(context_mutex_);
  // When Recheck first found the stream ended while its caller had not taken the status yet.
  std::optional<absl::Time> ended_since_ ABSL_GUARDED_BY(context_mutex_);
};

grpc::ServerWriteReactor<grpc::ByteBuffer>* Dispatcher::OpenStream(grpc::CallbackServerContext& context,
                                                                   RequestContext call, StreamHandler handler) {
  auto reactor = std::make_shared<StreamReactor>(*this, context, std::move(call));
  reactor->Run(context, handler);
  return reactor.get();
}

void Dispatcher::RecheckStreams() {
  for (const std::shared_ptr<StreamReactor>& stream : Streams()) stream->Recheck(clock_.Now());
}

void Dispatcher::EndStreams(const absl::Status& status) {
  {
    absl::MutexLock lock(&streams_mutex_);
    streams_ended_ = status;
  }
  for (const std::shared_ptr<StreamReactor>& stream : Streams()) stream->End(status);
}

int Dispatcher::open_streams() const {
  absl::MutexLock lock(&streams_mutex_);
  return static_cast<int>(streams_.size());
}

absl::Status Dispatcher::Enter(const std::shared_ptr<StreamReactor>& stream) {
  absl::MutexLock lock(&streams_mutex_);
  if (!streams_ended_.ok()) return streams_ended_;
  if (streams_.size() >= static_cast<size_t>(stream_options_.max_streams)) {
    return errors::TooManyStreams(stream_options_.max_streams);
  }
  const std::vector<StreamReactor::Share> shares = stream->Shares();
  for (const auto& [key, limit] : shares) {
    const auto open = streams_of_.find(key);
    if ((open == streams_of_.end() ? 0 : open->second) >= limit) return errors::TooManyStreams(limit);
  }
  for (const auto& [key, limit] : shares) ++streams_of_[key];
  streams_.insert(stream);
  if (stream_options_.on_open) stream_options_.on_open(static_cast<int>(streams_.size()));
  return absl::OkStatus();
}

void Dispatcher::Leave(const std::shared_ptr<StreamReactor>& stream) {
  absl::MutexLock lock(&streams_mutex_);
  // Refused streams were never counted.
  if (streams_.erase(stream) == 0) return;
  for (const auto& [key, limit] : stream->Shares()) {
    const auto open = streams_of_.find(key);
    if (--open->second == 0) streams_of_.erase(open);
  }
  if (stream_options_.on_open) stream_options_.on_open(static_cast<int>(streams_.size()));
}

std::vector<std::shared_ptr<Dispatcher::StreamReactor>> Dispatcher::Streams() const {
  absl::MutexLock lock(&streams_mutex_);
  return {streams_.begin(), streams_.end()};
}

}  // namespace cimd::rpc
