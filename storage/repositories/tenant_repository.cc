#include "storage/repositories/tenant_repository.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace cimd::storage {
namespace {

std::string_view TenantId(const v1::Tenant& tenant) {
  return std::string_view(tenant.name()).substr(std::string_view("tenants/").size());
}

// Splits a checked issuer ("https://host[:port][/path]") into its lower-case host and its path without a final slash.
TenantAddress IssuerAddress(std::string_view issuer) {
  std::string_view rest = issuer.substr(std::string_view("https://").size());
  std::string_view authority = rest.substr(0, rest.find('/'));
  std::string_view path = rest.substr(authority.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  return {absl::AsciiStrToLower(std::string(authority.substr(0, authority.find(':')))), std::string(path)};
}

}  // namespace

std::vector<TenantAddress> TenantAddresses(const v1::Tenant& tenant) {
  std::vector<TenantAddress> addresses;
  TenantAddress issuer;
  if (!tenant.issuer().empty()) {
    issuer = IssuerAddress(tenant.issuer());
    addresses.push_back(issuer);
  }
  for (const std::string& domain : tenant.domains()) addresses.emplace_back(domain, issuer.second);
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

absl::Status PutTenant(Transaction& transaction, const v1::Tenant* before, const v1::Tenant& after) {
  std::vector<TenantAddress> addresses = TenantAddresses(after);
  for (const auto& [domain, path] : addresses) {
    absl::StatusOr<std::string> owner = FindTenantByDomain(transaction, domain, path);
    if (!owner.ok()) return owner.status();
    if (!owner->empty() && *owner != TenantId(after))
      return absl::AlreadyExistsError(fmt::format("{}{}", domain, path));
  }
  if (before != nullptr) {
    for (const auto& [domain, path] : TenantAddresses(*before)) transaction.Delete(keys::TenantDomain(domain, path));
  }
  TenantDomainRecord address;
  address.set_tenant(std::string(TenantId(after)));
  for (const auto& [domain, path] : addresses) PutRecord(transaction, keys::TenantDomain(domain, path), address);
  TenantRecord record;
  *record.mutable_tenant() = after;
  PutRecord(transaction, keys::Tenant(TenantId(after)), record);
  return absl::OkStatus();
}

void DeleteTenant(Transaction& transaction, const v1::Tenant& tenant) {
  for (const auto& [domain, path] : TenantAddresses(tenant)) transaction.Delete(keys::TenantDomain(domain, path));
  transaction.Delete(keys::Tenant(TenantId(tenant)));
}

v1::Tenant ServedTenant(Stored<TenantRecord>&& stored) {
  v1::Tenant tenant = std::move(*stored.record.mutable_tenant());
  tenant.set_etag(fmt::format("{}", stored.revision));
  return tenant;
}

}  // namespace cimd::storage
