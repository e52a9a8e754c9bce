#include "server/watch/change_hub.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "server/errors/errors.h"
#include "server/rpc/watch_cursor.h"
#include "server/telemetry/json_log.h"
#include "storage/keys.h"
#include "storage/record.h"

namespace cimd::watch {
namespace {

namespace errors = rpc::errors;
namespace keys = storage::keys;

// The minimum time between two rechecks of callers after changes of access tokens.
constexpr auto kRecheckPause = std::chrono::seconds(1);

// How long to wait for commits before checking again whether the pause is over.
constexpr absl::Duration kRestStep = absl::Milliseconds(1);
// The maximum bytes of commits for one round of messages, in all places together.
constexpr size_t kGatheredBytes = 1 << 20;

// See ChangeHub::ObservePlatformChanges.
bool MayEndStreams(const storage::Change& change) {
  if (keys::TenantOf(change.key) != keys::kPlatform) return false;
  const keys::Kind kind = keys::KindOf(change.key);
  return kind == keys::Kind::kAccessToken || kind == keys::Kind::kTenant;
}

Changes After(storage::Revision revision, const Changes& changes) {
  Changes after;
  for (const CommittedChange& change : changes) {
    if (change.revision > revision) after.push_back(change);
  }
  return after;
}

bool IsGoingAway(const storage::Change& tenant) {
  if (!tenant.value.has_value()) return true;
  storage::TenantRecord record;
  return storage::ParseRecord(*tenant.value, record).ok() && record.tenant().state() == v1::TENANT_STATE_DELETING;
}

}  // namespace

ChangeHub::ChangeHub(storage::Store& store, const rpc::Clock& clock, Callbacks callbacks, ChangeHubOptions options)
    : store_(store),
      clock_(clock),
      callbacks_(std::move(callbacks)),
      options_(options),
      through_(store.CurrentRevision()),
      coalescer_(absl::ToChronoNanoseconds(options.longest_rest)),
      history_(store, clock, options.history_threads,
               [this](const std::shared_ptr<Subscriber>& subscriber) { return Join(subscriber); }),
      thread_([this, begin = clock.Now()] { Run(begin); }) {}

ChangeHub::~ChangeHub() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (watch_ != nullptr) watch_->Cancel();
  }
  thread_.join();
}

absl::Status ChangeHub::Feed(std::string place, const Topic& topic, std::string_view cursor,
                             std::shared_ptr<rpc::Stream> stream) {
  if (absl::Status status = callbacks_.check_place(place); !status.ok()) return status;
  storage::Revision through = store_.CurrentRevision();
  if (!cursor.empty()) {
    absl::StatusOr<int64_t> parsed = rpc::ParseWatchCursor(cursor, topic.kind, place);
    if (!parsed.ok()) return parsed.status();
    through = *parsed;
  }
  auto subscriber = std::make_shared<Subscriber>(std::move(place), topic, std::move(stream), through);
  const std::weak_ptr<Subscriber> weak = subscriber;
  subscriber->stream->SetFeeder({.has_room =
                                     [this, weak] {
                                       if (auto waiting = weak.lock()) history_.Resume(waiting);
                                     },
                                 .closed =
                                     [this, weak] {
                                       if (auto gone = weak.lock()) Remove(gone);
                                     }});
  // A stream with a cursor goes through the history reader, because only the store detects a cursor in the future.
  if (!cursor.empty() || !Join(subscriber)) history_.Add(std::move(subscriber));
  return absl::OkStatus();
}

