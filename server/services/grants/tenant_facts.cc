#include "server/services/grants/tenant_facts.h"

#include <utility>

#include "absl/strings/string_view.h"
#include "fmt/format.h"
#include "server/errors/errors.h"
#include "server/resources/tenants.h"
#include "storage/repositories/connection_repository.h"
#include "storage/repositories/grant_repository.h"

namespace cimd::services {

template <typename Fact, typename Read>
absl::StatusOr<std::shared_ptr<const Fact>> TenantFacts::FindOrRead(Facts<Fact>& facts, std::string_view key,
                                                                    Read read) {
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (auto kept = facts.find(key); kept != facts.end()) return kept->second;
  }
  // Several threads may read the same fact at once. They read equal values.
  absl::StatusOr<std::shared_ptr<const Fact>> fact = read();
  if (!fact.ok()) return rpc::errors::FromStore(fact.status());
  if (*fact == nullptr) return fact;
  absl::MutexLock lock(&mutex_);
  const size_t bytes = key.size() + (*fact)->ByteSizeLong();
  if (bytes_ + bytes <= kMaxBytes && facts.emplace(key, *fact).second) bytes_ += bytes;
  return fact;
}

absl::StatusOr<std::shared_ptr<const storage::DomainConnectionsRecord>> TenantFacts::DomainConnections(
    const storage::Snapshot& snapshot) {
  return FindOrRead(connections_, "", [&]() -> absl::StatusOr<std::shared_ptr<const storage::DomainConnectionsRecord>> {
    absl::StatusOr<storage::DomainConnectionsRecord> found = storage::FindDomainConnections(snapshot, tenant_id_);
    if (!found.ok()) return found.status();
    return std::make_shared<const storage::DomainConnectionsRecord>(*std::move(found));
  });
}

absl::StatusOr<std::shared_ptr<const v1::ResourceServer>> TenantFacts::ResourceServer(const storage::Snapshot& snapshot,
                                                                                      std::string_view audience) {
  return FindOrRead(resource_servers_, audience, [&]() -> absl::StatusOr<std::shared_ptr<const v1::ResourceServer>> {
    auto found = storage::FindResourceServer(snapshot, tenant_id_, audience);
    if (!found.ok()) return found.status();
    if (!found->has_value()) return nullptr;
    return std::make_shared<const v1::ResourceServer>(std::move(*(*found)->record.mutable_resource_server()));
  });
}

absl::StatusOr<std::shared_ptr<const v1::ClientGrant>> TenantFacts::DefaultGrant(const storage::Snapshot& snapshot,
                                                                                 std::string_view resource_server_id,
                                                                                 v1::SubjectType subject) {
  const std::string key = fmt::format("{}/{}", static_cast<int>(subject), resource_server_id);
  return FindOrRead(default_grants_, key, [&]() -> absl::StatusOr<std::shared_ptr<const v1::ClientGrant>> {
    auto found = storage::FindClientGrant(snapshot, tenant_id_, resource_server_id, "", subject);
    if (!found.ok()) return found.status();
    if (!found->has_value()) return nullptr;
    return std::make_shared<const v1::ClientGrant>(std::move(*(*found)->record.mutable_client_grant()));
  });
}

absl::StatusOr<std::shared_ptr<TenantFacts>> TenantFactsCache::Find(const storage::Snapshot& snapshot,
                                                                    std::string_view tenant_id) {
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (revision_ == snapshot.revision()) {
      const auto kept = tenants_.find(absl::string_view(tenant_id.data(), tenant_id.size()));
      if (kept != tenants_.end()) return kept->second;
    }
  }
  absl::StatusOr<v1::Tenant> tenant = RequireTenant(snapshot, tenant_id);
  if (!tenant.ok()) return tenant.status();
  auto facts = std::make_shared<TenantFacts>(tenant_id, *std::move(tenant), snapshot.revision());
  // Destroyed after the lock is released.
  absl::flat_hash_map<std::string, std::shared_ptr<TenantFacts>> outdated;
  absl::MutexLock lock(&mutex_);
  // Another call has cached facts of a newer snapshot.
  if (snapshot.revision() < revision_) return facts;
  if (snapshot.revision() > revision_ || tenants_.size() >= kMaxTenants) outdated.swap(tenants_);
  revision_ = snapshot.revision();
  // Another call may have inserted equal facts.
  return tenants_.try_emplace(std::string(tenant_id), std::move(facts)).first->second;
}

}  // namespace cimd::services
