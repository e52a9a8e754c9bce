#include "storage/rocksdb/rocksdb_changes.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rocksdb/iterator.h"
#include "storage/rocksdb/rocksdb_format.h"

namespace cimd::storage {
namespace {

// Most bytes of history that one step reads. Between steps, Next checks its timeout and Cancel.
constexpr size_t kHistoryStepBytes = 1 << 20;
// Replaces an infinite wait: adding infinity overflows the standard library's clocks.
constexpr absl::Duration kLongestWait = absl::Hours(24 * 365);

absl::Status HistoryIsGone() {
  return absl::OutOfRangeError("the history after this revision is gone; read the state again and watch from there");
}

int64_t BytesOf(const ChangeBatch& batch) {
  size_t bytes = 0;
  for (const Change& change : batch.changes) {
    bytes += sizeof(change) + change.key.size() + (change.value.has_value() ? change.value->size() : 0);
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace

class RocksDbWatch final : public Watch {
 public:
  RocksDbWatch(std::shared_ptr<ChangeFeed> feed, std::shared_ptr<ChangeFeed::Subscriber> subscriber,
               ChangeFeed::HistoryStep first)
      : feed_(std::move(feed)), subscriber_(std::move(subscriber)) {
    Take(std::move(first));
  }
  ~RocksDbWatch() override { feed_->Leave(subscriber_); }

  absl::StatusOr<ChangeBatch> Next(absl::Duration timeout) override;
  void Cancel() override;

 private:
  absl::StatusOr<ChangeBatch> NextFromHistory(absl::Time deadline);
  absl::StatusOr<ChangeBatch> NextFromQueue(absl::Time deadline);
  void Take(ChangeFeed::HistoryStep step);
  bool IsCancelled() const;

  const std::shared_ptr<ChangeFeed> feed_;
  const std::shared_ptr<ChangeFeed::Subscriber> subscriber_;
  // Every commit up to here was delivered, or is in pending_.
  Revision position_ = 0;
  // Read from history and not delivered yet.
  std::deque<ChangeBatch> pending_;
  bool live_ = false;
  // The error that ended this watch.
  absl::Status ended_;
};

absl::StatusOr<ChangeBatch> RocksDbWatch::Next(absl::Duration timeout) {
  if (!ended_.ok()) return ended_;
  const absl::Time deadline = absl::Now() + timeout;
  absl::StatusOr<ChangeBatch> next = live_ ? NextFromQueue(deadline) : NextFromHistory(deadline);
  if (!next.ok()) ended_ = next.status();
  return next;
}

absl::StatusOr<ChangeBatch> RocksDbWatch::NextFromHistory(absl::Time deadline) {
  while (true) {
    if (IsCancelled()) return absl::CancelledError("the watch was cancelled");
    if (!pending_.empty()) {
      ChangeBatch batch = std::move(pending_.front());
      pending_.pop_front();
      return batch;
    }
    if (feed_->GoLive(*subscriber_, position_)) {
      live_ = true;
      return NextFromQueue(deadline);
    }
    absl::StatusOr<ChangeFeed::HistoryStep> step = feed_->ReadHistory(subscriber_->prefix, position_);
    if (!step.ok()) return step.status();
    Take(*std::move(step));
    if (pending_.empty() && absl::Now() >= deadline) return ChangeBatch{position_, {}};
  }
}

void RocksDbWatch::Take(ChangeFeed::HistoryStep step) {
  position_ = step.through;
  pending_ = std::move(step.batches);
}

absl::StatusOr<ChangeBatch> RocksDbWatch::NextFromQueue(absl::Time deadline) {
  ChangeFeed::Subscriber& own = *subscriber_;
  std::shared_ptr<const ChangeFeed::Commit> commit;
  {
    std::unique_lock lock(own.mutex);
    auto is_ready = [&own] { return own.cancelled || own.cut_off || !own.queue.empty(); };
    const absl::Duration left = std::min(deadline - absl::Now(), kLongestWait);
    own.wake.wait_for(lock, absl::ToChronoNanoseconds(left), is_ready);
    if (own.cancelled) return absl::CancelledError("the watch was cancelled");
    if (own.cut_off) {
      return absl::ResourceExhaustedError("the watch was too slow; resume it from the last revision it was told");
    }
    if (own.queue.empty()) return ChangeBatch{own.through, {}};
    commit = std::move(own.queue.front());
    own.queue.pop_front();
    own.queued_bytes -= commit->bytes;
  }
  ChangeBatch batch{commit->batch.revision, {}};
  for (const Change& change : commit->batch.changes) {
    if (change.key.starts_with(own.prefix)) batch.changes.push_back(change);
  }
  return batch;
}

void RocksDbWatch::Cancel() {
  std::lock_guard lock(subscriber_->mutex);
  subscriber_->cancelled = true;
  subscriber_->wake.notify_all();
}

bool RocksDbWatch::IsCancelled() const {
  std::lock_guard lock(subscriber_->mutex);
  return subscriber_->cancelled;
}

absl::StatusOr<std::unique_ptr<Watch>> ChangeFeed::Open(std::string prefix, Revision after) {
  if (after < 0) return absl::InvalidArgumentError("the revision is negative");
  if (after > Published()) {
    // A snapshot can contain a commit shortly before the commit is published here.
    absl::StatusOr<Revision> newest = database_.ReadRevision(nullptr);
    if (!newest.ok()) return newest.status();
    if (after > *newest) return HistoryIsGone();
  }
  absl::StatusOr<HistoryStep> first = ReadHistory(prefix, after);
  if (!first.ok()) return first.status();
  auto subscriber = std::make_shared<Subscriber>(std::move(prefix));
  {
    std::lock_guard lock(mutex_);
    subscribers_.insert(subscriber);
  }
  return std::make_unique<RocksDbWatch>(shared_from_this(), std::move(subscriber), *std::move(first));
}

absl::StatusOr<ChangeFeed::HistoryStep> ChangeFeed::ReadHistory(const std::string& prefix, Revision after) const {
  const Revision newest = Published();
  HistoryStep step;
  step.through = after;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> iterator(database_.db().NewIterator(options, database_.history()));
  size_t bytes = 0;
  for (iterator->Seek(EncodeInt64(after + 1)); step.through < newest && iterator->Valid(); iterator->Next()) {
    if (bytes > kHistoryStepBytes) return step;
    bytes += iterator->value().size();
    std::optional<Revision> revision = DecodeInt64(iterator->key().ToStringView());
    std::optional<HistoryRecord> record = DecodeHistoryRecord(iterator->value().ToStringView(), prefix);
    if (!revision.has_value() || !record.has_value()) return absl::DataLossError("the history does not check out");
    if (record->previous > step.through) return HistoryIsGone();
    if (!record->changes.empty()) step.batches.push_back(ChangeBatch{*revision, std::move(record->changes)});
    step.through = *revision;
  }
  if (!iterator->status().ok()) return database_.Failure(iterator->status(), "read the history");
  if (step.through < newest) return HistoryIsGone();
  return step;
}

bool ChangeFeed::GoLive(Subscriber& subscriber, Revision through) {
  std::lock_guard lock(mutex_);
  if (published_ > through) return false;
  std::lock_guard subscriber_lock(subscriber.mutex);
  subscriber.live = true;
  subscriber.through = through;
  return true;
}

Revision ChangeFeed::Published() const {
  std::lock_guard lock(mutex_);
  return published_;
}

void ChangeFeed::Publish(std::vector<ChangeBatch> commits) {
  std::lock_guard lock(mutex_);
  published_ = commits.back().revision;
  if (subscribers_.empty()) return;
  for (ChangeBatch& changes : commits) {
    const int64_t bytes = BytesOf(changes);
    const auto commit = std::make_shared<const Commit>(Commit{std::move(changes), bytes});
    for (const std::shared_ptr<Subscriber>& subscriber : subscribers_) Offer(commit, *subscriber);
  }
}

void ChangeFeed::Offer(const std::shared_ptr<const Commit>& commit, Subscriber& subscriber) const {
  const std::vector<Change>& changes = commit->batch.changes;
  const bool matches = std::any_of(changes.begin(), changes.end(), [&subscriber](const Change& change) {
    return change.key.starts_with(subscriber.prefix);
  });
  std::lock_guard lock(subscriber.mutex);
  if (!subscriber.live || subscriber.cut_off || commit->batch.revision <= subscriber.through) return;
  subscriber.through = commit->batch.revision;
  if (!matches) return;
  if (!subscriber.queue.empty() && subscriber.queued_bytes + commit->bytes > max_backlog_bytes_) {
    subscriber.cut_off = true;
    subscriber.queue.clear();
  } else {
    subscriber.queue.push_back(commit);
    subscriber.queued_bytes += commit->bytes;
  }
  subscriber.wake.notify_one();
}

void ChangeFeed::Leave(const std::shared_ptr<Subscriber>& subscriber) {
  std::lock_guard lock(mutex_);
  subscribers_.erase(subscriber);
}

void ChangeFeed::Close() {
  std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Subscriber>& subscriber : subscribers_) {
    std::lock_guard subscriber_lock(subscriber->mutex);
    subscriber->cancelled = true;
    subscriber->wake.notify_all();
  }
}

}  // namespace cimd::storage
