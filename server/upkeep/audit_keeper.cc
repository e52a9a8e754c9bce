#include "server/upkeep/audit_keeper.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/crypto/sha256.h"
#include "server/telemetry/json_log.h"
#include "storage/audit/audit_chain.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"
#include "storage/run_in_transaction.h"

namespace cimd {
namespace {

// The longest time that a new event waits to be linked while the store works.
constexpr absl::Duration kLinkInterval = absl::Milliseconds(250);
// The pause after a failure.
constexpr absl::Duration kRetryInterval = absl::Seconds(10);
constexpr absl::Duration kSweepInterval = absl::Hours(1);
constexpr size_t kDenialsPerCommit = 100;

void LogFailure(std::string_view event, std::string_view tenant, const absl::Status& status) {
  telemetry::Log(telemetry::Severity::kWarning, event, {{"tenant", tenant}, {"error", status.ToString()}});
}

}  // namespace

AuditKeeper::AuditKeeper(storage::Store& store, const rpc::Clock& clock, telemetry::Metrics& metrics,
                         AuditKeeperOptions options)
    : store_(store), clock_(clock), metrics_(metrics), options_(std::move(options)), thread_([this] { Run(); }) {}

AuditKeeper::~AuditKeeper() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void AuditKeeper::EventsCommitted(std::string_view tenant) {
  absl::MutexLock lock(&mutex_);
  auto [noted, is_new] = unlinked_.try_emplace(std::string(storage::keys::OwnerOf(tenant)));
  if (is_new) noted->second = Steady::now();
}

absl::Duration AuditKeeper::Backlog() {
  const Steady::time_point now = Steady::now();
  Steady::time_point oldest = now;
  absl::MutexLock lock(&mutex_);
  for (const auto* logs : {&unlinked_, &linking_}) {
    for (const auto& [tenant, since] : *logs) oldest = std::min(oldest, since);
  }
  return absl::FromChrono(now - oldest);
}

bool AuditKeeper::stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void AuditKeeper::Run() {
  Steady::time_point next_sweep = Steady::now();
  Steady::time_point next_try = next_sweep;
  for (bool stopping = false; !stopping;) {
    const Steady::time_point now = Steady::now();
    if (now >= next_sweep) {
      FindLogs();
      ExpireEvents();
      next_sweep = now + absl::ToChronoNanoseconds(kSweepInterval);
    }
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kLinkInterval);
      stopping = stopping_;
    }
    WriteDenials(/*all=*/stopping);
    if (!stopping && Steady::now() < next_try) continue;
    if (!LinkEvents()) next_try = Steady::now() + absl::ToChronoNanoseconds(kRetryInterval);
  }
}

void AuditKeeper::FindLogs() {
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store_.TakeSnapshot();
  if (!snapshot.ok()) return LogFailure("audit_logs_not_found", "", snapshot.status());
  absl::StatusOr<std::vector<std::string>> tenants = storage::FindAuditLogs(**snapshot);
  if (!tenants.ok()) return LogFailure("audit_logs_not_found", "", tenants.status());
  for (const std::string& tenant : *tenants) EventsCommitted(tenant);
}

void AuditKeeper::WriteDenials(bool all) {
  const std::vector<DeniedCalls::Sample> samples = denied_.Take(clock_.Now(), all);
  for (size_t first = 0; first < samples.size(); first += kDenialsPerCommit) {
    const size_t last = std::min(first + kDenialsPerCommit, samples.size());
    absl::StatusOr<storage::Revision> committed =
        storage::RunInTransaction(store_, [&](storage::Transaction& transaction) {
          absl::Status status;
          for (size_t i = first; i < last && status.ok(); ++i) status = AppendDenial(transaction, samples[i]);
          return status;
        });
    // Samples that cannot be written are dropped: keeping them would use memory while the disk is full. The metrics
    // have already counted the calls.
    if (!committed.ok()) LogFailure("denied_calls_not_written", "", committed.status());
  }
  for (const DeniedCalls::Sample& sample : samples) EventsCommitted(sample.owner);
}

bool AuditKeeper::LinkEvents() {
  std::map<std::string, Steady::time_point> unlinked;
  {
    absl::MutexLock lock(&mutex_);
    std::swap(unlinked, unlinked_);
    linking_ = unlinked;
  }
  bool all = true;
  for (const auto& [tenant, since] : unlinked) {
    absl::StatusOr<int64_t> linked = storage::LinkAuditEvents(store_, tenant, crypto::Sha256);
    {
      absl::MutexLock lock(&mutex_);
      linking_.erase(tenant);
      // If an entry was added in the meantime, it has a later time.
      if (!linked.ok()) unlinked_[tenant] = since;
    }
    if (linked.ok()) {
      metrics_.CountLinkedAuditEvents(*linked);
    } else {
      LogFailure("audit_events_not_linked", tenant, linked.status());
      all = false;
    }
  }
  return all;
}

void AuditKeeper::ExpireEvents() {
  if (options_.retention == absl::ZeroDuration()) return;
  std::vector<std::string> tenants;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [tenant, since] : unlinked_) tenants.push_back(tenant);
  }
  for (const std::string& tenant : tenants) {
    absl::StatusOr<bool> more = true;
    while (more.ok() && *more && !stopping())
      more = storage::ExpireAuditLinks(store_, tenant, clock_.Now() - options_.retention);
    if (!more.ok()) LogFailure("audit_events_not_expired", tenant, more.status());
  }
  if (options_.purge_scheduled) options_.purge_scheduled();
}

}  // namespace cimd
