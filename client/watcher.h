#ifndef CIMD_CLIENT_WATCHER_H_
#define CIMD_CLIENT_WATCHER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/connection.h"
#include "client/stream_reader.h"
#include "client/watched.h"

namespace cimd::client {

// One item that was created, changed or deleted.
template <typename Item>
struct ItemChange {
  // The key that identifies the item; see client/watched.h.
  std::string key;
  // The current item; nullopt when it was deleted.
  std::optional<Item> item;
  // Whether the item is new, compared with the earlier reports of this watcher.
  bool created = false;
};

struct WatcherOptions {
  // A stream without messages for this long is reopened. Servers send a message at least every 15 seconds.
  absl::Duration silence = absl::Seconds(60);
};

// How to proceed after a failed watch.
enum class WatchFailure {
  kPassing,    // resume from the last cursor
  kListAgain,  // the cursor cannot be used: list, then watch
  kGone,       // the tenant does not exist, so all items are deleted
  kFinal,      // stop: for example, the caller may not watch
};
WatchFailure Classify(const absl::Status& status);

// The part of a watcher that does not depend on the kind of item: stopping, and waiting between attempts. Thread-safe,
// except for WaitAfter and Progress, which only the watcher's thread may call.
class WatchPacer {
 public:
  explicit WatchPacer(const RetryPolicy& policy) : policy_(policy) {}

  // Ends WaitAfter, now and in the future, and calls the cancel function if there is one.
  void Stop();
  bool stopped() const;
  // Sets the function that Stop calls; may be null. After Stop, it is called at once.
  void SetCancel(std::function<void()> cancel);

  // Waits before the next attempt, longer after each failure in a row. Returns false when Stop was called.
  bool WaitAfter(const absl::Status& status);
  void Progress() { failures_ = 0; }

 private:
  const RetryPolicy policy_;
  // Used only by the watcher's thread.
  int failures_ = 0;
  mutable absl::Mutex mutex_;
  std::function<void()> cancel_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

// Reports the changes of one kind of item in a tenant. It lists the items, then watches them. It resumes after lost
// connections, restarts of the server and streams that the server cut off. When the server no longer keeps the history
// that it needs, it lists again and reports the differences, including deletions. Applied in order, the reports always
// give a state that the server was in. States may be skipped.
//
// Watched is one of client/watched.h. Only one thread may call Run; any thread may call Stop.
template <typename Watched>
class Watcher {
 public:
  using Item = typename Watched::Item;
  using Changes = std::vector<ItemChange<Item>>;

  // `connection` must outlive this object. `parent` is tenants/{tenant}.
  Watcher(const Connection& connection, std::string parent, WatcherOptions options = {})
      : connection_(connection), parent_(std::move(parent)), options_(options), pacer_(connection.retry_policy()) {}

  // Receives changes in order. The list may be empty, and an item that changed several times may occur several times.
  // `current`: with these changes, the caller has the current state of the server. The first call has all items.
  using OnChanges = std::function<void(Changes changes, bool current)>;

  // Follows the changes until Stop is called (OK), or until a permanent failure: the token is refused and the
  // connection has no token source to renew it, or the tenant does not exist. When the tenant is deleted, all items are
  // first reported as deleted.
  absl::Status Run(const OnChanges& on_changes) {
    while (true) {
      absl::Status status = cursor_.empty() ? List() : absl::OkStatus();
      if (status.ok()) status = Follow(on_changes);
      if (pacer_.stopped()) return absl::OkStatus();
      const bool may_renew = status.code() == absl::StatusCode::kUnauthenticated && connection_.renews_token();
      switch (may_renew ? WatchFailure::kPassing : Classify(status)) {
        case WatchFailure::kListAgain:
          cursor_.clear();
          break;
        case WatchFailure::kGone:
          listed_.emplace();
          TellListed(on_changes);
          return status;
        case WatchFailure::kFinal:
          return status;
        case WatchFailure::kPassing:
          break;
      }
      if (!pacer_.WaitAfter(status)) return absl::OkStatus();
    }
  }

  // Ends Run: at once when it is watching, after the call in progress when it is listing.
  void Stop() { pacer_.Stop(); }

