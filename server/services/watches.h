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

// What the Watch methods tell: records as the Get methods serve them; of what was deleted, only which it was.
namespace cimd::services {

const watch::Topic& ClientTopic();
const watch::Topic& ClientGrantTopic();
// The options may hold secrets: `with_options` is for callers who may read them.
const watch::Topic& ConnectionTopic(bool with_options);

// Refuses a cursor from before the tenant began, with CURSOR_EXPIRED: what an earlier tenant of the same id had is not
// to be had, not even with a cursor that was made by hand.
absl::Status CheckCursor(const storage::Store& store, const watch::Topic& topic, std::string_view tenant,
                         std::string_view cursor);

// The part that all Watch methods of a tenant's resources share.
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
