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

// RequireTenant for reads on the hot path: the tenant is read once for each revision of the store instead of once for
// each call. What holds at the newest acknowledged revision is exact, so a deleted tenant is refused from the moment
// its deletion is acknowledged. Thread-safe.
class TenantGate {
 public:
  // `store` outlives this.
  explicit TenantGate(const storage::Store& store) : store_(store) {}

  // OK when the tenant exists and is not being deleted: TENANT_NOT_FOUND, TENANT_BEING_DELETED.
  absl::Status Check(std::string_view tenant) const;

 private:
  // Only tenants that exist are kept, so callers cannot fill this with invented names. When full, it begins anew.
  static constexpr size_t kMaxTenants = 4096;

  const storage::Store& store_;
  mutable absl::Mutex mutex_;
  // Tenants that were served at revision_.
  mutable storage::Revision revision_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable absl::flat_hash_set<std::string> served_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_TENANT_GATE_H_
