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

// What the decisions for one tenant have in common, as it was at one revision: each fact is read when the first
// decision asks for it. A fact is null when the store has none, and then it is read again each time, as are those that
// there is no room for: callers choose what they ask for, and must not choose how much is kept. Thread-safe.
class TenantFacts {
 public:
  TenantFacts(std::string_view tenant_id, v1::Tenant tenant, storage::Revision revision)
      : tenant_id_(tenant_id), tenant_(std::move(tenant)), revision_(revision) {}

  const std::string& tenant_id() const { return tenant_id_; }
  const v1::Tenant& tenant() const { return tenant_; }
  storage::Revision revision() const { return revision_; }

  // The snapshot is of revision().
  absl::StatusOr<std::shared_ptr<const storage::DomainConnectionsRecord>> DomainConnections(
      const storage::Snapshot& snapshot);
  absl::StatusOr<std::shared_ptr<const v1::ResourceServer>> ResourceServer(const storage::Snapshot& snapshot,
                                                                           std::string_view audience);
  absl::StatusOr<std::shared_ptr<const v1::ClientGrant>> DefaultGrant(const storage::Snapshot& snapshot,
                                                                      std::string_view resource_server_id,
                                                                      v1::SubjectType subject);

 private:
  // Of all facts, as they are stored.
  static constexpr size_t kMaxBytes = size_t{256} << 10;
  template <typename Fact>
  using Facts = std::map<std::string, std::shared_ptr<const Fact>, std::less<>>;

  // The fact of this key; `read` is absl::StatusOr<std::shared_ptr<const Fact>>().
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

// The facts of tenants, of one revision: those of the newest snapshot that was asked about. A decision never rests on
// what was changed before it, and the first one after a commit, whatever was committed, has all facts of before it go.
// Holds no snapshot. Thread-safe.
class TenantFactsCache {
 public:
  // Of the tenant in this snapshot: TENANT_NOT_FOUND, TENANT_BEING_DELETED.
  absl::StatusOr<std::shared_ptr<TenantFacts>> Find(const storage::Snapshot& snapshot, std::string_view tenant_id);

 private:
  // When there are more, all make room.
  static constexpr size_t kMaxTenants = 256;

  absl::Mutex mutex_;
  storage::Revision revision_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::shared_ptr<TenantFacts>> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_GRANTS_TENANT_FACTS_H_
