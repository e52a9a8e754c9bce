#ifndef CIMD_SERVER_MUTATIONS_SERVER_EVENT_H_
#define CIMD_SERVER_MUTATIONS_SERVER_EVENT_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "server/rpc/proto_time.h"

namespace cimd::services {

// The audit event of a change that the server made on its own, without a caller. `method` is the method by which a
// caller would make the same change. `resource` is the name of the changed resource.
inline storage::AuditRecord ServerEvent(std::string_view method, std::string_view resource, absl::Time now) {
  storage::AuditRecord event;
  ToProto(now, *event.mutable_time());
  event.set_caller_kind(v1::CALLER_KIND_SERVER);
  event.set_caller_display_name("cimd-server");
  event.set_method(std::string(method));
  event.set_resource(std::string(resource));
  event.set_outcome(v1::AUDIT_OUTCOME_CHANGED);
  event.set_count(1);
  return event;
}

}  // namespace cimd::services

#endif  // CIMD_SERVER_MUTATIONS_SERVER_EVENT_H_
