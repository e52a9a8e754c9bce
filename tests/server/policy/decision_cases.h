#ifndef CIMD_TESTS_SERVER_POLICY_DECISION_CASES_H_
#define CIMD_TESTS_SERVER_POLICY_DECISION_CASES_H_

#include <string>
#include <utility>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"

// The decision rules as data: stored resources, request and expected answer. Every case can be set up through the
// public API, so the same table tests the pure functions and a server.
namespace cimd::policy {

// The resources of one tenant. A server generates the names of clients and grants. Tests that set a world up through a
// server must replace these names in grants and in the basis of token requests.
struct World {
  v1::Tenant tenant;
  // Registered from DocumentOf(...), followed by updates of settings and state.
  std::vector<v1::Client> clients;
  std::vector<v1::ResourceServer> resource_servers;
  std::vector<v1::ClientGrant> client_grants;
  std::vector<v1::Connection> connections;
};

struct ExpectedDecision {
  // In order of precedence. Empty if allowed.
  std::vector<v1::CheckReason> reasons;
  // The OAuth error of the first reason.
  std::string error;
  // For authorization requests only.
  bool error_may_redirect = false;
  std::vector<std::string> scopes;
  std::vector<std::pair<std::string, v1::DroppedScope::Reason>> dropped;

  bool allowed() const { return reasons.empty(); }
};

struct AuthorizeCase {
  // A sentence that states what the case shows.
  std::string sentence;
  World world;
  v1::AuthorizeRequestRequest request;
  ExpectedDecision expected;
  // Names of the connections that the user may log in with.
  std::vector<std::string> expected_connections;
};

struct TokenCase {
  std::string sentence;
  World world;
  v1::AuthorizeTokenRequestRequest request;
  ExpectedDecision expected;
  bool expected_refresh_token_allowed = false;
  bool expected_document_changed = false;
  std::vector<v1::ChangeImpact> expected_changed_since;
};

std::vector<AuthorizeCase> AuthorizeCases();
std::vector<TokenCase> TokenCases();

// Returns the base of every case: a tenant with one client, one API, one grant for the client and one domain-level
// connection, and a request that they allow.
World UsualWorld();
v1::AuthorizeRequestRequest UsualAuthorizeRequest();
v1::AuthorizeTokenRequestRequest UsualTokenRequest(const std::string& grant_type);

// Returns a metadata document with this metadata.
std::string DocumentOf(const v1::ClientMetadata& metadata);

}  // namespace cimd::policy

#endif  // CIMD_TESTS_SERVER_POLICY_DECISION_CASES_H_
