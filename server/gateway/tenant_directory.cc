#include "server/gateway/tenant_directory.h"

#include <utility>

#include "client/status.h"
#include "server/gateway/peer_address.h"
#include "server/telemetry/json_log.h"

namespace cimd::gateway {

TenantDirectory::TenantDirectory(Backend& backend, const AccessToken& token, TenantDirectoryOptions options)
    : backend_(backend), token_(token), options_(std::move(options)) {}

void TenantDirectory::Find(const std::string& host, const std::string& issuer_path, const CallContext& how,
                           OnDone<std::string> done) {
  const std::string default_tenant = "tenants/" + options_.default_tenant;
  if (host.empty()) return done(default_tenant);
  // A host has no slash and a path begins with one.
  std::string address = host + issuer_path;
  if (std::string tenant = Remembered(address); !tenant.empty()) return done(std::move(tenant));
  v1::LookupTenantRequest request;
  request.set_domain(host);
  request.set_issuer_path(issuer_path);
  backend_.Call(&Admin::LookupTenant, std::move(request), OwnContext(how, token_),
                [this, address = std::move(address), default_tenant,
                 done = std::move(done)](absl::StatusOr<v1::Tenant> tenant) mutable {
                  // The server calls an address that no tenant can have (an IPv6 address, say) invalid.
                  const bool nobodys = absl::IsNotFound(tenant.status()) || absl::IsInvalidArgument(tenant.status());
                  if (!tenant.ok() && !nobodys) return done(OwnError(tenant.status(), "LookupTenant"));
                  std::string name = nobodys ? default_tenant : tenant->name();
                  Remember(address, name);
                  done(std::move(name));
                });
}

std::string TenantDirectory::Remembered(const std::string& address) {
  absl::MutexLock lock(&mu_);
  auto found = by_address_.find(address);
  if (found == by_address_.end()) return {};
  const auto entry = found->second;
  const absl::Time now = options_.now();
  // One that lasts longer than any may was made before the clock was put back.
  if (entry->expiry <= now || entry->expiry > now + options_.time_to_live) {
    by_address_.erase(found);
    entries_.erase(entry);
    return {};
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->tenant;
}

void TenantDirectory::Remember(const std::string& address, const std::string& tenant) {
  absl::MutexLock lock(&mu_);
  if (auto found = by_address_.find(address); found != by_address_.end()) {
    entries_.erase(found->second);
    by_address_.erase(found);
  }
  entries_.push_front({address, tenant, options_.now() + options_.time_to_live});
  by_address_[address] = entries_.begin();
  if (entries_.size() > options_.max_entries) {
    by_address_.erase(entries_.back().address);
    entries_.pop_back();
  }
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
