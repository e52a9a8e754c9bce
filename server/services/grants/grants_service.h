#ifndef CIMD_SERVER_SERVICES_GRANTS_GRANTS_SERVICE_H_
#define CIMD_SERVER_SERVICES_GRANTS_GRANTS_SERVICE_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "server/assertions/assertion_verifier.h"
#include "server/rpc/bind_method.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/request_context.h"
#include "server/services/grants/client_grants.h"
#include "server/services/grants/decisions.h"
#include "server/services/grants/resource_servers.h"
#include "server/watch/change_hub.h"
#include "storage/store.h"

namespace cimd::services {

// The gRPC service cimd.v1.GrantsService. Every method runs through the dispatcher, which must outlive this. The
// methods are implemented by one handler class for each type of resource.
class GrantsService final
    : public v1::GrantsService::WithRawCallbackMethod_WatchClientGrants<v1::GrantsService::CallbackService> {
 public:
  // `purge_scheduled` is called after each commit that scheduled a purge, `decided` after each decision.
  GrantsService(rpc::Dispatcher& dispatcher, storage::Store& store, watch::ChangeHub& hub, AssertionVerifier& verifier,
                absl::AnyInvocable<void() const> purge_scheduled, DecisionObserver decided)
      : dispatcher_(dispatcher), handlers_(store, hub, verifier, std::move(purge_scheduled), std::move(decided)) {}

  CIMD_BIND_UNARY(GrantsService, CreateResourceServer, v1::CreateResourceServerRequest, v1::ResourceServer)
  CIMD_BIND_UNARY(GrantsService, GetResourceServer, v1::GetResourceServerRequest, v1::ResourceServer)
  CIMD_BIND_UNARY(GrantsService, LookupResourceServer, v1::LookupResourceServerRequest, v1::ResourceServer)
  CIMD_BIND_UNARY(GrantsService, ListResourceServers, v1::ListResourceServersRequest, v1::ListResourceServersResponse)
  CIMD_BIND_UNARY(GrantsService, UpdateResourceServer, v1::UpdateResourceServerRequest, v1::ResourceServer)
  CIMD_BIND_UNARY(GrantsService, DeleteResourceServer, v1::DeleteResourceServerRequest,
                  v1::DeleteResourceServerResponse)
  CIMD_BIND_UNARY(GrantsService, CreateClientGrant, v1::CreateClientGrantRequest, v1::ClientGrant)
  CIMD_BIND_UNARY(GrantsService, GetClientGrant, v1::GetClientGrantRequest, v1::ClientGrant)
  CIMD_BIND_UNARY(GrantsService, ListClientGrants, v1::ListClientGrantsRequest, v1::ListClientGrantsResponse)
  CIMD_BIND_UNARY(GrantsService, UpdateClientGrant, v1::UpdateClientGrantRequest, v1::ClientGrant)
  CIMD_BIND_UNARY(GrantsService, DeleteClientGrant, v1::DeleteClientGrantRequest, v1::DeleteClientGrantResponse)
  CIMD_BIND_STREAM(GrantsService, WatchClientGrants, v1::WatchClientGrantsRequest)
  CIMD_BIND_UNARY(GrantsService, AuthorizeRequest, v1::AuthorizeRequestRequest, v1::AuthorizeRequestResponse)
  CIMD_BIND_UNARY(GrantsService, AuthorizeTokenRequest, v1::AuthorizeTokenRequestRequest,
                  v1::AuthorizeTokenRequestResponse)
  CIMD_BIND_UNARY(GrantsService, BatchAuthorize, v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse)

 private:
  struct Handlers : ResourceServerHandlers, ClientGrantHandlers, DecisionHandlers {
    Handlers(storage::Store& store, watch::ChangeHub& hub, AssertionVerifier& verifier,
             absl::AnyInvocable<void() const> purge_scheduled, DecisionObserver decided)
        : ResourceServerHandlers(store, std::move(purge_scheduled)),
          ClientGrantHandlers(store, hub),
          DecisionHandlers(store, verifier, std::move(decided)) {}
  };

  rpc::Dispatcher& dispatcher_;
  const Handlers handlers_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_GRANTS_GRANTS_SERVICE_H_
