#include "server/fetch/failure_pacer.h"

#include <algorithm>

#include "absl/strings/string_view.h"

namespace cimd::fetch {

absl::Duration FailurePacer::WaitFor(absl::string_view key, absl::Time now) const {
  const Failures* failures = keys_.Peek(key);
  // A time before the last failure means that the clock was set back. Then there is no wait: it would last until the
  // clock catches up.
  if (failures == nullptr || now < failures->last_failure) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(), failures->retry_time - now);
}

void FailurePacer::RecordFailure(absl::string_view key, absl::Time now) {
  Failures* known = keys_.Find(key);
  Failures& failures = known != nullptr ? *known : keys_.Put(key, {});
  if (now - failures.last_failure > backoff_.memory) failures.in_a_row = 0;
  ++failures.in_a_row;
  failures.last_failure = now;
  const int paced_failures = failures.in_a_row - backoff_.free_failures;
  absl::Duration wait;
  if (paced_failures > 0) {
    // Limited to 2^30, so that the shift cannot overflow.
    wait = std::min(backoff_.max_wait, backoff_.first_wait * (int64_t{1} << std::min(paced_failures - 1, 30)));
  }
  failures.retry_time = now + wait;
}

void FailurePacer::RecordSuccess(absl::string_view key) { keys_.Erase(key); }

}  // namespace cimd::fetch
