#ifndef CIMD_SERVER_GATEWAY_BACKEND_TENANT_DIRECTORY_H_
#define CIMD_SERVER_GATEWAY_BACKEND_TENANT_DIRECTORY_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/gateway/backend/access_token.h"
#include "server/gateway/backend/backend.h"
#include "server/gateway/backend/recent_values.h"

namespace cimd::gateway {

struct TenantDirectoryOptions {
  // How long an answer is cached: a change of a tenant's issuer or domains takes effect here after at most this time.
  absl::Duration time_to_live = absl::Seconds(10);
  size_t max_entries = 1024;
  absl::AnyInvocable<absl::Time() const> now = absl::Now;
};

// Finds the tenant that an issuer's host and path belong to. Asks the cimd-server with the gateway's own token and
// caches the answers for a short time. Thread-safe.
class TenantDirectory {
 public:
  // `backend` and `token` outlive this.
  TenantDirectory(Backend& backend, const AccessToken& token, TenantDirectoryOptions options);

  // Calls `done` with the tenant's resource name, "tenants/acme", or with the empty string when the address belongs to
  // no tenant; on this thread when the answer is cached. `host` and `issuer_path` (empty, or beginning with a slash)
  // are chosen by the client. Credentials in `how` are not used. A refusal of the gateway's own token becomes INTERNAL
  // without details, because it does not concern the client.
  void Find(const std::string& host, const std::string& issuer_path, const CallContext& how, OnDone<std::string> done);

 private:
  Backend& backend_;
  const AccessToken& token_;
  // Resource names of tenants by address; empty for addresses that belong to no tenant.
  RecentValues<std::string> recent_;
};

// `how` for a call that the gateway makes for itself: with its own token, without the client's credentials and address.
CallContext OwnContext(const CallContext& how, const AccessToken& token);

// The error of such a call as clients may see it. When the server refused the gateway's own token, the refusal is
// logged and the result is INTERNAL, because clients cannot fix it.
absl::Status OwnError(const absl::Status& status, std::string_view method);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_TENANT_DIRECTORY_H_
