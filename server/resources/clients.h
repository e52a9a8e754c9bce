#ifndef CIMD_SERVER_RESOURCES_CLIENTS_H_
#define CIMD_SERVER_RESOURCES_CLIENTS_H_

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "server/errors/errors.h"
#include "server/resources/etag.h"
#include "server/resources/tenants.h"
#include "server/rpc/resource_name.h"
#include "storage/repositories/client_repository.h"

namespace cimd::services {

using StoredClient = storage::Stored<storage::ClientRecord>;

// Reads the client of this name from a Store, Snapshot or Transaction. Errors: CLIENT_NOT_FOUND, and those of
// RequireTenant.
template <typename Source>
absl::StatusOr<StoredClient> RequireClient(Source& source, const rpc::ClientName& name) {
  if (absl::Status status = RequireTenant(source, name.tenant).status(); !status.ok()) return status;
  storage::MaybeStored<storage::ClientRecord> found = storage::FindClientById(source, name.tenant, name.client);
  if (!found.ok()) return rpc::errors::FromStore(found.status());
  if (!found->has_value()) return rpc::errors::ClientNotFound(rpc::MakeClientName(name.tenant, name.client));
  return **std::move(found);
}

inline absl::Status CheckEtag(const StoredClient& stored, std::string_view etag) {
  return CheckEtag(stored.record.client().name(), stored.revision, etag);
}

// Errors: CLIENT_BLOCKED when the tenant blocks the URL.
template <typename Source>
absl::Status CheckNotBlocked(Source& source, std::string_view tenant, std::string_view external_client_id) {
  auto block = storage::FindClientBlock(source, tenant, external_client_id);
  if (!block.ok()) return rpc::errors::FromStore(block.status());
  return block->has_value() ? rpc::errors::ClientBlocked(external_client_id) : absl::OkStatus();
}

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_CLIENTS_H_
