#ifndef CIMD_SERVER_SERVICES_GRANTS_TENANT_FACTS_H_
#define CIMD_SERVER_SERVICES_GRANTS_TENANT_FACTS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "storage/store.h"

namespace cimd::services {

// Facts of one tenant that decisions share, at one revision of the store. Each fact is read when a decision first needs
// it. A missing fact is returned as null and not cached. Memory is bounded, because callers choose which facts are
// read: facts beyond kMaxBytes are read each time. Thread-safe.
class TenantFacts {
 public:
  TenantFacts(std::string_view tenant_id, v1::Tenant tenant, storage::Revision revision)
      : tenant_id_(tenant_id), tenant_(std::move(tenant)), revision_(revision) {}

  const std::string& tenant_id() const { return tenant_id_; }
  const v1::Tenant& tenant() const { return tenant_; }
  storage::Revision revision() const { return revision_; }

  // `snapshot` must be of revision().
  absl::StatusOr<std::shared_ptr<const storage::DomainConnectionsRecord>> DomainConnections(
      const storage::Snapshot& snapshot);
  absl::StatusOr<std::shared_ptr<const v1::ResourceServer>> ResourceServer(const storage::Snapshot& snapshot,
                                                                           std::string_view audience);
  absl::StatusOr<std::shared_ptr<const v1::ClientGrant>> DefaultGrant(const storage::Snapshot& snapshot,
                                                                      std::string_view resource_server_id,
                                                                      v1::SubjectType subject);

 private:
  // Limit on the total stored size of the cached facts.
  static constexpr size_t kMaxBytes = size_t{256} << 10;
  template <typename Fact>
  using Facts = std::map<std::string, std::shared_ptr<const Fact>, std::less<>>;

  // Returns the cached fact of this key, or reads and caches it. `read` is absl::StatusOr<std::shared_ptr<const
  // Fact>>().
  template <typename Fact, typename Read>
  absl::StatusOr<std::shared_ptr<const Fact>> FindOrRead(Facts<Fact>& facts, std::string_view key, Read read)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string tenant_id_;
  const v1::Tenant tenant_;
  const storage::Revision revision_;
  absl::Mutex mutex_;
  Facts<storage::DomainConnectionsRecord> connections_;
  Facts<v1::ResourceServer> resource_servers_;
  Facts<v1::ClientGrant> default_grants_;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Caches the facts of tenants at the newest revision that was asked for. Any commit makes the whole cache stale, so a
// decision never uses facts from before an acknowledged change. Holds no snapshot. Thread-safe.
class TenantFactsCache {
 public:
  // The facts of the tenant in this snapshot. Errors: TENANT_NOT_FOUND, TENANT_BEING_DELETED.
  absl::StatusOr<std::shared_ptr<TenantFacts>> Find(const storage::Snapshot& snapshot, std::string_view tenant_id);

 private:
  // A full cache is cleared.
  static constexpr size_t kMaxTenants = 256;

  absl::Mutex mutex_;
  storage::Revision revision_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::shared_ptr<TenantFacts>> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_GRANTS_TENANT_FACTS_H_
