#ifndef CIMD_SERVER_RESOURCES_TENANT_GATE_H_
#define CIMD_SERVER_RESOURCES_TENANT_GATE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/store.h"

namespace cimd::services {

// RequireTenant for reads on the hot path: reads each tenant once for each revision of the store instead of once for
// each call. Checks are exact at the newest acknowledged revision, so a deleted tenant is refused as soon as its
// deletion is acknowledged. Thread-safe.
class TenantGate {
 public:
  // `store` must outlive this.
  explicit TenantGate(const storage::Store& store) : store_(store) {}

  // OK when the tenant exists and is not being deleted. Errors: TENANT_NOT_FOUND, TENANT_BEING_DELETED.
  absl::Status Check(std::string_view tenant) const;

 private:
  // Only existing tenants are cached, so callers cannot fill the cache with invented names. A full cache is cleared.
  static constexpr size_t kMaxTenants = 4096;

  const storage::Store& store_;
  mutable absl::Mutex mutex_;
  // Tenants that existed at revision_ and were not being deleted.
  mutable storage::Revision revision_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable absl::flat_hash_set<std::string> served_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_TENANT_GATE_H_
