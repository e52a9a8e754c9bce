#ifndef CIMD_SERVER_SERVICES_CONNECTIONS_SERVICE_H_
#define CIMD_SERVER_SERVICES_CONNECTIONS_SERVICE_H_

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "server/mutations/mutations.h"
#include "server/rpc/bind_method.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/request_context.h"
#include "server/rpc/stream.h"
#include "server/watch/change_hub.h"
#include "storage/store.h"

namespace cimd::services {

// Implements the methods of cimd.v1.ConnectionsService, which the proto file specifies. Thread-safe.
class ConnectionHandlers {
 public:
  // `store` and `hub` must outlive this. `purge_scheduled` is called after each commit that scheduled a purge.
  ConnectionHandlers(storage::Store& store, watch::ChangeHub& hub, absl::AnyInvocable<void() const> purge_scheduled)
      : store_(store), hub_(hub), mutations_(store), purge_scheduled_(std::move(purge_scheduled)) {}

  absl::StatusOr<v1::Connection> CreateConnection(rpc::RequestContext& call,
                                                  const v1::CreateConnectionRequest& request) const;
  absl::StatusOr<v1::Connection> GetConnection(rpc::RequestContext& call,
                                               const v1::GetConnectionRequest& request) const;
  absl::StatusOr<v1::ListConnectionsResponse> ListConnections(rpc::RequestContext& call,
                                                              const v1::ListConnectionsRequest& request) const;
  absl::StatusOr<v1::Connection> UpdateConnection(rpc::RequestContext& call,
                                                  const v1::UpdateConnectionRequest& request) const;
  absl::StatusOr<v1::DeleteConnectionResponse> DeleteConnection(rpc::RequestContext& call,
                                                                const v1::DeleteConnectionRequest& request) const;
  absl::StatusOr<v1::ListConnectionClientsResponse> ListConnectionClients(
      rpc::RequestContext& call, const v1::ListConnectionClientsRequest& request) const;
  absl::StatusOr<v1::UpdateConnectionClientsResponse> UpdateConnectionClients(
      rpc::RequestContext& call, const v1::UpdateConnectionClientsRequest& request) const;
  absl::StatusOr<v1::ListClientConnectionsResponse> ListClientConnections(
      rpc::RequestContext& call, const v1::ListClientConnectionsRequest& request) const;
  absl::Status WatchConnections(rpc::RequestContext& call, const v1::WatchConnectionsRequest& request,
                                const std::shared_ptr<rpc::Stream>& stream) const;

 private:
  storage::Store& store_;
  watch::ChangeHub& hub_;
  const Mutations mutations_;
  const absl::AnyInvocable<void() const> purge_scheduled_;
};

// The gRPC service. Every method runs through the dispatcher, which must outlive this.
class ConnectionsService final
    : public v1::ConnectionsService::WithRawCallbackMethod_WatchConnections<v1::ConnectionsService::CallbackService> {
 public:
  ConnectionsService(rpc::Dispatcher& dispatcher, storage::Store& store, watch::ChangeHub& hub,
                     absl::AnyInvocable<void() const> purge_scheduled)
      : dispatcher_(dispatcher), handlers_(store, hub, std::move(purge_scheduled)) {}

  CIMD_BIND_UNARY(ConnectionsService, CreateConnection, v1::CreateConnectionRequest, v1::Connection)
  CIMD_BIND_UNARY(ConnectionsService, GetConnection, v1::GetConnectionRequest, v1::Connection)
  CIMD_BIND_UNARY(ConnectionsService, ListConnections, v1::ListConnectionsRequest, v1::ListConnectionsResponse)
  CIMD_BIND_UNARY(ConnectionsService, UpdateConnection, v1::UpdateConnectionRequest, v1::Connection)
  CIMD_BIND_UNARY(ConnectionsService, DeleteConnection, v1::DeleteConnectionRequest, v1::DeleteConnectionResponse)
  CIMD_BIND_UNARY(ConnectionsService, ListConnectionClients, v1::ListConnectionClientsRequest,
                  v1::ListConnectionClientsResponse)
  CIMD_BIND_UNARY(ConnectionsService, UpdateConnectionClients, v1::UpdateConnectionClientsRequest,
                  v1::UpdateConnectionClientsResponse)
  CIMD_BIND_UNARY(ConnectionsService, ListClientConnections, v1::ListClientConnectionsRequest,
                  v1::ListClientConnectionsResponse)
  CIMD_BIND_STREAM(ConnectionsService, WatchConnections, v1::WatchConnectionsRequest)

 private:
  rpc::Dispatcher& dispatcher_;
  const ConnectionHandlers handlers_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_CONNECTIONS_SERVICE_H_
