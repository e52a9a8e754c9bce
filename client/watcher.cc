#include "client/watcher.h"

#include "absl/random/random.h"
#include "client/retry_policy.h"
#include "client/status.h"

namespace cimd::client {

WatchFailure Classify(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  if (reason == "CURSOR_EXPIRED" || reason == "CURSOR_INVALID") return WatchFailure::kListAgain;
  if (reason == "TENANT_NOT_FOUND" || reason == "TENANT_BEING_DELETED") return WatchFailure::kGone;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kUnauthenticated:
      return WatchFailure::kFinal;
    default:
      return WatchFailure::kPassing;
  }
}

void WatchPacer::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  if (cancel_) cancel_();
}

bool WatchPacer::stopped() const {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

void WatchPacer::SetCancel(std::function<void()> cancel) {
  absl::MutexLock lock(&mutex_);
  cancel_ = std::move(cancel);
  if (stopped_ && cancel_) cancel_();
}

bool WatchPacer::WaitAfter(const absl::Status& status) {
  absl::BitGen random;
  const absl::Duration delay = DelayBeforeReconnect(policy_, status, ++failures_, absl::Uniform(random, 0.0, 1.0));
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&stopped_), delay);
}

}  // namespace cimd::client
