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

// Implements the methods of cimd.v1.AdminService that read audit logs. A log outlives its tenant and is then readable
// by platform callers. Callers of a new tenant with the same id see only the events of the new tenant. Thread-safe.
class AuditHandlers {
 public:
  // Both must outlive this.
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
  // Limits verification to one at a time, because it occupies a thread and the disk.
  mutable std::mutex verification_;
};

// The event as the API returns it. `tenant` is an id or keys::kPlatform. The id of an event is its position in
// hexadecimal.
v1::AuditEvent ServedAuditEvent(std::string_view tenant, std::string_view position, storage::AuditRecord record);

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_ADMIN_AUDIT_EVENTS_H_
