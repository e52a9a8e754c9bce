#ifndef CIMD_STORAGE_AUDIT_AUDIT_LOG_H_
#define CIMD_STORAGE_AUDIT_AUDIT_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// The record of who changed what: one log for each tenant and one for the platform. An event is written by the
// transaction that makes the change, so neither exists without the other; events sort in the order of commits, and
// writers never conflict over them. The chain that makes tampering visible is laid over a log afterwards:
// audit_chain.h.
//
// `tenant` is an id everywhere, or keys::kPlatform for what happens to tenants themselves. A log outlives its tenant,
// until its events expire. A *position* is where an event stands in its log: see keys::AuditEvent.
namespace cimd::storage {

inline void AppendAuditEvent(Transaction& transaction, std::string_view tenant, const AuditRecord& event) {
  transaction.Append(keys::AuditEventPrefix(tenant), event.SerializeAsString());
}

// Begins the log of a new tenant. `newest` is the store's revision, at which no earlier tenant of the same id is left;
// what that one's log has is not for callers of the new tenant.
absl::Status BeginAuditLog(Transaction& transaction, std::string_view tenant, Revision newest);

// What the log's chain begins and ends with; an empty record when there are no links yet.
template <typename Source>
absl::StatusOr<AuditChainRecord> FindAuditChain(Source& source, std::string_view tenant) {
  auto found = Find<AuditChainRecord>(source, keys::AuditChain(tenant));
  if (!found.ok()) return found.status();
  return found->has_value() ? std::move((*found)->record) : AuditChainRecord();
}

// The logs that there are, the platform's first, by tenant.
absl::StatusOr<std::vector<std::string>> FindAuditLogs(const Snapshot& snapshot);

// Which part of a log is read.
struct AuditStretch {
  // The first position of it; empty: the log's beginning.
  std::string begin;
  // The last one, where reading starts; empty: the log's end.
  std::string last;
  // What is surely outside of [start_time, end_time) is not read; what is read may be outside.
  absl::Time start_time = absl::InfinitePast();
  absl::Time end_time = absl::InfiniteFuture();
};

// Called with each event; false ends the reading before the event.
using AuditVisitor = absl::FunctionRef<bool(std::string_view position, const AuditRecord& event)>;

// Reads a log backwards, the newest event first: those that are not linked yet, then link by link. Returns the position
// at which to go on, empty when the beginning was reached. After `max_events` it stops at the end of the link, however
// few of them the visitor liked. Memory: the events of one link, or those that are not linked yet.
//
// Links are found by time with a binary search. Events have the times at which calls arrived, so their order is only
// nearly that of commits: the end of the wanted time is searched with kAuditClockSlack to spare. A clock that was set
// back by more than that can hide events from a search by time, and never from one without.
inline constexpr absl::Duration kAuditClockSlack = absl::Hours(1);
absl::StatusOr<std::string> ReadAuditEvents(const Snapshot& snapshot, std::string_view tenant,
                                            const AuditStretch& stretch, int64_t max_events, AuditVisitor visit);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_AUDIT_LOG_H_
