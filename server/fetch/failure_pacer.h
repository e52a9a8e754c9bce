#ifndef CIMD_SERVER_FETCH_FAILURE_PACER_H_
#define CIMD_SERVER_FETCH_FAILURE_PACER_H_

#include <cstddef>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace cimd::fetch {

// How long to leave alone what keeps failing.
struct PacingLaw {
  // So many failures in a row cost nothing.
  int free_failures = 1;
  // The wait after the next one; it doubles with each further failure, up to max_wait.
  absl::Duration first_wait = absl::Seconds(1);
  absl::Duration max_wait = absl::Seconds(60);
  // A failure this long ago no longer counts.
  absl::Duration memory = absl::Minutes(10);
};

// Counts failures in a row per key and says how long to wait. Keys are an attacker's to choose, so at most `max_keys`
// are kept: the one whose last failure is longest ago gives way, which costs no more than its waits. Pure state, no
// clock; not thread-safe.
class FailurePacer {
 public:
  FailurePacer(const PacingLaw& law, size_t max_keys) : law_(law), max_keys_(max_keys) {}

  // How long from `now` until the key may be tried; zero when it may be now.
  absl::Duration WaitFor(absl::string_view key, absl::Time now) const;
  void RecordFailure(absl::string_view key, absl::Time now);
  // Forgets the key's failures.
  void RecordSuccess(absl::string_view key);

  size_t size() const { return by_key_.size(); }

 private:
  struct Entry {
    std::string key;
    int failures = 0;
    absl::Time last_failure = absl::InfinitePast();
    absl::Time retry_time = absl::InfinitePast();
  };

  const PacingLaw law_;
  const size_t max_keys_;
  // By last failure, the oldest first. A list, so that the map's keys can point into it.
  std::list<Entry> entries_;
  absl::flat_hash_map<absl::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FAILURE_PACER_H_