void ChangeHub::Run(absl::Time begin) {
  absl::Time next_checkpoint = begin + options_.checkpoint_interval;
  auto last_recheck = std::chrono::steady_clock::now() - kRecheckPause;
  storage::Watch* watch = Follow(absl::OkStatus());
  Gathered gathered;
  while (watch != nullptr) {
    const bool is_resting = coalescer_.IsResting();
    absl::Duration patience = is_resting ? kRestStep : absl::ZeroDuration();
    if (gathered.commits.empty()) patience = options_.poll_interval;
    absl::StatusOr<storage::ChangeBatch> commit = watch->Next(patience);
    // Commits that are already available go into the same round, even when no pause is active.
    const absl::Status watched = commit.status();
    const bool has_more = watched.ok() && (is_resting || !commit->changes.empty());
    if (watched.ok()) gathered.Add(*std::move(commit), clock_.Now());
    if (!has_more || gathered.may_end_streams || gathered.bytes >= kGatheredBytes) Send(std::exchange(gathered, {}));
    if (!watched.ok()) watch = Follow(watched);
    // Checkpoints and rechecks follow the messages, because they refer to the changes in them.
    if (!gathered.commits.empty()) continue;

    // Also due when the clock was set back: otherwise no checkpoint would be sent until the clock catches up.
    const absl::Time now = clock_.Now();
    const bool is_due = now >= next_checkpoint || next_checkpoint > now + options_.checkpoint_interval;
    bool recheck = is_due;
    {
      absl::MutexLock lock(&mutex_);
      recheck |= access_changed_ && std::chrono::steady_clock::now() - last_recheck >= kRecheckPause;
      if (recheck) access_changed_ = false;
    }
    if (recheck) {
      callbacks_.recheck_callers();
      last_recheck = std::chrono::steady_clock::now();
    }
    if (is_due) {
      SendCheckpoints();
      history_.EndStalled(options_.stall_limit);
      next_checkpoint = now + options_.checkpoint_interval;
    }
  }
}

// Opens a new watch of the store from the position of the last one. `ended` is the status of that watch. Returns null
// when the hub is stopping.
storage::Watch* ChangeHub::Follow(absl::Status ended) {
  while (true) {
    absl::MutexLock lock(&mutex_);
    watch_.reset();
    if (stopping_ || absl::IsCancelled(ended)) return nullptr;
    // A watch that was too slow continues from its position.
    if (!ended.ok() && !absl::IsResourceExhausted(ended)) {
      // The missed changes are no longer kept, or the store cannot be read now.
      telemetry::Log(telemetry::Severity::kWarning, "watch_interrupted", {{"error", ended.ToString()}});
      for (auto& [place, groups] : groups_) EndStreamsOf(place, FromWatch(ended));
      through_ = store_.CurrentRevision();
    }
    auto opened = store_.WatchChanges(/*prefix=*/"", through_);
    if (opened.ok()) {
      watch_ = *std::move(opened);
      return watch_.get();
    }
    ended = opened.status();
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), options_.poll_interval);
  }
}

void ChangeHub::Gathered::Add(storage::ChangeBatch commit, absl::Time now) {
  through = commit.revision;
  if (commit.changes.empty()) return;
  if (commits.empty()) time = now;
  for (const storage::Change& change : commit.changes) {
    bytes += BytesOf(change);
    may_end_streams |= MayEndStreams(change);
  }
  commits.push_back(std::move(commit));
}

void ChangeHub::Send(const Gathered& gathered) {
  std::map<std::string_view, Changes> by_place;
  for (const storage::ChangeBatch& commit : gathered.commits) {
    for (const storage::Change& change : commit.changes) {
      by_place[keys::TenantOf(change.key)].push_back({&change, commit.revision});
    }
  }
  absl::MutexLock lock(&mutex_);
  through_ = std::max(through_, gathered.through);
  if (by_place.empty()) return;
  coalescer_.Begin();
  for (const auto& [place, changes] : by_place) {
    SendToGroups(place, changes, gathered.time);
    if (place == keys::kPlatform) ObservePlatformChanges(changes);
  }
  coalescer_.End();
}

void ChangeHub::SendToGroups(std::string_view place, const Changes& changes, absl::Time time) {
  auto found = groups_.find(place);
  if (found == groups_.end()) return;
  for (const auto& [topic, group] : found->second) {
    Changes told;
    size_t bytes = 0;
    for (const CommittedChange& change : changes) {
      if (!topic->Includes(change.change->key)) continue;
      if (bytes >= kMessageBytes && change.revision != told.back().revision) {
        SendGroup(place, *topic, group, std::exchange(told, {}), time);
        bytes = 0;
      }
      told.push_back(change);
      bytes += BytesOf(*change.change);
    }
    if (!told.empty()) SendGroup(place, *topic, group, told, time);
  }
}

