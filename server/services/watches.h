#ifndef CIMD_SERVER_SERVICES_WATCHES_H_
#define CIMD_SERVER_SERVICES_WATCHES_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/resource_name.h"
#include "server/rpc/stream.h"
#include "server/watch/change_hub.h"
#include "server/watch/topic.h"
#include "storage/store.h"

// Topics of the Watch methods. A written record is sent as the Get method returns it. Of a deleted one, only the
// identifier is sent.
namespace cimd::services {

const watch::Topic& ClientTopic();
const watch::Topic& ClientGrantTopic();
// Options may hold secrets. Set `with_options` only for callers that may read them.
const watch::Topic& ConnectionTopic(bool with_options);

// CURSOR_EXPIRED for a cursor from before the tenant was created. A tenant id can be reused: even a forged cursor must
// not reveal resources of an earlier tenant.
absl::Status CheckCursor(const storage::Store& store, const watch::Topic& topic, std::string_view tenant,
                         std::string_view cursor);

// Shared by all Watch methods for the resources of a tenant.
template <typename Request>
absl::Status WatchTenant(const storage::Store& store, watch::ChangeHub& hub, const watch::Topic& topic,
                         const Request& request, const std::shared_ptr<rpc::Stream>& stream) {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (absl::Status status = CheckCursor(store, topic, *tenant, request.cursor()); !status.ok()) return status;
  return hub.Feed(*std::move(tenant), topic, request.cursor(), stream);
}

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_WATCHES_H_
