#include "server/services/admin/admin_service.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/errors/errors.h"
#include "server/resources/listing.h"
#include "server/resources/tenant_settings.h"
#include "server/resources/tenants.h"
#include "server/rpc/field_mask.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "storage/audit/audit_log.h"
#include "storage/repositories/access_token_repository.h"
#include "storage/repositories/purge.h"
#include "storage/repositories/tenant_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;
using storage::TenantRecord;
using storage::Transaction;

absl::Status CheckEtag(const v1::Tenant& tenant, std::string_view etag) {
  return etag.empty() || etag == tenant.etag() ? absl::OkStatus() : errors::EtagMismatch(tenant.name(), etag);
}

// Writes a tenant; `before` is null for a new one.
absl::StatusOr<ResourceChange> Write(Transaction& transaction, const RequestContext& call, const v1::Tenant* before,
                                     v1::Tenant& tenant) {
  tenant.clear_etag();
  ToProto(call.now, *tenant.mutable_update_time());
  absl::Status written = storage::PutTenant(transaction, before, tenant);
  if (absl::IsAlreadyExists(written)) return errors::DomainTaken(std::string(written.message()));
  if (!written.ok()) return errors::FromStore(written);
  return ResourceChange{.resource = tenant.name()};
}

// Schedules a purge of everything but the audit log, which expires. Purges run in the order of their key ranges. The
// last one removes the tenant's record.
void SchedulePurgeOfTenant(Transaction& transaction, std::string_view tenant) {
  const std::vector<storage::KeyRange> ranges = storage::keys::AllOfTenantButAuditLog(tenant);
  for (const storage::KeyRange& range : ranges) {
    storage::SchedulePurge(transaction, range, &range == &ranges.back() ? tenant : std::string_view());
  }
}

absl::StatusOr<bool> HasClients(Transaction& transaction, std::string_view tenant) {
  auto clients = transaction.Scan(storage::keys::All(tenant, storage::keys::Kind::kClient), /*limit=*/1);
  if (!clients.ok()) return errors::FromStore(clients.status());
  return !clients->empty();
}

}  // namespace

absl::StatusOr<v1::Tenant> AdminHandlers::CreateTenant(RequestContext& call,
                                                       const v1::CreateTenantRequest& request) const {
  v1::Tenant tenant = request.tenant();
  FillTenantDefaults(tenant);
  RequestValidator validator;
  if (!rpc::IsTenantId(request.tenant_id())) {
    validator.Add("tenant_id", "FORMAT",
                  "must be 1 to 63 lower-case letters, digits and hyphens, a letter first and no hyphen last");
  }
  ValidateTenantSettings(tenant, validator);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  tenant.set_name(rpc::MakeTenantName(request.tenant_id()));
  tenant.set_state(v1::TENANT_STATE_ACTIVE);
  ToProto(call.now, *tenant.mutable_create_time());
  return mutations_.Run<v1::Tenant>(
      call, request, [&](Transaction& transaction, v1::Tenant& response) -> absl::StatusOr<ResourceChange> {
        storage::MaybeStored<TenantRecord> existing = storage::FindTenant(transaction, request.tenant_id());
        if (!existing.ok()) return errors::FromStore(existing.status());
        if (existing->has_value()) {
          const bool deleting = (*existing)->record.tenant().state() == v1::TENANT_STATE_DELETING;
          return deleting ? errors::TenantBeingDeleted(request.tenant_id()) : errors::TenantExists(request.tenant_id());
        }
        absl::Status begun = storage::BeginAuditLog(transaction, request.tenant_id(), store_.CurrentRevision());
        if (!begun.ok()) return errors::FromStore(begun);
        absl::StatusOr<ResourceChange> change = Write(transaction, call, nullptr, tenant);
        response = tenant;
        return change;
      });
}

absl::StatusOr<v1::Tenant> AdminHandlers::GetTenant(RequestContext&, const v1::GetTenantRequest& request) const {
  absl::StatusOr<std::string> name = rpc::ParseTenantName("name", request.name());
  if (!name.ok()) return name.status();
  // A tenant that is being deleted is returned, with that state.
  storage::MaybeStored<TenantRecord> found = storage::FindTenant(store_, *name);
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) return errors::TenantNotFound(*name);
  return storage::ServedTenant(**std::move(found));
}

