#ifndef CIMD_SERVER_GATEWAY_BACKEND_RECENT_VALUES_H_
#define CIMD_SERVER_GATEWAY_BACKEND_RECENT_VALUES_H_

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cimd::gateway {

// A cache of answers of the cimd-server with a time to live. When it is full, the least recently used entry is dropped.
// Names may be chosen by an attacker. Thread-safe.
template <typename Value>
class RecentValues {
 public:
  using Now = absl::AnyInvocable<absl::Time() const>;

  RecentValues(absl::Duration time_to_live, size_t max_entries, Now now)
      : time_to_live_(time_to_live), max_entries_(max_entries), now_(std::move(now)) {}

  std::optional<Value> Find(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    const auto entry = found->second;
    const absl::Time now = now_();
    // An expiry too far in the future means that the clock was set back since.
    if (entry->expiry <= now || entry->expiry > now + time_to_live_) {
      by_name_.erase(found);
      entries_.erase(entry);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->value;
  }

  void Remember(const std::string& name, Value value) {
    absl::MutexLock lock(&mutex_);
    if (auto found = by_name_.find(name); found != by_name_.end()) {
      entries_.erase(found->second);
      by_name_.erase(found);
    }
    entries_.push_front({name, std::move(value), now_() + time_to_live_});
    by_name_[name] = entries_.begin();
    if (entries_.size() > max_entries_) {
      by_name_.erase(entries_.back().name);
      entries_.pop_back();
    }
  }

 private:
  struct Entry {
    std::string name;
    Value value;
    absl::Time expiry;
  };

  const absl::Duration time_to_live_;
  const size_t max_entries_;
  const Now now_;
  absl::Mutex mutex_;
  // The most recently used first.
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, typename std::list<Entry>::iterator> by_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_RECENT_VALUES_H_
