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

// Tenants, and which of them answers for a host and issuer path.
namespace cimd::storage {

template <typename Source>
MaybeStored<TenantRecord> FindTenant(Source& source, std::string_view tenant) {
  return Find<TenantRecord>(source, keys::Tenant(tenant));
}

// The id of the tenant that answers for a host and issuer path; empty when none does.
template <typename Source>
absl::StatusOr<std::string> FindTenantByDomain(Source& source, std::string_view domain, std::string_view issuer_path) {
  auto found = Find<TenantDomainRecord>(source, keys::TenantDomain(domain, issuer_path));
  if (!found.ok()) return found.status();
  return found->has_value() ? (*found)->record.tenant() : std::string();
}

// A host and issuer path.
using TenantAddress = std::pair<std::string, std::string>;

// Where a tenant answers: its issuer's host and every host of its domains, each with the path of its issuer.
std::vector<TenantAddress> TenantAddresses(const v1::Tenant& tenant);

// Writes a tenant and brings its addresses up to date; `before` is what was stored, null for a new tenant.
// kAlreadyExists, with the host as the message, when an address belongs to another tenant.
absl::Status PutTenant(Transaction& transaction, const v1::Tenant* before, const v1::Tenant& after);

// Removes a tenant's record and addresses. What stands under the tenant is the caller's to purge.
void DeleteTenant(Transaction& transaction, const v1::Tenant& tenant);

// The tenant as callers see it, with its etag. Moves the record's content out.
v1::Tenant ServedTenant(Stored<TenantRecord>&& stored);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_TENANT_REPOSITORY_H_
