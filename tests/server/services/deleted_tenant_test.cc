// After the deletion of a tenant is acknowledged, nothing of the tenant is served, although its records remain until
// the purge has deleted them.

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/services/service_world.h"
#include "tests/testing/error_matchers.h"

namespace cimd::testing {
namespace {

using absl::StatusCode;

TEST(DeletedTenantTest, NothingOfItIsServed) {
  ServiceWorld world;
  auto registered = world.Register();
  ASSERT_THAT(registered, IsOk());
  const std::string client = registered->client().name();

  v1::CreateConnectionRequest create_connection;
  create_connection.set_parent(ServiceWorld::kTenant);
  create_connection.mutable_connection()->set_connection_name("users");
  create_connection.mutable_connection()->set_strategy("auth0");
  rpc::RequestContext connection_call = world.Call("ConnectionsService/CreateConnection");
  auto connection = world.connections->CreateConnection(connection_call, create_connection);
  ASSERT_THAT(connection, IsOk());

  v1::CreateResourceServerRequest create_api;
  create_api.set_parent(ServiceWorld::kTenant);
  create_api.mutable_resource_server()->set_identifier("https://api.example/");
  rpc::RequestContext api_call = world.Call("GrantsService/CreateResourceServer");
  auto api = world.apis->CreateResourceServer(api_call, create_api);
  ASSERT_THAT(api, IsOk());

  v1::CreateClientGrantRequest create_grant;
  create_grant.set_parent(ServiceWorld::kTenant);
  create_grant.mutable_client_grant()->set_client(client);
  create_grant.mutable_client_grant()->set_audience("https://api.example/");
  rpc::RequestContext grant_call = world.Call("GrantsService/CreateClientGrant");
  auto grant = world.grants->CreateClientGrant(grant_call, create_grant);
  ASSERT_THAT(grant, IsOk());

  struct Read {
    const char* method;
    std::function<absl::Status(rpc::RequestContext&)> run;
  };
  auto named = [](auto request, const std::string& name) {
    request.set_name(name);
    return request;
  };
  auto under = [](auto request, const std::string& parent) {
    request.set_parent(parent);
    return request;
  };
  const Read reads[] = {
      {"RegistrationService/GetClient",
       [&](auto& c) { return world.registration->GetClient(c, named(v1::GetClientRequest(), client)).status(); }},
      {"RegistrationService/LookupClient",
       [&](auto& c) {
         auto request = under(v1::LookupClientRequest(), ServiceWorld::kTenant);
         request.set_external_client_id(ServiceWorld::kUrl);
         return world.registration->LookupClient(c, request).status();
       }},
      {"RegistrationService/ListClients",
       [&](auto& c) {
         return world.registration->ListClients(c, under(v1::ListClientsRequest(), ServiceWorld::kTenant)).status();
       }},
      {"RegistrationService/ListClientBlocks",
       [&](auto& c) {
         return world.registration->ListClientBlocks(c, under(v1::ListClientBlocksRequest(), ServiceWorld::kTenant))
             .status();
       }},
      {"MetadataService/GetDocument",
       [&](auto& c) {
         return world.metadata->GetDocument(c, named(v1::GetDocumentRequest(), client + "/documents/1")).status();
       }},
      {"MetadataService/ListDocuments",
       [&](auto& c) { return world.metadata->ListDocuments(c, under(v1::ListDocumentsRequest(), client)).status(); }},
      {"MetadataService/GetClientKeys",
       [&](auto& c) { return world.metadata->GetClientKeys(c, named(v1::GetClientKeysRequest(), client)).status(); }},
      {"MetadataService/GetServerMetadata",
       [&](auto& c) {
         return world.metadata->GetServerMetadata(c, named(v1::GetServerMetadataRequest(), ServiceWorld::kTenant))
             .status();
       }},
      {"ConnectionsService/GetConnection",
       [&](auto& c) {
         return world.connections->GetConnection(c, named(v1::GetConnectionRequest(), connection->name())).status();
       }},
      {"ConnectionsService/ListConnections",
       [&](auto& c) {
         return world.connections->ListConnections(c, under(v1::ListConnectionsRequest(), ServiceWorld::kTenant))
             .status();
       }},
      {"ConnectionsService/ListConnectionClients",
       [&](auto& c) {
         return world.connections
             ->ListConnectionClients(c, under(v1::ListConnectionClientsRequest(), connection->name()))
             .status();
       }},
      {"ConnectionsService/ListClientConnections",
       [&](auto& c) {
         return world.connections->ListClientConnections(c, under(v1::ListClientConnectionsRequest(), client)).status();
       }},
      {"GrantsService/GetResourceServer",
       [&](auto& c) {
         return world.apis->GetResourceServer(c, named(v1::GetResourceServerRequest(), api->name())).status();
       }},
      {"GrantsService/LookupResourceServer",
       [&](auto& c) {
         auto request = under(v1::LookupResourceServerRequest(), ServiceWorld::kTenant);
         request.set_identifier("https://api.example/");
         return world.apis->LookupResourceServer(c, request).status();
       }},
      {"GrantsService/ListResourceServers",
       [&](auto& c) {
         return world.apis->ListResourceServers(c, under(v1::ListResourceServersRequest(), ServiceWorld::kTenant))
             .status();
       }},
      {"GrantsService/GetClientGrant",
       [&](auto& c) {
         return world.grants->GetClientGrant(c, named(v1::GetClientGrantRequest(), grant->name())).status();
       }},
      {"GrantsService/ListClientGrants",
       [&](auto& c) {
         return world.grants->ListClientGrants(c, under(v1::ListClientGrantsRequest(), ServiceWorld::kTenant)).status();
       }},
      {"AdminService/ListAccessTokens",
       [&](auto& c) {
         return world.tokens->ListAccessTokens(c, under(v1::ListAccessTokensRequest(), ServiceWorld::kTenant)).status();
       }},
  };
  auto run = [&](const Read& read) {
    rpc::RequestContext context = world.Call(read.method);
    return read.run(context);
  };
  for (const Read& read : reads) {
    const bool incomplete = std::string_view(read.method).ends_with("GetServerMetadata");
    EXPECT_EQ(run(read).code(), incomplete ? StatusCode::kFailedPrecondition : StatusCode::kOk) << read.method;
  }
  world.MarkDeleted();
  for (const Read& read : reads) {
    EXPECT_THAT(run(read), Fails(StatusCode::kFailedPrecondition, "TENANT_BEING_DELETED")) << read.method;
  }
  // Its resources can no longer be changed, either.
  rpc::RequestContext delete_call = world.Call("RegistrationService/DeleteClient");
  EXPECT_THAT(world.registration->DeleteClient(delete_call, named(v1::DeleteClientRequest(), client)),
              Fails(StatusCode::kFailedPrecondition, "TENANT_BEING_DELETED"));
}

}  // namespace
}  // namespace cimd::testing
