#include "server/maintenance.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "server/rpc/resource_name.h"
#include "server/telemetry/json_log.h"
#include "storage/keys.h"
#include "storage/purge.h"
#include "storage/record.h"
#include "storage/request_log.h"

namespace cimd {
namespace {

constexpr absl::Duration kForgetInterval = absl::Hours(1);

void LogFailure(std::string_view event, const absl::Status& status) {
  telemetry::Log(telemetry::Severity::kWarning, event, {{"error", status.ToString()}});
}

}  // namespace

Maintenance::Maintenance(storage::Store& store, const rpc::Clock& clock)
    : store_(store), clock_(clock), thread_([this] { Run(); }) {}

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
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(
          absl::Condition(
              +[](Maintenance* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->stopping_ || self->woken_; }, this),
          kForgetInterval);
      if (stopping_) return;
      woken_ = false;
    }
    Purge();
    ForgetRequests();
  }
}

void Maintenance::Purge() {
  while (!stopping()) {
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
    absl::Status forgotten = storage::ForgetOldRequests(store_, place, clock_.Now());
    if (!forgotten.ok()) return LogFailure("forget_requests_failed", forgotten);
  }
}

}  // namespace cimd
