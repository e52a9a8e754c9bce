#ifndef CIMD_CLIENT_STREAM_READER_H_
#define CIMD_CLIENT_STREAM_READER_H_

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/connection.h"
#include "client/status.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"

namespace cimd::client {

// One stream from the server, read one message at a time. One message is read ahead; flow control keeps the rest at the
// server. Only one thread may call Next; any thread may call Cancel.
template <typename Watched>
class StreamReader final : private grpc::ClientReadReactor<typename Watched::WatchResponse> {
 public:
  using Request = typename Watched::WatchRequest;
  using Response = typename Watched::WatchResponse;

  // Opens the stream. The connection must outlive this object.
  StreamReader(const Connection& connection, Request request) : request_(std::move(request)) {
    connection.Open<typename Watched::Stub>(Watched::kWatch, context_, request_, *this);
    // Held until the last read has ended, because Next may start a read at any time.
    this->AddHold();
    this->StartRead(&response_);
    this->StartCall();
  }

  // Cancels the stream if it is open, and waits until gRPC no longer uses this object.
  ~StreamReader() override {
    Cancel();
    absl::MutexLock lock(&mutex_);
    // The pending read may still deliver a message, which is dropped. No read is pending then, so the hold is released
    // here. A failed read releases the hold in OnReadDone.
    const auto is_read_over = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return read_ || failed_; };
    mutex_.Await(absl::Condition(&is_read_over));
    if (read_) this->RemoveHold();
    mutex_.Await(absl::Condition(&done_));
  }

  // The next message. DEADLINE_EXCEEDED when no message arrives within `silence`. Otherwise the status that ended the
  // stream; UNAVAILABLE if the server ended it with OK.
  absl::StatusOr<Response> Next(absl::Duration silence) {
    Response response;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_news = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return read_ || done_; };
      if (!mutex_.AwaitWithTimeout(absl::Condition(&has_news), silence)) {
        return absl::DeadlineExceededError("the server has fallen silent");
      }
      if (!read_) return status_.ok() ? absl::UnavailableError("the server ended the stream") : status_;
      read_ = false;
      response.Swap(&response_);
    }
    this->StartRead(&response_);
    return response;
  }

  void Cancel() { context_.TryCancel(); }

 private:
  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      (ok ? read_ : failed_) = true;
    }
    // A failed read is the last one.
    if (!ok) this->RemoveHold();
  }
  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&mutex_);
    status_ = FromGrpcStatus(status);
    done_ = true;
  }

  const Request request_;
  grpc::ClientContext context_;
  absl::Mutex mutex_;
  // Used by gRPC while a read is pending.
  Response response_;
  bool read_ ABSL_GUARDED_BY(mutex_) = false;
  // Whether a read has failed. No read follows a failed one.
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::client

#endif  // CIMD_CLIENT_STREAM_READER_H_
