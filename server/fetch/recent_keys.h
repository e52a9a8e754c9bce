#ifndef CIMD_SERVER_FETCH_RECENT_KEYS_H_
#define CIMD_SERVER_FETCH_RECENT_KEYS_H_

#include <cstddef>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace cimd::fetch {

// A set of at most `max_keys` keys: the one that was added longest ago goes first. Not thread-safe.
class RecentKeys {
 public:
  explicit RecentKeys(size_t max_keys) : max_keys_(max_keys) {}

  bool Contains(absl::string_view key) const { return by_key_.contains(key); }

  void Add(absl::string_view key) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      keys_.splice(keys_.end(), keys_, found->second);
      return;
    }
    if (keys_.size() >= max_keys_) Remove(std::string(keys_.front()));
    keys_.emplace_back(key);
    by_key_.emplace(keys_.back(), std::prev(keys_.end()));
  }

  void Remove(absl::string_view key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    const auto entry = found->second;
    by_key_.erase(found);
    keys_.erase(entry);
  }

  size_t size() const { return keys_.size(); }

 private:
  const size_t max_keys_;
  // Added longest ago first. A list, so that the map's keys can point into it.
  std::list<std::string> keys_;
  absl::flat_hash_map<absl::string_view, std::list<std::string>::iterator> by_key_;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_RECENT_KEYS_H_
