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
  // Id of the tenant that answers for host names and issuer paths that are nobody's.
  std::string default_tenant = "default";
  // For how long an answer is taken to be true: a change of a tenant's domains takes this long to arrive here.
  absl::Duration time_to_live = absl::Seconds(10);
  size_t max_entries = 1024;
  absl::AnyInvocable<absl::Time() const> now = absl::Now;
};

// Which tenant a request is for, by its host and, for metadata, the path of the issuer. Answers come from cimd-server
// with the gateway's own token and are remembered for a little while. Thread-safe.
class TenantDirectory {
 public:
  // Both outlive this.
  TenantDirectory(Backend& backend, const AccessToken& token, TenantDirectoryOptions options);

  // Tells `done` the tenant's resource name, "tenants/acme", at once when it is known. `host` and `issuer_path` (empty,
  // or beginning with a slash) are an attacker's. Of `how`, the metadata are not used to authenticate. Errors are those
  // of a call without its details: callers are not to learn what is wrong between here and the server.
  void Find(const std::string& host, const std::string& issuer_path, const CallContext& how, OnDone<std::string> done);

 private:
  Backend& backend_;
  const AccessToken& token_;
  const std::string default_tenant_;
  // By address.
  RecentValues<std::string> recent_;
};

// For a call that the gateway makes on nobody's behalf: of `how` without authorization and peer; it speaks for itself.
CallContext OwnContext(const CallContext& how, const AccessToken& token);

// The error of such a call as callers may hear of it. That the gateway's own token was refused is none of their
// business, and nothing that another token of theirs would change: it is logged, and becomes INTERNAL.
absl::Status OwnError(const absl::Status& status, std::string_view method);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_TENANT_DIRECTORY_H_
