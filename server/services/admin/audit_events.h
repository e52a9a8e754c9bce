#ifndef CIMD_SERVER_SERVICES_ADMIN_AUDIT_EVENTS_H_
#define CIMD_SERVER_SERVICES_ADMIN_AUDIT_EVENTS_H_

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/rpc/request_context.h"
#include "server/rpc/stream.h"
#include "server/watch/change_hub.h"
#include "storage/store.h"

namespace cimd::services {

// Reading the audit log: the methods of cimd.v1.AdminService about it. A log outlives its tenant, and is then the
// platform's to read; callers of a new tenant of the same id see their own tenant's events only. Thread-safe.
class AuditHandlers {
 public:
  // Both outlive this.
  AuditHandlers(storage::Store& store, watch::ChangeHub& hub) : store_(store), hub_(hub) {}

  absl::StatusOr<v1::AuditEvent> GetAuditEvent(rpc::RequestContext& call,
                                               const v1::GetAuditEventRequest& request) const;
  absl::StatusOr<v1::ListAuditEventsResponse> ListAuditEvents(rpc::RequestContext& call,
                                                              const v1::ListAuditEventsRequest& request) const;
  absl::Status WatchAuditEvents(rpc::RequestContext& call, const v1::WatchAuditEventsRequest& request,
                                const std::shared_ptr<rpc::Stream>& stream) const;
  absl::StatusOr<v1::VerifyAuditLogResponse> VerifyAuditLog(rpc::RequestContext& call,
                                                            const v1::VerifyAuditLogRequest& request) const;

 private:
  storage::Store& store_;
  watch::ChangeHub& hub_;
  // One walk over a log at a time: more would only take threads and the disk from those who write.
  mutable std::mutex verification_;
};

// The event as callers see it. `tenant` is an id or keys::kPlatform; ids of events are their positions, in hexadecimal.
v1::AuditEvent ServedAuditEvent(std::string_view tenant, std::string_view position, storage::AuditRecord record);

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_ADMIN_AUDIT_EVENTS_H_
