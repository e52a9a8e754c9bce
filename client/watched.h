#ifndef CIMD_CLIENT_WATCHED_H_
#define CIMD_CLIENT_WATCHED_H_

#include <string>

#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "client/connection.h"

// The kinds of items for Watcher and Mirror: how they are listed and watched, and what identifies them.
namespace cimd::client {

// Clients, identified by client identifier URL.
struct WatchedClients {
  using Item = v1::Client;
  using Stub = Registration;
  using ListRequest = v1::ListClientsRequest;
  using WatchRequest = v1::WatchClientsRequest;
  using WatchResponse = v1::WatchClientsResponse;
  static constexpr auto kList = &Registration::ListClients;
  static constexpr auto kWatch = &v1::RegistrationService::StubInterface::async_interface::WatchClients;

  static const std::string& KeyOf(const v1::Client& client) { return client.metadata().external_client_id(); }
  static auto* ItemsOf(v1::ListClientsResponse& response) { return response.mutable_clients(); }
  static const std::string& KeyOf(const v1::ClientChange& change) { return change.external_client_id(); }
  static v1::Client* ItemOf(v1::ClientChange& change) {
    return change.has_client() ? change.mutable_client() : nullptr;
  }
};

// Client grants, identified by name. When a client or an API is deleted with force, its grants are removed one by one
// within seconds. Until then they are listed and mirrored, although they no longer have an effect. Callers should also
// look up the client.
struct WatchedClientGrants {
  using Item = v1::ClientGrant;
  using Stub = Grants;
  using ListRequest = v1::ListClientGrantsRequest;
  using WatchRequest = v1::WatchClientGrantsRequest;
  using WatchResponse = v1::WatchClientGrantsResponse;
  static constexpr auto kList = &Grants::ListClientGrants;
  static constexpr auto kWatch = &v1::GrantsService::StubInterface::async_interface::WatchClientGrants;

  static const std::string& KeyOf(const v1::ClientGrant& grant) { return grant.name(); }
  static auto* ItemsOf(v1::ListClientGrantsResponse& response) { return response.mutable_client_grants(); }
  static const std::string& KeyOf(const v1::ClientGrantChange& change) { return change.name(); }
  static v1::ClientGrant* ItemOf(v1::ClientGrantChange& change) {
    return change.has_client_grant() ? change.mutable_client_grant() : nullptr;
  }
};

// Connections, identified by name.
struct WatchedConnections {
  using Item = v1::Connection;
  using Stub = Connections;
  using ListRequest = v1::ListConnectionsRequest;
  using WatchRequest = v1::WatchConnectionsRequest;
  using WatchResponse = v1::WatchConnectionsResponse;
  static constexpr auto kList = &Connections::ListConnections;
  static constexpr auto kWatch = &v1::ConnectionsService::StubInterface::async_interface::WatchConnections;

  static const std::string& KeyOf(const v1::Connection& connection) { return connection.name(); }
  static auto* ItemsOf(v1::ListConnectionsResponse& response) { return response.mutable_connections(); }
  static const std::string& KeyOf(const v1::ConnectionChange& change) { return change.name(); }
  static v1::Connection* ItemOf(v1::ConnectionChange& change) {
    return change.has_connection() ? change.mutable_connection() : nullptr;
  }
};

}  // namespace cimd::client

#endif  // CIMD_CLIENT_WATCHED_H_
