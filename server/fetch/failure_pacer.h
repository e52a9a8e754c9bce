#ifndef CIMD_SERVER_FETCH_FAILURE_PACER_H_
#define CIMD_SERVER_FETCH_FAILURE_PACER_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/cache/lru_map.h"

namespace cimd::fetch {

// The wait after consecutive failures.
struct Backoff {
  // This many failures cause no wait.
  int free_failures = 1;
  // The wait after the next failure. It doubles with each further one, up to max_wait.
  absl::Duration first_wait = absl::Seconds(1);
  absl::Duration max_wait = absl::Seconds(60);
  // Failures older than this are forgotten.
  absl::Duration memory = absl::Minutes(10);
};

// Counts consecutive failures per key and computes the wait before the next try. An attacker can choose keys, so at
// most `max_keys` are kept: the key with the oldest last failure is dropped together with its wait. Reads no clock. Not
// thread-safe.
class FailurePacer {
 public:
  FailurePacer(const Backoff& backoff, size_t max_keys) : backoff_(backoff), keys_(max_keys) {}

  // How long after `now` the key may be tried; zero if it may be tried at once.
  absl::Duration WaitFor(absl::string_view key, absl::Time now) const;
  void RecordFailure(absl::string_view key, absl::Time now);
  // Forgets the key's failures.
  void RecordSuccess(absl::string_view key);

  size_t size() const { return keys_.size(); }

 private:
  struct Failures {
    int in_a_row = 0;
    absl::Time last_failure = absl::InfinitePast();
    absl::Time retry_time = absl::InfinitePast();
  };

  const Backoff backoff_;
  // Recording a failure makes the key the most recently used one.
  cache::LruMap<Failures> keys_;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FAILURE_PACER_H_
