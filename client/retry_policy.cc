#include "client/retry_policy.h"

#include <algorithm>

#include "client/status.h"

namespace cimd::client {
namespace {

// The delay in RetryInfo; zero without RetryInfo or for a negative delay.
absl::Duration RequestedDelay(const absl::Status& status) {
  std::optional<google::rpc::RetryInfo> info = RetryInfoOf(status);
  if (!info.has_value()) return absl::ZeroDuration();
  const auto& delay = info->retry_delay();
  return std::max(absl::ZeroDuration(), absl::Seconds(delay.seconds()) + absl::Nanoseconds(delay.nanos()));
}

bool IsBusyFetch(const absl::Status& status) {
  std::optional<google::rpc::ErrorInfo> info = ErrorInfoOf(status);
  if (!info.has_value() || info->reason() != "DOCUMENT_NOT_FETCHED") return false;
  auto reason = info->metadata().find("reason");
  return reason != info->metadata().end() && reason->second == "BUSY";
}

}  // namespace

bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return RetryInfoOf(status).has_value();
    case absl::StatusCode::kAborted:
      return ReasonOf(status) == "CONTENTION";
    case absl::StatusCode::kFailedPrecondition:
      return IsBusyFetch(status);
    default:
      return false;
  }
}

std::optional<absl::Duration> DelayBeforeRetry(const RetryPolicy& policy, const absl::Status& status, int attempts,
                                               double random) {
  if (attempts >= policy.max_attempts || !IsTransient(status)) return std::nullopt;
  return DelayBeforeReconnect(policy, status, attempts, random);
}

absl::Duration DelayBeforeReconnect(const RetryPolicy& policy, const absl::Status& status, int attempts,
                                    double random) {
  absl::Duration backoff = policy.initial_backoff;
  for (int i = 1; i < attempts && backoff < policy.max_backoff; ++i) backoff *= 2;
  backoff = std::min(backoff, policy.max_backoff);
  return RequestedDelay(status) + backoff * (0.5 + random / 2);
}

}  // namespace cimd::client