 private:
  // Reads all items into `listed_`. They are reported only after the changes since the first page have been applied,
  // because the pages come from different snapshots.
  absl::Status List() {
    constexpr int kPageSize = 1000;
    typename Watched::ListRequest request;
    request.set_parent(parent_);
    request.set_page_size(kPageSize);
    std::map<std::string, Item> listed;
    std::string cursor;
    while (true) {
      auto page = connection_.Call(Watched::kList, request);
      if (!page.ok()) return page.status();
      if (pacer_.stopped()) return absl::CancelledError();
      if (cursor.empty()) cursor = page->watch_cursor();
      for (Item& item : *Watched::ItemsOf(*page)) {
        std::string key = Watched::KeyOf(item);
        listed[std::move(key)] = std::move(item);
      }
      if (page->next_page_token().empty()) break;
      request.set_page_token(page->next_page_token());
    }
    listed_ = std::move(listed);
    cursor_ = std::move(cursor);
    return absl::OkStatus();
  }

  // Watches from the cursor until the stream ends.
  absl::Status Follow(const OnChanges& on_changes) {
    typename Watched::WatchRequest request;
    request.set_parent(parent_);
    request.set_cursor(cursor_);
    StreamReader<Watched> reader(connection_, std::move(request));
    pacer_.SetCancel([&reader] { reader.Cancel(); });
    bool current = false;
    absl::StatusOr<typename Watched::WatchResponse> message;
    while ((message = reader.Next(options_.silence)).ok()) {
      pacer_.Progress();
      // The first message without changes is sent when the stream has caught up.
      current |= message->changes().empty();
      if (listed_.has_value()) {
        AddToListed(*message);
        if (current) TellListed(on_changes);
      } else {
        TellChanges(*message, current, on_changes);
      }
      cursor_ = message->cursor();
    }
    pacer_.SetCancel(nullptr);
    return message.status();
  }

  void AddToListed(typename Watched::WatchResponse& message) {
    for (auto& change : *message.mutable_changes()) {
      std::string key = Watched::KeyOf(change);
      if (Item* item = Watched::ItemOf(change)) {
        (*listed_)[std::move(key)] = std::move(*item);
      } else {
        listed_->erase(key);
      }
    }
  }

  // Reports the differences between `listed_` and the earlier reports.
  void TellListed(const OnChanges& on_changes) {
    Changes changes;
    for (const auto& [key, digest] : told_) {
      if (!listed_->contains(key)) changes.push_back({key, std::nullopt});
    }
    for (const ItemChange<Item>& gone : changes) told_.erase(gone.key);
    for (auto& [key, item] : *listed_) {
      if (std::optional<bool> created = Remember(key, item)) changes.push_back({key, std::move(item), *created});
    }
    listed_.reset();
    on_changes(std::move(changes), /*current=*/true);
  }

  void TellChanges(typename Watched::WatchResponse& message, bool current, const OnChanges& on_changes) {
    Changes changes;
    for (auto& change : *message.mutable_changes()) {
      const std::string& key = Watched::KeyOf(change);
      if (Item* item = Watched::ItemOf(change)) {
        if (std::optional<bool> created = Remember(key, *item)) changes.push_back({key, std::move(*item), *created});
      } else if (told_.erase(key) > 0) {
        changes.push_back({key, std::nullopt});
      }
    }
    on_changes(std::move(changes), current);
  }

  // Records the report of an item. Returns whether the key is new; nullopt when the same item was reported before.
  std::optional<bool> Remember(const std::string& key, const Item& item) {
    const uint64_t digest = absl::HashOf(item.SerializeAsString());
    auto [told, is_new] = told_.try_emplace(key, digest);
    if (!is_new && std::exchange(told->second, digest) == digest) return std::nullopt;
    return is_new;
  }

  const Connection& connection_;
  const std::string parent_;
  const WatcherOptions options_;
  WatchPacer pacer_;
  // All changes up to this cursor were reported or are in `listed_`. Empty: a list is needed.
  std::string cursor_;
  // The digest of the last reported item of each key.
  absl::flat_hash_map<std::string, uint64_t> told_;
  // A list to which the changes since its first page have yet to be applied.
  std::optional<std::map<std::string, Item>> listed_;
};

}  // namespace cimd::client

#endif  // CIMD_CLIENT_WATCHER_H_
