#include "server/fetch/failure_pacer.h"

#include <algorithm>

#include "absl/strings/string_view.h"

namespace cimd::fetch {

absl::Duration FailurePacer::WaitFor(absl::string_view key, absl::Time now) const {
  const auto found = by_key_.find(key);
  // A time before the last failure means that the clock was set back. The wait would last until it has caught up.
  if (found == by_key_.end() || now < found->second->last_failure) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(), found->second->retry_time - now);
}

void FailurePacer::RecordFailure(absl::string_view key, absl::Time now) {
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (entries_.size() >= max_keys_) {
      by_key_.erase(entries_.front().key);
      entries_.pop_front();
    }
    entries_.push_back({.key = std::string(key)});
    found = by_key_.emplace(entries_.back().key, std::prev(entries_.end())).first;
  }
  Entry& entry = *found->second;
  entries_.splice(entries_.end(), entries_, found->second);
  if (now - entry.last_failure > backoff_.memory) entry.failures = 0;
  ++entry.failures;
  entry.last_failure = now;
  const int paced_failures = entry.failures - backoff_.free_failures;
  absl::Duration wait;
  if (paced_failures > 0) {
    // Limited to 2^30, so that the shift cannot overflow.
    wait = std::min(backoff_.max_wait, backoff_.first_wait * (int64_t{1} << std::min(paced_failures - 1, 30)));
  }
  entry.retry_time = now + wait;
}

void FailurePacer::RecordSuccess(absl::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto entry = found->second;
  by_key_.erase(found);
  entries_.erase(entry);
}

}  // namespace cimd::fetch