absl::StatusOr<v1::Tenant> AdminHandlers::LookupTenant(RequestContext&, const v1::LookupTenantRequest& request) const {
  RequestValidator validator;
  validator.HostName("domain", request.domain());
  validator.MaxBytes("issuer_path", request.issuer_path(), 1024);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  absl::StatusOr<std::string> tenant = storage::FindTenantByDomain(store_, request.domain(), request.issuer_path());
  if (!tenant.ok()) return errors::FromStore(tenant.status());
  if (tenant->empty()) return errors::DomainNotFound(request.domain(), request.issuer_path());
  return RequireTenant(store_, *tenant);
}

absl::StatusOr<v1::ListTenantsResponse> AdminHandlers::ListTenants(RequestContext& call,
                                                                   const v1::ListTenantsRequest& request) const {
  v1::ListTenantsResponse response;
  absl::Status listed = ListRecords<TenantRecord>(
      store_, call, storage::keys::All(storage::keys::kPlatform, storage::keys::Kind::kTenant), request, response,
      [](const auto&) { return true; },
      [&](storage::Stored<TenantRecord>&& stored, const ListedEntry&) {
        *response.add_tenants() = storage::ServedTenant(std::move(stored));
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::StatusOr<v1::Tenant> AdminHandlers::UpdateTenant(RequestContext& call,
                                                       const v1::UpdateTenantRequest& request) const {
  absl::StatusOr<std::string> name = rpc::ParseTenantName("tenant.name", request.tenant().name());
  if (!name.ok()) return name.status();
  return mutations_.Run<v1::Tenant>(
      call, request, [&](Transaction& transaction, v1::Tenant& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<v1::Tenant> tenant = RequireTenant(transaction, *name);
        if (!tenant.ok()) return tenant.status();
        if (absl::Status status = CheckEtag(*tenant, request.tenant().etag()); !status.ok()) return status;
        const v1::Tenant before = *tenant;
        absl::Status applied =
            rpc::ApplyFieldMask(request.update_mask(), EditableTenantFields(), request.tenant(), *tenant);
        if (!applied.ok()) return applied;
        FillTenantDefaults(*tenant);
        RequestValidator validator;
        ValidateTenantSettings(*tenant, validator);
        if (absl::Status status = validator.status(); !status.ok()) return status;
        // All tenants share one namespace of hosts. Only platform callers may claim hosts: a claim can take a host from
        // the default tenant, and a refused claim reveals the hosts of other tenants.
        if (!call.caller.tenant.empty() && storage::TenantAddresses(before) != storage::TenantAddresses(*tenant)) {
          return errors::TenantAddressesForbidden(call.method.name);
        }
        absl::StatusOr<ResourceChange> change = Write(transaction, call, &before, *tenant);
        response = *std::move(tenant);
        return change;
      });
}

absl::StatusOr<v1::DeleteTenantResponse> AdminHandlers::DeleteTenant(RequestContext& call,
                                                                     const v1::DeleteTenantRequest& request) const {
  absl::StatusOr<std::string> name = rpc::ParseTenantName("name", request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<v1::DeleteTenantResponse> response = mutations_.Run<v1::DeleteTenantResponse>(
      call, request, [&](Transaction& transaction, v1::DeleteTenantResponse&) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<v1::Tenant> tenant = RequireTenant(transaction, *name);
        if (!tenant.ok()) return tenant.status();
        if (absl::Status status = CheckEtag(*tenant, request.etag()); !status.ok()) return status;
        absl::StatusOr<bool> has_clients = HasClients(transaction, *name);
        if (!has_clients.ok()) return has_clients.status();
        if (*has_clients && !request.force()) return errors::TenantNotEmpty(*name);
        const v1::Tenant before = *tenant;
        tenant->set_state(v1::TENANT_STATE_DELETING);
        SchedulePurgeOfTenant(transaction, *name);
        return Write(transaction, call, &before, *tenant);
      });
  if (!response.ok()) return response;
  purge_scheduled_();
  // Tokens of a tenant that is being deleted have no access any more. Deleting them also ends their authentication.
  if (absl::Status status = storage::DeleteAccessTokens(store_, *name); !status.ok()) return errors::FromStore(status);
  access_withdrawn_();
  return response;
}

}  // namespace cimd::services
