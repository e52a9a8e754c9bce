#ifndef CIMD_SERVER_CACHE_LRU_MAP_H_
#define CIMD_SERVER_CACHE_LRU_MAP_H_

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace cimd::cache {

// A map whose entries have a bounded weight in all. When it is full, the entries used longest ago are dropped. Keys may
// be chosen by an attacker. Not thread-safe.
template <typename Value>
class LruMap {
 public:
  explicit LruMap(size_t max_weight) : max_weight_(max_weight) {}
  LruMap(const LruMap&) = delete;
  LruMap& operator=(const LruMap&) = delete;

  // The entry's value, which counts as used now; null if there is none. Valid until the entry is dropped.
  Value* Find(absl::string_view key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  // The same without counting as use.
  const Value* Peek(absl::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->value;
  }

  // Puts a value in place of the key's, and drops others until the weight fits. The new entry stays, even if it alone
  // is heavier than allowed. Valid until the entry is dropped.
  Value& Put(absl::string_view key, Value value, size_t weight = 1) {
    Erase(key);
    entries_.push_front({std::string(key), std::move(value), weight});
    by_key_.emplace(entries_.front().key, entries_.begin());
    weight_ += weight;
    while (weight_ > max_weight_ && entries_.size() > 1) Drop(std::prev(entries_.end()));
    return entries_.front().value;
  }

  // Does nothing if there is no such entry.
  void Erase(absl::string_view key) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) Drop(found->second);
  }

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    Value value;
    size_t weight;
  };
  using Entries = std::list<Entry>;

  void Drop(typename Entries::iterator entry) {
    weight_ -= entry->weight;
    by_key_.erase(entry->key);
    entries_.erase(entry);
  }

  const size_t max_weight_;
  size_t weight_ = 0;
  // Most recently used first. A list, so that the map's keys can point into it.
  Entries entries_;
  absl::flat_hash_map<absl::string_view, typename Entries::iterator> by_key_;
};

}  // namespace cimd::cache

#endif  // CIMD_SERVER_CACHE_LRU_MAP_H_
