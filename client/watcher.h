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

// One item that is new, has changed, or is gone.
template <typename Item>
struct ItemChange {
  // What identifies the item; see client/watched.h.
  std::string key;
  // The item as it is now; nullopt when it is gone.
  std::optional<Item> item;
  // Whether it was not there before, as far as this watcher has told.
  bool created = false;
};

struct WatcherOptions {
  // A stream without any message for so long is opened again. Servers send a message every 15 seconds at least.
  absl::Duration silence = absl::Seconds(60);
};

// What a failed watch calls for.
enum class WatchFailure {
  kPassing,    // resume from the last cursor
  kListAgain,  // the cursor is useless: list, then watch
  kGone,       // the tenant does not exist, so nothing in it does
  kFinal,      // give up: the caller may not watch, for example
};
WatchFailure Classify(const absl::Status& status);

// The part of a watcher that does not depend on what is watched: stopping, and waiting between attempts. Thread-safe,
// except for WaitAfter and Progress, which belong to the watcher's thread.
class WatchPacer {
 public:
  explicit WatchPacer(const RetryPolicy& policy) : policy_(policy) {}

  // Ends WaitAfter, now and in the future, and calls the cancel function if there is one.
  void Stop();
  bool stopped() const;
  // Sets what Stop calls; null for nothing. Calls it at once after Stop.
  void SetCancel(std::function<void()> cancel);

  // Waits before the next attempt, longer after each failure in a row. Returns false when Stop was called.
  bool WaitAfter(const absl::Status& status);
  void Progress() { failures_ = 0; }

 private:
  const RetryPolicy policy_;
  // Belongs to the watcher's thread.
  int failures_ = 0;
  mutable absl::Mutex mutex_;
  std::function<void()> cancel_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

// Reports what changes in a tenant, for one kind of item. It lists, then watches. It resumes by itself after lost
// connections, restarts of the server and cut-offs. When the history that it needs is gone, it lists again and reports
// the differences, deletions included. The reports, in order, always add up to a state that the server was in. States
// may be skipped.
//
// Watched is one of client/watched.h. Run belongs to one thread; Stop may be called from any.
template <typename Watched>
class Watcher {
 public:
  using Item = typename Watched::Item;
  using Changes = std::vector<ItemChange<Item>>;

  // `connection` must outlive this. `parent` is tenants/{tenant}.
  Watcher(const Connection& connection, std::string parent, WatcherOptions options = {})
      : connection_(connection), parent_(std::move(parent)), options_(options), pacer_(connection.retry_policy()) {}

  // Receives the changes of one step in their order. There may be none, and an item that changed several times may be
  // there several times. `current`: with these changes the caller knows everything that the server knows. The first
  // call has all items.
  using OnChanges = std::function<void(Changes changes, bool current)>;

  // Follows until Stop is called (OK), or until a failure that time does not mend: the caller's token is refused and
  // the connection has no token source to renew it, or the tenant does not exist. When the tenant is deleted,
  // everything is told to be gone first.
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

  // Ends Run soon: at once when it watches, after the call under way when it lists.
  void Stop() { pacer_.Stop(); }

 private:
  // Reads everything there is into `listed_`. Told only after what has changed since the first page, so that pages of
  // different moments become one state.
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
      // The first message without changes says that the past has been told.
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

  // Tells how `listed_` differs from what was told before.
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

  // Records what is told under a key. Returns whether the key is new; nullopt when the same was told before.
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
  // Everything up to here was told, or stands in `listed_`. Empty: a list is needed.
  std::string cursor_;
  // What was told under each key.
  absl::flat_hash_map<std::string, uint64_t> told_;
  // A list that waits for what has changed since.
  std::optional<std::map<std::string, Item>> listed_;
};

}  // namespace cimd::client

#endif  // CIMD_CLIENT_WATCHER_H_
