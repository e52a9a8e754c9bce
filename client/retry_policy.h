#ifndef CIMD_CLIENT_RETRY_POLICY_H_
#define CIMD_CLIENT_RETRY_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace cimd::client {

// How often and how soon a call is retried. All attempts share the deadline of the call.
struct RetryPolicy {
  // The maximum number of attempts; 1 means no retries.
  int max_attempts = 4;
  // The back-off before the second attempt. It doubles with each further attempt, up to max_backoff.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(5);
};

// Whether the same call may succeed when it is retried after a short time:
//   UNAVAILABLE: the server cannot be reached or is shutting down;
//   RESOURCE_EXHAUSTED with RetryInfo: it has too much to do and says when to come back (without one it is a limit that
//   stays);
//   ABORTED with reason CONTENTION: concurrent changes kept winning;
//   DOCUMENT_NOT_FETCHED because of BUSY: too many fetches were under way, and none was made for this call.
bool IsTransient(const absl::Status& status);

// How long to wait before the next attempt, after `attempts` attempts of which the last ended with `status`; nullopt
// when the call must not be retried. The wait is the delay in the server's RetryInfo plus a back-off. The back-off is
// reduced at random, so that callers that failed together do not retry together. `random` lies in [0, 1). Pure.
std::optional<absl::Duration> DelayBeforeRetry(const RetryPolicy& policy, const absl::Status& status, int attempts,
                                               double random);

// The same for reopening a stream, without a limit of attempts. `attempts` is the number of consecutive attempts that
// delivered no message. Pure.
absl::Duration DelayBeforeReconnect(const RetryPolicy& policy, const absl::Status& status, int attempts, double random);

}  // namespace cimd::client

#endif  // CIMD_CLIENT_RETRY_POLICY_H_
