#ifndef CIMD_TESTS_SERVER_POLICY_DECISION_WORLD_H_
#define CIMD_TESTS_SERVER_POLICY_DECISION_WORLD_H_

#include <initializer_list>
#include <string>

#include "tests/server/policy/decision_cases.h"

namespace cimd::policy {

inline constexpr char kTenant[] = "tenants/acme";
inline constexpr char kClient[] = "tenants/acme/clients/tpc_AAAAAAAAAAAAAAAAAAAAAA";
inline constexpr char kClientId[] = "https://app.acme.com/client.json";
inline constexpr char kCallback[] = "https://app.acme.com/cb";
inline constexpr char kNotes[] = "https://api.acme.com/notes";
inline constexpr char kFiles[] = "https://api.acme.com/files";
// A valid S256 challenge: 43 characters of base64url.
inline constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

using Strings = std::initializer_list<std::string>;

// Parts of UsualWorld().
inline v1::Client& TheClient(World& world) { return world.clients.at(0); }
inline v1::ResourceServer& TheApi(World& world) { return world.resource_servers.at(0); }
inline v1::ClientGrant& TheGrant(World& world) { return world.client_grants.at(0); }

v1::ResourceServer MakeApi(const std::string& identifier, Strings scopes);
// A grant for the usual client, and a default grant for all clients.
v1::ClientGrant MakeOwnGrant(const std::string& audience, v1::SubjectType subject_type, Strings scopes);
v1::ClientGrant MakeDefaultGrant(const std::string& audience, v1::SubjectType subject_type, Strings scopes);
v1::Connection MakeConnection(const std::string& connection_name, bool is_domain_connection);

void SetGrantTypes(v1::Client& client, Strings grant_types);
// Sets the authentication methods that the client's document lists, strongest first.
void SetMethods(v1::Client& client, Strings methods);
void SetCallbacks(v1::Client& client, Strings callbacks);

}  // namespace cimd::policy

#endif  // CIMD_TESTS_SERVER_POLICY_DECISION_WORLD_H_
