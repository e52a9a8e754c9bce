#ifndef CIMD_SERVER_GATEWAY_BACKEND_RECENT_VALUES_H_
#define CIMD_SERVER_GATEWAY_BACKEND_RECENT_VALUES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/cache/lru_map.h"

namespace cimd::gateway {

// A cache of answers of the cimd-server with a time to live. When it is full, the least recently used entry is dropped.
// Names may be chosen by an attacker. Thread-safe.
template <typename Value>
class RecentValues {
 public:
  using Now = absl::AnyInvocable<absl::Time() const>;

  RecentValues(absl::Duration time_to_live, size_t max_entries, Now now)
      : time_to_live_(time_to_live), now_(std::move(now)), entries_(max_entries) {}

  std::optional<Value> Find(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    const Entry* entry = entries_.Find(name);
    if (entry == nullptr) return std::nullopt;
    const absl::Time now = now_();
    // An expiry too far in the future means that the clock has been set back.
    if (entry->expiry <= now || entry->expiry > now + time_to_live_) {
      entries_.Erase(name);
      return std::nullopt;
    }
    return entry->value;
  }

  void Remember(const std::string& name, Value value) {
    absl::MutexLock lock(&mutex_);
    entries_.Put(name, {std::move(value), now_() + time_to_live_});
  }

 private:
  struct Entry {
    Value value;
    absl::Time expiry;
  };

  const absl::Duration time_to_live_;
  const Now now_;
  absl::Mutex mutex_;
  cache::LruMap<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_RECENT_VALUES_H_
