#include "tests/server/policy/decide_in_world.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "server/policy/audience.h"
#include "server/policy/authorize_decision.h"
#include "server/policy/token_decision.h"

namespace cimd::policy {
namespace {

template <typename Record, typename Predicate>
const Record* Find(const std::vector<Record>& records, const Predicate& predicate) {
  const auto found = std::find_if(records.begin(), records.end(), predicate);
  return found == records.end() ? nullptr : &*found;
}

const v1::Client* FindClient(const World& world, const std::string& client_id) {
  return Find(world.clients, [&](const v1::Client& c) { return c.metadata().external_client_id() == client_id; });
}

const v1::ResourceServer* FindResourceServer(const World& world, std::string_view audience) {
  const auto find = [&](std::string_view identifier) {
    return Find(world.resource_servers, [&](const auto& api) { return api.identifier() == identifier; });
  };
  const v1::ResourceServer* found = find(audience);
  for (const std::string& spelling : OtherSpellings(audience)) {
    if (found == nullptr) found = find(spelling);
  }
  return found;
}

ApiFacts FindApi(const World& world, const v1::Client* client, std::string_view audience,
                 v1::SubjectType subject_type) {
  const v1::ResourceServer* api = FindResourceServer(world, audience);
  if (api == nullptr) return {};
  const auto is_for = [&](const v1::ClientGrant& grant) {
    return grant.audience() == api->identifier() && grant.subject_type() == subject_type;
  };
  return {
      .resource_server = api,
      .own_grant = Find(world.client_grants,
                        [&](const auto& g) { return is_for(g) && client != nullptr && g.client() == client->name(); }),
      .default_grant = Find(world.client_grants, [&](const auto& g) {
        return is_for(g) && g.default_for() == v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS;
      })};
}

}  // namespace

v1::AuthorizeRequestResponse Decide(const World& world, const v1::AuthorizeRequestRequest& request) {
  const v1::Client* client = FindClient(world, request.client_id());
  google::protobuf::RepeatedPtrField<v1::ConnectionReference> domain_connections;
  bool connection_exists = false;
  for (const v1::Connection& connection : world.connections) {
    connection_exists |= connection.connection_name() == request.connection();
    if (!connection.is_domain_connection()) continue;
    v1::ConnectionReference& reference = *domain_connections.Add();
    reference.set_name(connection.name());
    reference.set_connection_name(connection.connection_name());
    reference.set_strategy(connection.strategy());
  }
  const AuthorizeFacts facts = {
      .tenant = world.tenant,
      .client = client,
      .api = FindApi(world, client, RequestedAudience(world.tenant, request), v1::SUBJECT_TYPE_USER),
      .domain_connections = domain_connections,
      .connection_exists = connection_exists,
      .revision = kRevision};
  return DecideAuthorize(facts, request);
}

v1::AuthorizeTokenRequestResponse Decide(const World& world, const v1::AuthorizeTokenRequestRequest& request) {
  const v1::Client* client = FindClient(world, request.client_id());
  const TokenFacts facts = {
      .tenant = world.tenant,
      .client = client,
      .api = FindApi(world, client, RequestedAudience(world.tenant, request), RequestedSubjectType(request)),
      .revision = kRevision};
  return DecideToken(facts, request);
}

}  // namespace cimd::policy
