#include "server/upkeep/denied_calls.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/errors/errors.h"
#include "server/rpc/peer.h"
#include "server/rpc/proto_time.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"

namespace cimd {

void DeniedCalls::Add(const rpc::DeniedCall& call, absl::Time now, storage::Revision revision) {
  const std::string prefix = "ERROR_REASON_";
  const std::string reason = v1::ErrorReason_Name(rpc::errors::ReasonOf(call.status)).substr(prefix.size());
  Key key{0, "", "", "", reason};
  if (call.caller != nullptr) {
    key = {call.caller->kind, call.caller->id.empty() ? call.caller->name : call.caller->id, call.caller->tenant,
           std::string(call.method.name), reason};
  }
  absl::MutexLock lock(&mutex_);
  if (denials_.size() >= kMaxDenialKinds && !denials_.contains(key)) key = {0, "", "", "", reason};
  Denials& denials = denials_[key];
  if (denials.count == 0) denials.revision = revision;
  ++denials.count;
  storage::AuditRecord& last = denials.last;
  last.Clear();
  services::ToProto(now, *last.mutable_time());
  last.set_outcome(v1::AUDIT_OUTCOME_DENIED);
  last.set_reason(reason);
  last.set_address(rpc::AddressOfPeer(call.peer));
  last.set_trace_id(rpc::TraceIdOf(call.traceparent));
  if (std::get<0>(key) == 0) return;
  last.set_caller_kind(call.caller->kind);
  last.set_caller(call.caller->id);
  last.set_caller_display_name(call.caller->name);
  last.set_method(std::string(call.method.name));
}

std::vector<DeniedCalls::Sample> DeniedCalls::Take(absl::Time now, bool all) {
  std::vector<Sample> samples;
  absl::MutexLock lock(&mutex_);
  for (auto entry = denials_.begin(); entry != denials_.end();) {
    Denials& denials = entry->second;
    // A time further ahead than one interval means that the clock was set back.
    if (!all && denials.due > now && denials.due <= now + kDenialInterval) {
      ++entry;
    } else if (denials.count == 0) {
      entry = denials_.erase(entry);
    } else {
      const std::string& tenant = std::get<2>(entry->first);
      denials.last.set_count(denials.count);
      samples.push_back({std::string(storage::keys::OwnerOf(tenant)), denials.revision, denials.last});
      denials.count = 0;
      denials.due = now + kDenialInterval;
      ++entry;
    }
  }
  return samples;
}

absl::Status AppendDenial(storage::Transaction& transaction, const DeniedCalls::Sample& sample) {
  absl::StatusOr<storage::AuditChainRecord> chain = storage::FindAuditChain(transaction, sample.owner);
  // An unreadable chain of one log must not block the samples of other logs.
  if (absl::IsDataLoss(chain.status())) return absl::OkStatus();
  if (!chain.ok()) return chain.status();
  if (chain->tenant_begin() > storage::keys::AuditPosition(sample.revision)) return absl::OkStatus();
  storage::AppendAuditEvent(transaction, sample.owner, sample.event);
  return absl::OkStatus();
}

}  // namespace cimd
