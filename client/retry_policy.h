#ifndef CIMD_CLIENT_RETRY_POLICY_H_
#define CIMD_CLIENT_RETRY_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace cimd::client {

// How often and how eagerly a call is made again. All its attempts share the call's one deadline.
struct RetryPolicy {
  // Attempts in all; 1 means never again.
  int max_attempts = 4;
  // Before the second attempt; doubles with each further one, up to max_backoff.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(5);
};

// Whether the same call may succeed a moment later although nothing else changes:
//   UNAVAILABLE: the server cannot be reached or is shutting down;
//   RESOURCE_EXHAUSTED with RetryInfo: it has too much to do and says when to come back (without one it is a limit that
//   stays);
//   ABORTED with reason CONTENTION: concurrent changes kept winning;
//   DOCUMENT_NOT_FETCHED because of BUSY: too many fetches were under way, and none was made for this call.
bool IsTransient(const absl::Status& status);

// How long to wait before the next attempt, after `attempts` that ended with `status`; nullopt when the failure is to
// be reported. The wait is a back-off shortened at random, so that callers who failed together do not come back
// together; it comes on top of what the server asks for in RetryInfo. `random` lies in [0, 1). Pure.
std::optional<absl::Duration> DelayBeforeRetry(const RetryPolicy& policy, const absl::Status& status, int attempts,
                                               double random);

// How long to wait before a stream is opened again, after `attempts` in a row that told nothing and the last of which
// ended with `status`: likewise, but without an end to the attempts. Pure.
absl::Duration DelayBeforeReconnect(const RetryPolicy& policy, const absl::Status& status, int attempts, double random);

}  // namespace cimd::client

#endif  // CIMD_CLIENT_RETRY_POLICY_H_
