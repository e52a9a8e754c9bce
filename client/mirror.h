#ifndef CIMD_CLIENT_MIRROR_H_
#define CIMD_CLIENT_MIRROR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/connection.h"
#include "client/watcher.h"

namespace cimd::client {

// An in-memory copy of all items of one kind in a tenant. It follows the changes on the server:
//
//   client::Mirror<client::WatchedClients> clients(connection, "tenants/default");
//   clients.WaitUntilComplete(absl::Seconds(10));
//   if (auto client = clients.Find("https://app.example/client.json")) { ... }
//
// The contents are always a state that the server was in: the newest one while the server is reachable, an older one
// otherwise. A change, such as a new block, arrives within milliseconds. Callers compare current_as_of with the age
// that they tolerate. When the tenant is deleted, the mirror becomes empty.
//
// Watched is one of client/watched.h. Thread-safe. Runs one thread.
template <typename Watched>
class Mirror {
 public:
  using Item = typename Watched::Item;
  using Changes = typename Watcher<Watched>::Changes;
  // Receives changes in order. They are already visible to Find. The first call has all items. After the mirror had to
  // list again, a call has only the differences. Called on the mirror's thread, which waits for it. Must not destroy
  // the mirror.
  using OnChanges = std::function<void(const Changes& changes)>;

  // Starts to follow the tenant `parent`, tenants/{tenant}. `connection` must outlive this object.
  Mirror(const Connection& connection, std::string parent, OnChanges on_changes = {}, WatcherOptions options = {})
      : on_changes_(std::move(on_changes)), watcher_(connection, std::move(parent), options), thread_([this] {
          absl::Status status =
              watcher_.Run([this](Changes changes, bool current) { Apply(std::move(changes), current); });
          absl::MutexLock lock(&mutex_);
          ended_ = true;
          status_ = std::move(status);
        }) {}

  // Stops at once, or after the call in progress when the mirror is listing.
  ~Mirror() {
    watcher_.Stop();
    thread_.join();
  }
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  // Waits until the mirror is complete for the first time, following has ended, or `timeout` has passed. Returns
  // whether the mirror has ever been complete.
  bool WaitUntilComplete(absl::Duration timeout) const {
    absl::MutexLock lock(&mutex_);
    const auto is_settled = [this] { return current_as_of_ != absl::InfinitePast() || ended_; };
    mutex_.AwaitWithTimeout(absl::Condition(&is_settled), timeout);
    return current_as_of_ != absl::InfinitePast();
  }

  // The item of this key (see client/watched.h); null when there is none. The returned item never changes: a later Find
  // returns another one.
  std::shared_ptr<const Item> Find(std::string_view key) const {
    absl::ReaderMutexLock lock(&mutex_);
    auto found = items_.find(std::string(key));
    return found == items_.end() ? nullptr : found->second;
  }

  // All items, in no particular order.
  std::vector<std::shared_ptr<const Item>> All() const {
    absl::ReaderMutexLock lock(&mutex_);
    std::vector<std::shared_ptr<const Item>> all;
    all.reserve(items_.size());
    for (const auto& [key, item] : items_) all.push_back(item);
    return all;
  }

  // Increases whenever the contents change. Callers use it to invalidate data derived from the contents.
  int64_t revision() const {
    absl::ReaderMutexLock lock(&mutex_);
    return revision_;
  }

  // When the server last confirmed that the mirror is up to date, by the local clock; InfinitePast before the mirror is
  // complete. Servers confirm this with every change, and every 15 seconds without changes.
  absl::Time current_as_of() const {
    absl::ReaderMutexLock lock(&mutex_);
    return current_as_of_;
  }

  // OK while the mirror follows the server; otherwise the failure that ended it (see Watcher::Run).
  absl::Status status() const {
    absl::ReaderMutexLock lock(&mutex_);
    return status_;
  }

 private:
  void Apply(Changes changes, bool current) {
    std::vector<std::pair<std::string, std::shared_ptr<const Item>>> items;
    items.reserve(changes.size());
    for (const auto& change : changes) {
      items.emplace_back(change.key, change.item ? std::make_shared<const Item>(*change.item) : nullptr);
    }
    {
      absl::MutexLock lock(&mutex_);
      for (auto& [key, item] : items) {
        if (item == nullptr) {
          items_.erase(key);
        } else {
          items_[key].swap(item);
        }
      }
      if (!changes.empty()) ++revision_;
      if (current) current_as_of_ = absl::Now();
    }
    if (on_changes_ && !changes.empty()) on_changes_(changes);
  }

  const OnChanges on_changes_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const Item>> items_ ABSL_GUARDED_BY(mutex_);
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time current_as_of_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  Watcher<Watched> watcher_;
  std::thread thread_;
};

}  // namespace cimd::client

#endif  // CIMD_CLIENT_MIRROR_H_
