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

// Audit logs: who changed what. There is one log for each tenant and one for the platform. The transaction that makes a
// change also appends its event, so neither exists without the other. Events sort in the order of commits, and
// appending never conflicts. A hash chain that makes tampering visible is added afterwards: audit_chain.h.
//
// `tenant` is the owner of a log: a tenant's id, or keys::kPlatform. A log outlives its tenant until its events expire.
// A position identifies an event in its log; see keys::AuditEvent.
namespace cimd::storage {

inline void AppendAuditEvent(Transaction& transaction, std::string_view tenant, const AuditRecord& event) {
  transaction.Append(keys::AuditEventPrefix(tenant), event.SerializeAsString());
}

// Begins the log of a new tenant. An earlier tenant with the same id may have left a log; callers of the new tenant
// must not see its events. `newest` is a revision of the store at which the earlier tenant was gone.
absl::Status BeginAuditLog(Transaction& transaction, std::string_view tenant, Revision newest);

// The state of a log's chain; an empty record when there is none yet.
template <typename Source>
absl::StatusOr<AuditChainRecord> FindAuditChain(Source& source, std::string_view tenant) {
  auto found = Find<AuditChainRecord>(source, keys::AuditChain(tenant));
  if (!found.ok()) return found.status();
  return found->has_value() ? std::move((*found)->record) : AuditChainRecord();
}

// The owners of all logs: the platform first, then tenants in order.
absl::StatusOr<std::vector<std::string>> FindAuditLogs(const Snapshot& snapshot);

// Which part of a log is read.
struct AuditStretch {
  // The first position of it; empty: the log's beginning.
  std::string begin;
  // The last one, where reading starts; empty: the log's end.
  std::string last;
  // Links outside of [start_time, end_time) are not read. Events that are read can still be outside.
  absl::Time start_time = absl::InfinitePast();
  absl::Time end_time = absl::InfiniteFuture();
};

// Receives each event. False ends the reading; the event then counts as not read.
using AuditVisitor = absl::FunctionRef<bool(std::string_view position, const AuditRecord& event)>;

// Reads a log from the newest event to the oldest: first the events that are not linked yet, then link by link. Returns
// the position at which to continue; empty when the beginning was reached. After `max_events` it stops at the end of
// the link. Holds the events of one link in memory, or all that are not linked yet.
//
// Links are found by time with a binary search. An event's time is when the call arrived, so times are only roughly in
// the order of commits; the search adds kAuditClockSlack to the end time. If the clock was set back by more than that,
// a search by time can miss events. A search without times never does.
inline constexpr absl::Duration kAuditClockSlack = absl::Hours(1);
absl::StatusOr<std::string> ReadAuditEvents(const Snapshot& snapshot, std::string_view tenant,
                                            const AuditStretch& stretch, int64_t max_events, AuditVisitor visit);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_AUDIT_LOG_H_
