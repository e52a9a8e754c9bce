#include "server/upkeep/maintenance.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "server/rpc/resource_name.h"
#include "server/telemetry/json_log.h"
#include "storage/keys.h"
#include "storage/repositories/purge.h"
#include "storage/record.h"
#include "storage/repositories/idempotency_records.h"

namespace cimd {
namespace {

// By a clock that is never set: pauses are about the machine's work and not about what the time is said to be.
using Steady = std::chrono::steady_clock;

constexpr auto kTaskInterval = std::chrono::minutes(1);
constexpr auto kForgetInterval = std::chrono::hours(1);
constexpr auto kSyncInterval = std::chrono::seconds(1);

void LogFailure(std::string_view event, const absl::Status& status) {
  telemetry::Log(telemetry::Severity::kWarning, event, {{"error", status.ToString()}});
}

}  // namespace

Maintenance::Maintenance(storage::Store& store, storage::UsedAssertions& used_assertions, const rpc::Clock& clock,
                         Task every_minute)
    : store_(store),
      used_assertions_(used_assertions),
      clock_(clock),
      every_minute_(std::move(every_minute)),
      thread_([this] { Run(); }) {}

Maintenance::~Maintenance() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Maintenance::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

bool Maintenance::stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void Maintenance::Run() {
  Steady::time_point next_forget = Steady::now();
  Steady::time_point next_task = next_forget + kTaskInterval;
  bool last = false;
  while (!last) {
    bool woken = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(
          absl::Condition(
              +[](Maintenance* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->stopping_ || self->woken_; }, this),
          absl::FromChrono(kSyncInterval));
      last = stopping_;
      woken = std::exchange(woken_, false);
    }
    if (last || Steady::now() >= next_task) {
      if (absl::Status status = every_minute_(); !status.ok()) LogFailure("maintenance_task_failed", status);
      next_task = Steady::now() + kTaskInterval;
    }
    if (last) return;
    SyncUsedAssertions();
    if (!woken && Steady::now() < next_forget) continue;
    Purge();
    ForgetRequests();
    next_forget = Steady::now() + kForgetInterval;
  }
}

void Maintenance::SyncUsedAssertions() {
  if (Steady::now() < next_sync_) return;
  if (absl::Status synced = used_assertions_.Sync(clock_.Now()); !synced.ok()) LogFailure("used_assertions_failed", synced);
  next_sync_ = Steady::now() + kSyncInterval;
}

void Maintenance::Purge() {
  while (!stopping()) {
    SyncUsedAssertions();
    absl::StatusOr<bool> more = storage::PurgeSome(store_);
    if (!more.ok()) return LogFailure("purge_failed", more.status());
    if (!*more) return;
  }
}

void Maintenance::ForgetRequests() {
  std::vector<std::string> places{std::string(storage::keys::kPlatform)};
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store_.TakeSnapshot();
  if (!snapshot.ok()) return LogFailure("forget_requests_failed", snapshot.status());
  absl::Status scanned = (*snapshot)->Scan(
      storage::keys::All(storage::keys::kPlatform, storage::keys::Kind::kTenant), /*limit=*/0,
      [&](std::string_view, std::string_view value, storage::Revision) {
        storage::TenantRecord record;
        if (storage::ParseRecord(value, record).ok()) {
          places.emplace_back(rpc::TenantOfName(record.tenant().name()));
        }
        return true;
      });
  if (!scanned.ok()) return LogFailure("forget_requests_failed", scanned);
  for (const std::string& place : places) {
    if (stopping()) return;
    SyncUsedAssertions();
    absl::Status forgotten = storage::ForgetOldRequests(store_, place, clock_.Now());
    if (!forgotten.ok()) return LogFailure("forget_requests_failed", forgotten);
  }
}

}  // namespace cimd
