#include "server/upkeep/maintenance.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/telemetry/json_log.h"
#include "storage/keys.h"
#include "storage/repositories/idempotency_records.h"
#include "storage/repositories/purge.h"

namespace cimd {
namespace {

constexpr absl::Duration kSyncInterval = absl::Seconds(1);
constexpr absl::Duration kTaskInterval = absl::Minutes(1);
constexpr absl::Duration kUpkeepInterval = absl::Hours(1);

void LogUpkeepFailure(std::string_view event, const absl::Status& status) {
  telemetry::Log(telemetry::Severity::kWarning, event, {{"error", status.ToString()}});
}

// Counts skipped records and logs each of them.
class UnreadableRecords {
 public:
  UnreadableRecords(std::string_view work, telemetry::Metrics& metrics) : work_(work), metrics_(metrics) {}

  void operator()(std::string_view key) const {
    metrics_.CountUnreadableRecords(1);
    telemetry::Log(telemetry::Severity::kError, "unreadable_record",
                   {{"work", work_},
                    {"owner", storage::keys::TenantOf(key)},
                    {"record", storage::keys::Describe(key)},
                    {"message", "`cimdctl admin check` lists all such records"}});
  }

 private:
  const std::string_view work_;
  telemetry::Metrics& metrics_;
};

}  // namespace

Maintenance::Maintenance(storage::Store& store, storage::UsedAssertions& used_assertions, const rpc::Clock& clock,
                         telemetry::Metrics& metrics, Task every_minute)
    : store_(store),
      used_assertions_(used_assertions),
      clock_(clock),
      metrics_(metrics),
      every_minute_(std::move(every_minute)) {
  sync_.emplace(PeriodicTask::Options{.interval = kSyncInterval}, [this](auto) {
    absl::Status synced = used_assertions_.Sync(clock_.Now());
    if (!synced.ok()) LogUpkeepFailure("used_assertions_failed", synced);
  });
  forget_.emplace(PeriodicTask::Options{.interval = kUpkeepInterval},
                  [this](auto stopping) { ForgetRequests(stopping); });
  purge_.emplace(PeriodicTask::Options{.interval = kUpkeepInterval}, [this](auto stopping) { Purge(stopping); });
  minute_.emplace(PeriodicTask::Options{.interval = kTaskInterval, .run_at_start = false, .run_at_stop = true},
                  [this](auto) {
                    absl::Status done = every_minute_();
                    if (!done.ok()) LogUpkeepFailure("maintenance_task_failed", done);
                  });
}

Maintenance::~Maintenance() = default;

void Maintenance::Purge(absl::FunctionRef<bool()> stopping) {
  storage::PurgeWalk walk(store_);
  const UnreadableRecords unreadable("purge", metrics_);
  while (!stopping()) {
    absl::StatusOr<bool> more = walk.Step(unreadable);
    if (!more.ok()) return LogUpkeepFailure("purge_failed", more.status());
    if (!*more) return;
  }
}

void Maintenance::ForgetRequests(absl::FunctionRef<bool()> stopping) {
  std::vector<std::string> owners{std::string(storage::keys::kPlatform)};
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store_.TakeSnapshot();
  if (!snapshot.ok()) return LogUpkeepFailure("forget_requests_failed", snapshot.status());
  // The keys contain the tenants' ids; the records are not needed.
  absl::Status scanned = (*snapshot)->Scan(storage::keys::All(storage::keys::kPlatform, storage::keys::Kind::kTenant),
                                           /*limit=*/0, [&](std::string_view key, std::string_view, storage::Revision) {
                                             owners.push_back(storage::keys::FirstPartOf(key));
                                             return true;
                                           });
  if (!scanned.ok()) LogUpkeepFailure("forget_requests_failed", scanned);
  snapshot->reset();
  const UnreadableRecords unreadable("forget_requests", metrics_);
  for (const std::string& owner : owners) {
    if (stopping()) return;
    absl::Status forgotten = storage::ForgetOldRequests(store_, owner, clock_.Now(), unreadable);
    if (!forgotten.ok()) LogUpkeepFailure("forget_requests_failed", forgotten);
  }
}

}  // namespace cimd