void ChangeHub::SendGroup(std::string_view place, const Topic& topic, const Group& group, const Changes& changes,
                          absl::Time time) {
  const storage::Revision through = changes.back().revision;
  const auto whole = MakeMessage(topic, place, changes, time);
  for (const std::shared_ptr<Subscriber>& subscriber : group) {
    // A stream that has just joined may have received some of these changes from the history reader.
    if (through <= subscriber->through) continue;
    const bool is_new = subscriber->through < changes.front().revision;
    const auto message = is_new ? whole : MakeMessage(topic, place, After(subscriber->through, changes), time);
    if (!message.ok()) {
      subscriber->stream->End(message.status());
    } else if (!subscriber->stream->Send(*message)) {
      subscriber->stream->End(errors::WatchTooSlow());
    }
  }
  if (whole.ok()) coalescer_.Told(*whole, group.size());
}

void ChangeHub::ObservePlatformChanges(const Changes& changes) {
  for (const auto& [change, revision] : changes) {
    const keys::Kind kind = keys::KindOf(change->key);
    if (kind == keys::Kind::kAccessToken) access_changed_ = true;
    if (kind != keys::Kind::kTenant || !IsGoingAway(*change)) continue;
    const std::string tenant = keys::FirstPartOf(change->key);
    const absl::Status status = callbacks_.check_place(tenant);
    // If check_place succeeds, a new tenant with the same id exists. CURSOR_EXPIRED makes watchers list the new tenant.
    EndStreamsOf(tenant, status.ok() ? errors::CursorExpired() : status);
  }
}

void ChangeHub::EndStreamsOf(const std::string& place, const absl::Status& status) {
  auto found = groups_.find(place);
  if (found == groups_.end()) return;
  for (auto& [topic, group] : found->second) {
    for (const std::shared_ptr<Subscriber>& subscriber : group) subscriber->stream->End(status);
  }
}

void ChangeHub::SendCheckpoints() {
  absl::MutexLock lock(&mutex_);
  for (auto& [place, groups] : groups_) {
    for (auto& [topic, group] : groups) {
      auto message = MakeCheckpoint(*topic, place, through_);
      if (!message.ok()) continue;
      for (const std::shared_ptr<Subscriber>& subscriber : group) {
        // Streams with queued messages need no checkpoint. Send succeeds on an empty queue.
        if (through_ >= subscriber->through && subscriber->stream->IsIdle()) (void)subscriber->stream->Send(*message);
      }
    }
  }
}

bool ChangeHub::Join(const std::shared_ptr<Subscriber>& subscriber) {
  std::unique_ptr<storage::Watch> read;
  {
    absl::MutexLock lock(&mutex_);
    if (subscriber->through < through_) return false;
    read = std::move(subscriber->history);
    // A stream that ends after this check is removed by Remove, which waits for mutex_.
    if (subscriber->stream->HasEnded()) return true;
    groups_[subscriber->place][&subscriber->topic].insert(subscriber);
    // A failed Send is ignored: a stream whose queue is full needs no checkpoint.
    auto checkpoint = MakeCheckpoint(subscriber->topic, subscriber->place, subscriber->through);
    if (checkpoint.ok()) (void)subscriber->stream->Send(*std::move(checkpoint));
  }
  // ObservePlatformChanges ends the stream when the tenant is deleted later. This check finds an earlier deletion.
  if (absl::Status status = callbacks_.check_place(subscriber->place); !status.ok()) subscriber->stream->End(status);
  return true;
}

void ChangeHub::Remove(const std::shared_ptr<Subscriber>& subscriber) {
  history_.Resume(subscriber);
  absl::MutexLock lock(&mutex_);
  auto groups = groups_.find(subscriber->place);
  if (groups == groups_.end()) return;
  auto group = groups->second.find(&subscriber->topic);
  if (group == groups->second.end()) return;
  group->second.erase(subscriber);
  if (group->second.empty()) groups->second.erase(group);
  if (groups->second.empty()) groups_.erase(groups);
}

}  // namespace cimd::watch
