#include "server/resources/tenant_gate.h"

#include "absl/strings/string_view.h"
#include "server/resources/tenants.h"

namespace cimd::services {

absl::Status TenantGate::Check(std::string_view tenant) const {
  // The revision is read before the tenant, so the cached fact is at least as new as its revision.
  const storage::Revision revision = store_.CurrentRevision();
  {
    const absl::ReaderMutexLock lock(&mutex_);
    if (revision_ == revision && served_.contains(absl::string_view(tenant.data(), tenant.size()))) {
      return absl::OkStatus();
    }
  }
  if (absl::Status status = RequireTenant(store_, tenant).status(); !status.ok()) return status;
  const absl::MutexLock lock(&mutex_);
  if (revision < revision_) return absl::OkStatus();
  if (revision > revision_ || served_.size() >= kMaxTenants) served_.clear();
  revision_ = revision;
  served_.insert(std::string(tenant));
  return absl::OkStatus();
}

}  // namespace cimd::services
