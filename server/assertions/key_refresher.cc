#include "server/assertions/key_refresher.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "cimd/storage/records.pb.h"
#include "server/assertions/client_keys.h"
#include "server/errors/errors.h"
#include "server/mutations/server_event.h"
#include "server/resources/clients.h"
#include "server/resources/tenants.h"
#include "server/rpc/proto_time.h"
#include "storage/audit/audit_log.h"
#include "storage/run_in_transaction.h"

namespace cimd::services {
namespace {

// Most requested tasks that wait for a thread. Beyond that, a task would wait longer than its assertions do.
constexpr size_t kMaxAsked = 64;

std::string KeyOf(const rpc::ClientName& name) { return rpc::MakeClientName(name.tenant, name.client); }

// Whether a look-up failed because the client was deleted, or its tenant was deleted or no longer serves clients.
bool IsGone(const absl::Status& status) { return absl::IsNotFound(status) || absl::IsFailedPrecondition(status); }

// The tenant and the client of a refresh.
struct Subject {
  v1::Tenant tenant;
  StoredClient client;
};

template <typename Source>
absl::StatusOr<std::optional<Subject>> FindSubject(Source& source, const rpc::ClientName& name) {
  absl::StatusOr<v1::Tenant> tenant = RequireCimdTenant(source, name.tenant);
  if (tenant.ok() && !IsKeyRefreshAutomatic(*tenant)) return std::nullopt;
  absl::StatusOr<StoredClient> client = tenant.ok() ? RequireClient(source, name) : tenant.status();
  if (!client.ok()) {
    return IsGone(client.status()) ? absl::StatusOr<std::optional<Subject>>(std::nullopt) : client.status();
  }
  const v1::Client& found = client->record.client();
  if (found.state() != v1::CLIENT_STATE_ACTIVE || found.metadata().jwks_uri().empty() ||
      !metadata::UsesKeys(found.metadata())) {
    return std::nullopt;
  }
  return Subject{*std::move(tenant), *std::move(client)};
}

}  // namespace

KeyRefresher::KeyRefresher(storage::Store& store, const metadata::KeySetResolver& resolver, const rpc::Clock& clock,
                           KeyRefresherOptions options)
    : store_(store), resolver_(resolver), clock_(clock), options_(std::move(options)), tokens_(options_.asked_burst) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
  threads_.emplace_back([this] { Tick(); });
}

KeyRefresher::~KeyRefresher() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

void KeyRefresher::Stop() {
  std::vector<rpc::Resume> released;
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (auto& [key, waiting] : flights_) {
      std::move(waiting.begin(), waiting.end(), std::back_inserter(released));
      waiting.clear();
    }
  }
  for (rpc::Resume& resume : released) std::move(resume)();
}

bool KeyRefresher::Refresh(const rpc::ClientName& name, rpc::Resume resume) {
  const std::string key = KeyOf(name);
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  if (stopping_ || waiting_ >= options_.max_waiting) return false;
  auto flight = flights_.find(key);
  if (flight == flights_.end()) {
    if (!TakeFromBudget(key, last_refreshes_, now)) return false;
    flight = flights_.try_emplace(key).first;
    asked_.push_back({.name = name});
  } else if (flight->second.empty()) {
    Promote(name);
  }
  if (resume != nullptr) {
    flight->second.push_back(std::move(resume));
    ++waiting_;
  }
  return true;
}

// Moves a due task that a caller now waits for to the requested tasks, which run first.
void KeyRefresher::Promote(const rpc::ClientName& name) {
  const auto queued = std::find_if(due_.begin(), due_.end(), [&](const Task& task) {
    return task.name.tenant == name.tenant && task.name.client == name.client;
  });
  if (queued == due_.end()) return;
  queued->background = false;
  asked_.push_back(std::move(*queued));
  due_.erase(queued);
}

void KeyRefresher::RefreshUnawaited(const rpc::ClientName& name) { Refresh(name, nullptr); }

void KeyRefresher::RecordUnknownKid(const rpc::ClientName& name, std::string_view kid) {
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  if (stopping_ || !TakeFromBudget(KeyOf(name), last_notes_, now)) return;
  asked_.push_back({.name = name, .unknown_kid = std::string(kid)});
}

// The total budget also limits the size of `last_times` and of the queue.
bool KeyRefresher::TakeFromBudget(const std::string& key, LastTimes& last_times, absl::Time now) {
  if (asked_.size() >= kMaxAsked) return false;
  const auto last = last_times.find(key);
  if (last != last_times.end() && absl::AbsDuration(now - last->second) < options_.client_interval) return false;
  const double earned = options_.asked_per_second * absl::ToDoubleSeconds(now - tokens_time_);
  tokens_ = std::min(options_.asked_burst, tokens_ + std::max(0.0, earned));
  tokens_time_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  if (last_times.size() > 2 * options_.asked_per_second * absl::ToDoubleSeconds(options_.client_interval)) {
    absl::erase_if(last_times, [&](const auto& entry) { return now - entry.second >= options_.client_interval; });
  }
  last_times.insert_or_assign(key, now);
  return true;
}

bool KeyRefresher::HasWork() const {
  return stopping_ || !asked_.empty() || (!due_.empty() && background_running_ < options_.background_threads);
}

bool KeyRefresher::IsStopping() {
  const absl::MutexLock lock(&mutex_);
  return stopping_;
}

void KeyRefresher::Work() {
  while (true) {
    Task task;
    {
      const absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](KeyRefresher* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->HasWork(); }, this));
      if (stopping_) return;
      std::deque<Task>& queue = asked_.empty() ? due_ : asked_;
      task = std::move(queue.front());
      queue.pop_front();
      if (task.background) ++background_running_;
    }
    Do(task);
  }
}

