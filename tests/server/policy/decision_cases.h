#ifndef CIMD_TESTS_SERVER_POLICY_DECISION_CASES_H_
#define CIMD_TESTS_SERVER_POLICY_DECISION_CASES_H_

#include <string>
#include <utility>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"

// The rules of the decisions as data: what is stored, what is asked, what has to be answered. Every case can be set up
// through the public API alone, so the same table can be run over the pure functions and through a server.
namespace cimd::policy {

// What one tenant has stored. Names of clients and grants are those of a server that generated them: whoever sets a
// world up through a server replaces them in grants and in the basis of token requests.
struct World {
  v1::Tenant tenant;
  // Registered from DocumentOf(...); then settings and state.
  std::vector<v1::Client> clients;
  std::vector<v1::ResourceServer> resource_servers;
  std::vector<v1::ClientGrant> client_grants;
  std::vector<v1::Connection> connections;
};

struct ExpectedDecision {
  // In order of precedence. Empty: allowed.
  std::vector<v1::CheckReason> reasons;
  // That of the first reason.
  std::string error;
  // Of an authorization only.
  bool error_may_redirect = false;
  std::vector<std::string> scopes;
  std::vector<std::pair<std::string, v1::DroppedScope::Reason>> dropped;

  bool allowed() const { return reasons.empty(); }
};

struct AuthorizeCase {
  // What the case shows, as a sentence.
  std::string sentence;
  World world;
  v1::AuthorizeRequestRequest request;
  ExpectedDecision expected;
  // Names of the connections that the user may come through.
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

// A tenant with one client, one API, a grant of the client's own and one domain-level connection; and a request that it
// allows. What every case begins with.
World UsualWorld();
v1::AuthorizeRequestRequest UsualAuthorizeRequest();
v1::AuthorizeTokenRequestRequest UsualTokenRequest(const std::string& grant_type);

// The metadata document that the client's metadata comes from.
std::string DocumentOf(const v1::ClientMetadata& metadata);

}  // namespace cimd::policy

#endif  // CIMD_TESTS_SERVER_POLICY_DECISION_CASES_H_
