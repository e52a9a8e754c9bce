#include "server/gateway/backend/tenant_directory.h"

#include <optional>
#include <utility>

#include "client/status.h"
#include "server/gateway/backend/peer_address.h"
#include "server/telemetry/json_log.h"

namespace cimd::gateway {

TenantDirectory::TenantDirectory(Backend& backend, const AccessToken& token, TenantDirectoryOptions options)
    : backend_(backend), token_(token), recent_(options.time_to_live, options.max_entries, std::move(options.now)) {}

void TenantDirectory::Find(const std::string& host, const std::string& issuer_path, const CallContext& how,
                           OnDone<std::string> done) {
  if (host.empty()) return done(std::string());
  // The key is unambiguous: a host contains no slash, and a path begins with one.
  std::string address = host + issuer_path;
  if (std::optional<std::string> tenant = recent_.Find(address); tenant.has_value()) return done(*std::move(tenant));
  v1::LookupTenantRequest request;
  request.set_domain(host);
  request.set_issuer_path(issuer_path);
  backend_.Call(
      &Admin::LookupTenant, std::move(request), OwnContext(how, token_),
      [this, address = std::move(address), done = std::move(done)](absl::StatusOr<v1::Tenant> tenant) mutable {
        // The server rejects an address that no tenant can have, such as an IPv6 address, as invalid.
        const bool nobodys = absl::IsNotFound(tenant.status()) || absl::IsInvalidArgument(tenant.status());
        if (!tenant.ok() && !nobodys) return done(OwnError(tenant.status(), "LookupTenant"));
        std::string name = nobodys ? std::string() : tenant->name();
        recent_.Remember(address, name);
        done(std::move(name));
      });
}

CallContext OwnContext(const CallContext& how, const AccessToken& token) {
  CallContext own{.deadline = how.deadline, .cancellation = how.cancellation};
  for (const auto& [name, value] : how.metadata) {
    if (name != "authorization" && name != kPeerAddress) own.metadata.emplace_back(name, value);
  }
  own.metadata.emplace_back("authorization", token.Authorization());
  return own;
}

absl::Status OwnError(const absl::Status& status, std::string_view method) {
  if (!absl::IsUnauthenticated(status) && !absl::IsPermissionDenied(status)) return status;
  telemetry::Log(telemetry::Severity::kError, "own_access_token_refused",
                 {{"method", method},
                  {"reason", client::ReasonOf(status)},
                  {"message", std::string(status.message().data(), status.message().size())}});
  return absl::InternalError("the gateway's own access token was refused");
}

}  // namespace cimd::gateway