void KeyRefresher::Do(const Task& task) {
  absl::Status status;
  if (task.unknown_kid.empty()) {
    absl::StatusOr<KeyRefreshOutcome> outcome = RefreshNow(task);
    status = outcome.status();
    if (options_.on_refresh) options_.on_refresh(outcome.ok() ? *outcome : KeyRefreshOutcome::kStoreFailed);
  } else {
    status = WriteUnknownKid(task);
  }
  if (!status.ok() && options_.on_error) options_.on_error(status);
  std::vector<rpc::Resume> released;
  {
    const absl::MutexLock lock(&mutex_);
    if (task.background) --background_running_;
    if (task.unknown_kid.empty()) {
      const auto flight = flights_.find(KeyOf(task.name));
      released = std::move(flight->second);
      waiting_ -= std::min(waiting_, released.size());
      flights_.erase(flight);
    }
  }
  for (rpc::Resume& resume : released) std::move(resume)();
}

void KeyRefresher::Tick() {
  while (true) {
    {
      const absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), options_.tick);
      if (stopping_) return;
      if (!due_.empty()) continue;
    }
    absl::StatusOr<std::vector<storage::DueKeyRefresh>> due =
        storage::FindDueKeyRefreshes(store_, clock_.Now(), options_.background_per_second);
    if (due.ok()) {
      QueueDue(*std::move(due));
    } else if (options_.on_error) {
      options_.on_error(due.status());
    }
  }
}

void KeyRefresher::QueueDue(std::vector<storage::DueKeyRefresh> due) {
  const absl::MutexLock lock(&mutex_);
  for (storage::DueKeyRefresh& entry : due) {
    Task task{.name = {std::move(entry.tenant), std::move(entry.client)},
              .due_key = std::move(entry.key),
              .background = true};
    if (flights_.try_emplace(KeyOf(task.name)).second) due_.push_back(std::move(task));
  }
}

absl::StatusOr<KeyRefreshOutcome> KeyRefresher::RefreshNow(const Task& task) {
  const rpc::ClientName& name = task.name;
  auto drop = [&]() -> absl::StatusOr<KeyRefreshOutcome> {
    absl::Status status = task.due_key.empty() ? absl::OkStatus() : storage::RemoveKeyRefresh(store_, {task.due_key});
    if (!status.ok()) return status;
    return KeyRefreshOutcome::kNeedless;
  };
  absl::StatusOr<std::optional<Subject>> subject = FindSubject(store_, name);
  if (!subject.ok()) return subject.status();
  if (!subject->has_value()) return drop();
  const v1::ClientMetadata metadata = (*subject)->client.record.client().metadata();
  auto read = ReadKeySet(store_, resolver_, name, (*subject)->tenant, metadata, /*document=*/"",
                         {.now = clock_.Now(), .is_cancelled = [this] { return IsStopping(); }});
  if (!read.ok() && IsStopping()) return KeyRefreshOutcome::kNeedless;
  if (!read.ok()) return read.status();
  bool told = false;
  absl::StatusOr<storage::Revision> committed =
      storage::RunInTransaction(store_, [&](storage::Transaction& transaction) -> absl::Status {
        absl::StatusOr<std::optional<Subject>> now = FindSubject(transaction, name);
        if (!now.ok()) return now.status();
        told = false;
        // The tenant's rules or the client's jwks_uri changed during the fetch, so the set no longer applies.
        if (!now->has_value() || (*now)->tenant.etag() != (*subject)->tenant.etag() ||
            (*now)->client.record.client().metadata().jwks_uri() != metadata.jwks_uri()) {
          return absl::OkStatus();
        }
        absl::StatusOr<KeysUpdate> update = PutKeys(transaction, name, *read, /*automatic=*/true, clock_.Now());
        if (!update.ok()) return update.status();
        // PutKeys deletes the index entry that the record names. Any other entry is left over from earlier.
        if (!task.due_key.empty()) transaction.Delete(task.due_key);
        if (update->changes.empty()) return absl::OkStatus();
        storage::AuditRecord event =
            ServerEvent("cimd.v1.MetadataService/RefreshClientKeys", KeyOf(name), clock_.Now());
        event.add_external_client_ids(metadata.external_client_id());
        AddTo(*update, *event.mutable_changes());
        storage::AppendAuditEvent(transaction, name.tenant, event);
        told = true;
        return absl::OkStatus();
      });
  if (!committed.ok()) return committed.status();
  if (told && options_.on_event) options_.on_event(name.tenant);
  const bool failed = read->has_value() && (*read)->failure.has_value();
  return failed ? KeyRefreshOutcome::kFetchFailed : KeyRefreshOutcome::kRead;
}

absl::Status KeyRefresher::WriteUnknownKid(const Task& task) {
  return storage::RunInTransaction(
             store_,
             [&](storage::Transaction& transaction) -> absl::Status {
               absl::StatusOr<StoredClient> client = RequireClient(transaction, task.name);
               if (!client.ok()) return IsGone(client.status()) ? absl::OkStatus() : client.status();
               auto stored = storage::FindClientKeys(transaction, task.name.tenant, task.name.client);
               if (!stored.ok()) return stored.status();
               storage::ClientKeysRecord record = stored->has_value() ? (*stored)->record : storage::ClientKeysRecord();
               record.mutable_client_keys()->set_unknown_kid(task.unknown_kid);
               ToProto(clock_.Now(), *record.mutable_client_keys()->mutable_unknown_kid_time());
               storage::PutClientKeys(transaction, task.name.tenant, task.name.client,
                                      stored->has_value() ? &(*stored)->record : nullptr, record);
               return absl::OkStatus();
             })
      .status();
}

}  // namespace cimd::services
