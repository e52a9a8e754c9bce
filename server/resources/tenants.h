#ifndef CIMD_SERVER_RESOURCES_TENANTS_H_
#define CIMD_SERVER_RESOURCES_TENANTS_H_

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/errors/errors.h"
#include "storage/repositories/tenant_repository.h"

namespace cimd::services {

// Reads the tenant of a call from a Store, Snapshot or Transaction. In a transaction, a concurrent change of the tenant
// fails the commit. Errors: TENANT_NOT_FOUND, TENANT_BEING_DELETED.
template <typename Source>
absl::StatusOr<v1::Tenant> RequireTenant(Source& source, std::string_view tenant) {
  storage::MaybeStored<storage::TenantRecord> stored = storage::FindTenant(source, tenant);
  if (!stored.ok()) return rpc::errors::FromStore(stored.status());
  if (!stored->has_value()) return rpc::errors::TenantNotFound(tenant);
  if ((*stored)->record.tenant().state() == v1::TENANT_STATE_DELETING) return rpc::errors::TenantBeingDeleted(tenant);
  return storage::ServedTenant(**std::move(stored));
}

// The same for calls that require Client ID Metadata Documents to be enabled. Further error: CIMD_DISABLED.
template <typename Source>
absl::StatusOr<v1::Tenant> RequireCimdTenant(Source& source, std::string_view tenant) {
  absl::StatusOr<v1::Tenant> found = RequireTenant(source, tenant);
  if (found.ok() && !found->client_id_metadata_document_supported()) return rpc::errors::CimdDisabled(tenant);
  return found;
}

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_TENANTS_H_
