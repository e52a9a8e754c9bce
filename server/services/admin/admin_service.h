#ifndef CIMD_SERVER_SERVICES_ADMIN_ADMIN_SERVICE_H_
#define CIMD_SERVER_SERVICES_ADMIN_ADMIN_SERVICE_H_

#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.grpc.pb.h"
#include "server/mutations/mutations.h"
#include "server/rpc/bind_method.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/request_context.h"
#include "server/services/admin/access_tokens.h"
#include "server/services/admin/audit_events.h"
#include "server/services/admin/server_status.h"
#include "server/services/admin/store_operations.h"
#include "storage/store.h"

namespace cimd::services {

// Implements the methods of cimd.v1.AdminService for tenants, which the proto file specifies. Thread-safe.
class AdminHandlers {
 public:
  // `store` must outlive this. `purge_scheduled` is called after each commit that scheduled a purge, `access_withdrawn`
  // after each that ended the validity of access tokens.
  AdminHandlers(storage::Store& store, absl::AnyInvocable<void() const> purge_scheduled,
                absl::AnyInvocable<void() const> access_withdrawn)
      : store_(store),
        mutations_(store),
        purge_scheduled_(std::move(purge_scheduled)),
        access_withdrawn_(std::move(access_withdrawn)) {}

  absl::StatusOr<v1::Tenant> CreateTenant(rpc::RequestContext& call, const v1::CreateTenantRequest& request) const;
  absl::StatusOr<v1::Tenant> GetTenant(rpc::RequestContext& call, const v1::GetTenantRequest& request) const;
  absl::StatusOr<v1::Tenant> LookupTenant(rpc::RequestContext& call, const v1::LookupTenantRequest& request) const;
  absl::StatusOr<v1::ListTenantsResponse> ListTenants(rpc::RequestContext& call,
                                                      const v1::ListTenantsRequest& request) const;
  absl::StatusOr<v1::Tenant> UpdateTenant(rpc::RequestContext& call, const v1::UpdateTenantRequest& request) const;
  absl::StatusOr<v1::DeleteTenantResponse> DeleteTenant(rpc::RequestContext& call,
                                                        const v1::DeleteTenantRequest& request) const;

 private:
  storage::Store& store_;
  const Mutations mutations_;
  const absl::AnyInvocable<void() const> purge_scheduled_;
  const absl::AnyInvocable<void() const> access_withdrawn_;
};

// The gRPC service. Every method runs through the dispatcher, which must outlive this.
class AdminService final
    : public v1::AdminService::WithRawCallbackMethod_WatchAuditEvents<v1::AdminService::CallbackService> {
 public:
  // `describe`: see ServerStatusHandlers.
  AdminService(rpc::Dispatcher& dispatcher, storage::Store& store, watch::ChangeHub& hub,
               absl::AnyInvocable<void() const> purge_scheduled, BackupOptions backups, DescribeServer describe)
      : dispatcher_(dispatcher),
        handlers_(dispatcher, store, hub, std::move(purge_scheduled), std::move(backups), std::move(describe)) {}

  CIMD_BIND_UNARY(AdminService, CreateTenant, v1::CreateTenantRequest, v1::Tenant)
  CIMD_BIND_UNARY(AdminService, GetTenant, v1::GetTenantRequest, v1::Tenant)
  CIMD_BIND_UNARY(AdminService, LookupTenant, v1::LookupTenantRequest, v1::Tenant)
  CIMD_BIND_UNARY(AdminService, ListTenants, v1::ListTenantsRequest, v1::ListTenantsResponse)
  CIMD_BIND_UNARY(AdminService, UpdateTenant, v1::UpdateTenantRequest, v1::Tenant)
  CIMD_BIND_UNARY(AdminService, DeleteTenant, v1::DeleteTenantRequest, v1::DeleteTenantResponse)
  CIMD_BIND_UNARY(AdminService, GetAuditEvent, v1::GetAuditEventRequest, v1::AuditEvent)
  CIMD_BIND_UNARY(AdminService, ListAuditEvents, v1::ListAuditEventsRequest, v1::ListAuditEventsResponse)
  CIMD_BIND_STREAM(AdminService, WatchAuditEvents, v1::WatchAuditEventsRequest)
  CIMD_BIND_UNARY(AdminService, VerifyAuditLog, v1::VerifyAuditLogRequest, v1::VerifyAuditLogResponse)
  CIMD_BIND_UNARY(AdminService, CreateAccessToken, v1::CreateAccessTokenRequest, v1::CreateAccessTokenResponse)
  CIMD_BIND_UNARY(AdminService, GetAccessToken, v1::GetAccessTokenRequest, v1::AccessToken)
  CIMD_BIND_UNARY(AdminService, ListAccessTokens, v1::ListAccessTokensRequest, v1::ListAccessTokensResponse)
  CIMD_BIND_UNARY(AdminService, RevokeAccessToken, v1::RevokeAccessTokenRequest, v1::AccessToken)
  CIMD_BIND_UNARY(AdminService, GetServerStatus, v1::GetServerStatusRequest, v1::ServerStatus)
  CIMD_BIND_UNARY(AdminService, CheckStore, v1::CheckStoreRequest, v1::CheckStoreResponse)
  CIMD_BIND_UNARY(AdminService, CreateBackup, v1::CreateBackupRequest, v1::Backup)

 private:
  struct Handlers : AdminHandlers, AccessTokenHandlers, AuditHandlers, ServerStatusHandlers, StoreOperationHandlers {
    Handlers(rpc::Dispatcher& dispatcher, storage::Store& store, watch::ChangeHub& hub,
             absl::AnyInvocable<void() const> purge_scheduled, BackupOptions backups, DescribeServer describe)
        : AdminHandlers(store, std::move(purge_scheduled), [&dispatcher] { dispatcher.RecheckStreams(); }),
          AccessTokenHandlers(store, [&dispatcher] { dispatcher.RecheckStreams(); }),
          AuditHandlers(store, hub),
          ServerStatusHandlers(store, backups.directory, std::move(describe)),
          StoreOperationHandlers(store, std::move(backups)) {}
  };

  rpc::Dispatcher& dispatcher_;
  const Handlers handlers_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_ADMIN_ADMIN_SERVICE_H_
