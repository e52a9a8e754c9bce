#include "client/pagination.h"

namespace cimd::client {
namespace {

// `items` returns the list of resources in a response.
template <typename Item, typename Method, typename Request, typename Items>
PagedRange<Item> Walk(const Connection& connection, Method method, Request request, Items items) {
  using Page = typename PagedRange<Item>::Page;
  return PagedRange<Item>([&connection, method, request = std::move(request),
                           items](const std::string& page_token) mutable -> absl::StatusOr<Page> {
    // The first page starts at the page_token of the request.
    if (!page_token.empty()) request.set_page_token(page_token);
    auto response = connection.Call(method, request);
    if (!response.ok()) return response.status();
    auto* listed = items(*response);
    return Page{.items = {std::make_move_iterator(listed->begin()), std::make_move_iterator(listed->end())},
                .next_page_token = response->next_page_token()};
  });
}

}  // namespace

PagedRange<v1::Tenant> ListTenants(const Connection& connection, v1::ListTenantsRequest request) {
  return Walk<v1::Tenant>(connection, &Admin::ListTenants, std::move(request),
                          [](v1::ListTenantsResponse& response) { return response.mutable_tenants(); });
}

PagedRange<v1::AuditEvent> ListAuditEvents(const Connection& connection, v1::ListAuditEventsRequest request) {
  return Walk<v1::AuditEvent>(connection, &Admin::ListAuditEvents, std::move(request),
                              [](v1::ListAuditEventsResponse& response) { return response.mutable_audit_events(); });
}

PagedRange<v1::AccessToken> ListAccessTokens(const Connection& connection, v1::ListAccessTokensRequest request) {
  return Walk<v1::AccessToken>(connection, &Admin::ListAccessTokens, std::move(request),
                               [](v1::ListAccessTokensResponse& response) { return response.mutable_access_tokens(); });
}

PagedRange<v1::Client> ListClients(const Connection& connection, v1::ListClientsRequest request) {
  return Walk<v1::Client>(connection, &Registration::ListClients, std::move(request),
                          [](v1::ListClientsResponse& response) { return response.mutable_clients(); });
}

PagedRange<v1::ClientBlock> ListClientBlocks(const Connection& connection, v1::ListClientBlocksRequest request) {
  return Walk<v1::ClientBlock>(connection, &Registration::ListClientBlocks, std::move(request),
                               [](v1::ListClientBlocksResponse& response) { return response.mutable_blocks(); });
}

PagedRange<v1::MetadataDocument> ListDocuments(const Connection& connection, v1::ListDocumentsRequest request) {
  return Walk<v1::MetadataDocument>(connection, &Metadata::ListDocuments, std::move(request),
                                    [](v1::ListDocumentsResponse& response) { return response.mutable_documents(); });
}

PagedRange<v1::ResourceServer> ListResourceServers(const Connection& connection,
                                                   v1::ListResourceServersRequest request) {
  return Walk<v1::ResourceServer>(
      connection, &Grants::ListResourceServers, std::move(request),
      [](v1::ListResourceServersResponse& response) { return response.mutable_resource_servers(); });
}

PagedRange<v1::ClientGrant> ListClientGrants(const Connection& connection, v1::ListClientGrantsRequest request) {
  return Walk<v1::ClientGrant>(connection, &Grants::ListClientGrants, std::move(request),
                               [](v1::ListClientGrantsResponse& response) { return response.mutable_client_grants(); });
}

PagedRange<v1::Connection> ListConnections(const Connection& connection, v1::ListConnectionsRequest request) {
  return Walk<v1::Connection>(connection, &Connections::ListConnections, std::move(request),
                              [](v1::ListConnectionsResponse& response) { return response.mutable_connections(); });
}

PagedRange<std::string> ListConnectionClients(const Connection& connection, v1::ListConnectionClientsRequest request) {
  return Walk<std::string>(connection, &Connections::ListConnectionClients, std::move(request),
                           [](v1::ListConnectionClientsResponse& response) { return response.mutable_clients(); });
}

}  // namespace cimd::client
