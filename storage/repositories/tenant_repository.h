#ifndef CIMD_STORAGE_REPOSITORIES_TENANT_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_TENANT_REPOSITORY_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/admin_service.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// Tenants, and the hosts and issuer paths that they serve. See client_repository.h for what holds for all repositories.
namespace cimd::storage {

template <typename Source>
MaybeStored<TenantRecord> FindTenant(Source& source, std::string_view tenant) {
  return Find<TenantRecord>(source, keys::Tenant(tenant));
}

// The id of the tenant that serves a host and issuer path; empty when there is none.
template <typename Source>
absl::StatusOr<std::string> FindTenantByDomain(Source& source, std::string_view domain, std::string_view issuer_path) {
  auto found = Find<TenantDomainRecord>(source, keys::TenantDomain(domain, issuer_path));
  if (!found.ok()) return found.status();
  return found->has_value() ? (*found)->record.tenant() : std::string();
}

// A host and issuer path.
using TenantAddress = std::pair<std::string, std::string>;

// What a tenant serves: its issuer's host and each of its domains, all with the path of its issuer.
std::vector<TenantAddress> TenantAddresses(const v1::Tenant& tenant);

// Writes a tenant and its addresses. `before` is the stored tenant, null for a new one. kAlreadyExists when another
// tenant has one of the addresses, which is the message.
absl::Status PutTenant(Transaction& transaction, const v1::Tenant* before, const v1::Tenant& after);

// Deletes a tenant's record and addresses. The caller purges what the tenant owns.
void DeleteTenant(Transaction& transaction, const v1::Tenant& tenant);

// The tenant as the API returns it, with its etag. Moves from the record.
v1::Tenant ServedTenant(Stored<TenantRecord>&& stored);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_TENANT_REPOSITORY_H_
