#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/rpc/dispatch.h"
#include "server/errors/errors.h"

namespace cimd::rpc {

// gRPC's end of one stream: writes one message at a time, and finishes when the stream has ended. Owns itself from Run
// until gRPC says that it is done; the sender's hook and the dispatcher's list own it, too, so that neither can meet
// one that is gone. Its calls into gRPC are made by whoever holds `busy_`, one at a time and without a lock.
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
    if (!status.ok()) End(std::move(status));
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
    // A store that cannot answer for now is no reason to end a stream.
    absl::Status standing = dispatcher_.authenticator_.CheckStanding(call_.caller, now);
    if (absl::IsUnauthenticated(standing)) End(std::move(standing));
  }

  // Whom the stream counts for, as a key, and how many streams each of them may have.
  using Share = std::pair<std::string, int>;
  std::vector<Share> Shares() const {
    std::vector<Share> shares = {{CallerKey(call_.caller), dispatcher_.stream_options_.max_streams_per_caller}};
    // No key of a caller begins like this: kinds are small numbers.
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
    // Usually the last reference to this.
    std::shared_ptr<StreamReactor> self = std::move(self_);
  }

 private:
  // Does the next thing there is to do, if nothing is under way.
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
        // Busy until OnWriteDone.
        writing_ = std::move(taken.message);
        return StartWrite(&writing_->bytes);
      }
      if (taken.end.has_value()) {
        // Busy for good.
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
  // Belong to whoever is busy.
  std::shared_ptr<const StreamMessage> writing_;
  absl::Status status_;

  absl::Mutex context_mutex_;
  // gRPC's, until it is done with the stream; null from then on.
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(context_mutex_);
  // When the stream was first seen to have ended although its caller has not been told yet.
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
  // A stream that was refused was never counted.
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
