// Compares decisions about random worlds and requests with the model. The random values come from small sets and are
// mostly valid, so that every rule occurs alone and in combination.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/policy/decide_in_world.h"
#include "tests/server/policy/decision_world.h"
#include "tests/server/policy/rule_model.h"

namespace cimd::policy {
namespace {

using ::testing::ElementsAreArray;

constexpr int kRounds = 20000;

class Inventor {
 public:
  explicit Inventor(uint64_t seed) : random_(seed) {}

  World InventWorld() {
    World world;
    world.tenant.set_name(kTenant);
    world.tenant.set_client_id_metadata_document_supported(!Rarely());
    world.tenant.set_resource_parameter_profile(static_cast<v1::ResourceParameterProfile>(Below(3)));
    if (!Rarely()) world.clients.push_back(InventClient());
    for (const char* identifier : {kNotes, kFiles, "notes"}) {
      if (Rarely()) continue;
      world.resource_servers.push_back(InventApi(identifier));
      for (const auto subject_type : {v1::SUBJECT_TYPE_CLIENT, v1::SUBJECT_TYPE_USER}) {
        if (Below(4) > 0) world.client_grants.push_back(InventScopes(MakeOwnGrant(identifier, subject_type, {})));
        if (Below(3) > 0) world.client_grants.push_back(InventScopes(MakeDefaultGrant(identifier, subject_type, {})));
      }
    }
    std::shuffle(world.client_grants.begin(), world.client_grants.end(), random_);
    for (const char* name : {"users", "partners", "staff"}) {
      if (Below(4) > 0) world.connections.push_back(MakeConnection(name, Below(3) > 0));
    }
    return world;
  }

  v1::AuthorizeRequestRequest InventAuthorizeRequest() {
    v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
    request.set_scope(InventScope());
    NameApi(request);
    if (Rarely()) request.set_client_id(Pick({"", "https://other.com/client.json"}));
    request.set_redirect_uri(InventRedirectUri());
    if (Rarely()) request.set_response_type(Pick({"", "token", "code id_token"}));
    if (Rarely()) request.set_code_challenge(Pick({"", "short", std::string(42, 'a') + "~", std::string(44, 'a')}));
    if (Rarely()) request.set_code_challenge_method(Pick({"", "plain"}));
    if (Below(3) == 0) request.set_connection(Pick({"users", "users", "staff", "partners", "nowhere"}));
    if (Rarely()) request.add_other_parameters(Pick({"state", "ext-x", "ext-", "claims", "organization"}));
    Repeat(request);
    return request;
  }

  v1::AuthorizeTokenRequestRequest InventTokenRequest() {
    v1::AuthorizeTokenRequestRequest request =
        UsualTokenRequest(Pick({"authorization_code", "refresh_token", "client_credentials"}));
    v1::DecisionBasis& basis = *request.mutable_basis();
    if (Rarely()) request.set_grant_type(Pick({"", "password"}));
    if (Rarely()) request.set_client_id(Pick({"", "https://other.com/client.json"}));
    request.set_authentication_method(Pick({"none", "private_key_jwt", "private_key_jwt", "", "client_secret_basic"}));
    if (Below(2) == 0) request.set_scope(InventScope());
    if (Below(2) == 0) NameApi(request);
    basis.set_redirect_uri(InventRedirectUri());
    request.set_redirect_uri(Below(4) > 0 ? basis.redirect_uri() : InventRedirectUri());
    if (Rarely()) basis.set_client("tenants/acme/clients/tpc_BBBBBBBBBBBBBBBBBBBBBB");
    basis.set_document_version(1 + Below(2));
    basis.set_token_endpoint_auth_method(Pick({"none", "none", "private_key_jwt"}));
    basis.set_audience(Pick({kNotes, kNotes, kNotes, kFiles, "notes", ""}));
    basis.clear_scopes();
    for (const char* scope : {"read:notes", "write:notes", "admin:notes", "gone:notes"}) {
      if (Below(2) > 0) basis.add_scopes(scope);
    }
    if (Below(4) > 0) basis.add_scopes("offline_access");
    if (Rarely()) request.clear_basis();
    Repeat(request);
    return request;
  }

 private:
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool Rarely() { return Below(12) == 0; }
  std::string Pick(std::initializer_list<std::string> values) { return values.begin()[Below(values.size())]; }

  std::string InventRedirectUri() {
    return Pick({kCallback, kCallback, kCallback, "http://localhost/cb", "http://localhost:5000/cb",
                 "http://127.0.0.1:5000/cb", "http://127.0.0.1/cb", "http://localhost:70000/cb",
                 "http://localhost:5000/", "https://app.acme.com:8443/cb", "com.acme.app:/cb", ""});
  }

  v1::Client InventClient() {
    v1::Client client = UsualWorld().clients[0];
    if (Rarely()) client.set_state(v1::CLIENT_STATE_BLOCKED);
    if (Rarely()) SetGrantTypes(client, {"refresh_token"});
    if (Rarely()) SetGrantTypes(client, {"authorization_code"});
    const int methods = Below(3);
    if (methods == 1) SetMethods(client, {"private_key_jwt"});
    if (methods == 2) SetMethods(client, {"private_key_jwt", "none"});
    if (Below(2) > 0) client.mutable_metadata()->add_callbacks("http://localhost:33418/cb");
    if (Below(2) > 0) client.mutable_metadata()->add_callbacks("http://127.0.0.1/cb");
    if (Rarely()) client.mutable_metadata()->mutable_callbacks(0)->append("/new");
    client.mutable_settings()->set_redirection_policy(static_cast<v1::RedirectionPolicy>(Below(3)));
    return client;
  }

  v1::ResourceServer InventApi(const std::string& identifier) {
    v1::ResourceServer api = MakeApi(identifier, {"read:notes", "write:notes", "admin:notes"});
    if (Rarely()) api.add_scopes()->set_value("email");
    if (Rarely()) api.clear_scopes();
    auto& policies = *api.mutable_subject_type_authorization();
    policies.set_user(static_cast<v1::AccessPolicy>(Rarely() ? v1::ACCESS_POLICY_DENY_ALL : Below(3)));
    policies.set_client(Rarely() ? v1::ACCESS_POLICY_DENY_ALL : v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT);
    api.set_allow_offline_access(Below(3) > 0);
    return api;
  }

  v1::ClientGrant InventScopes(v1::ClientGrant grant) {
    grant.set_allow_all_scopes(Rarely());
    for (const char* scope : {"admin:notes", "read:notes", "write:notes", "gone:notes", "email"}) {
      if (!grant.allow_all_scopes() && Below(5) > 1) grant.add_scopes(scope);
    }
    return grant;
  }

  std::string InventScope() {
    std::string scope;
    for (int i = Below(5); i > 0; --i) {
      scope += Pick({"read:notes", "read:notes", "write:notes", "admin:notes", "gone:notes", "openid", "email",
                     "offline_access", ""}) +
               " ";
    }
    return scope;
  }

  template <typename Request>
  void NameApi(Request& request) {
    request.set_audience(Below(3) > 0 ? Pick({kNotes, kNotes, kNotes, kFiles, "notes", "https://api.acme.com/none"})
                                      : "");
    for (int i = Below(3); i > 0; --i) {
      request.add_resources(
          Pick({kNotes, kNotes, kNotes, kNotes, kFiles, "notes", "https://api.acme.com/notes#x", "",
                "HTTPS://API.acme.com:443/notes", "https://api.acme.com/notes/", "https://api.acme.com:8443/notes"}));
    }
  }

  template <typename Request>
  void Repeat(Request& request) {
    if (Rarely()) request.add_repeated_parameters(Pick({"resource", "scope", "client_id", "redirect_uri"}));
  }

  std::mt19937_64 random_;
};

// Counts outcomes, to check that the random cases reach every rule.
struct Coverage {
  int allowed = 0;
  int denied_for_one_reason = 0;
  std::set<v1::CheckReason> reasons;
  std::set<int> drops;

  void Count(const ModelAnswer& answer) {
    allowed += answer.reasons.empty();
    denied_for_one_reason += answer.reasons.size() == 1;
    reasons.insert(answer.reasons.begin(), answer.reasons.end());
    for (const auto& [scope, reason] : answer.dropped) drops.insert(reason);
  }
};

template <typename Response>
void ExpectLikeModel(const Response& response, const ModelAnswer& model) {
  std::vector<v1::CheckReason> reasons;
  for (const v1::FailedCheck& check : response.failed_checks()) reasons.push_back(check.reason());
  EXPECT_THAT(reasons, ElementsAreArray(model.reasons));
  EXPECT_EQ(response.allowed(), model.reasons.empty());
  EXPECT_THAT(response.scopes(), ElementsAreArray(model.scopes));
  std::vector<std::pair<std::string, v1::DroppedScope::Reason>> dropped;
  for (const v1::DroppedScope& scope : response.dropped_scopes()) dropped.emplace_back(scope.scope(), scope.reason());
  EXPECT_THAT(dropped, ElementsAreArray(model.dropped));
}

std::string Describe(const World& world, const google::protobuf::Message& request) {
  std::string text = request.DebugString() + "\n" + world.tenant.ShortDebugString() + "\n";
  for (const auto& client : world.clients) text += client.ShortDebugString() + "\n";
  for (const auto& api : world.resource_servers) text += api.ShortDebugString() + "\n";
  for (const auto& grant : world.client_grants) text += grant.ShortDebugString() + "\n";
  for (const auto& connection : world.connections) text += connection.ShortDebugString() + "\n";
  return text;
}

// Returns CIMD_TEST_SEED, or a new seed if it is not set.
uint64_t Seed() {
  const char* given = std::getenv("CIMD_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "CIMD_TEST_SEED=" << seed << std::endl;
  return seed;
}

TEST(RandomDecisionTest, AuthorizationsAreDecidedAsTheModelDoes) {
  const uint64_t seed = Seed();
  SCOPED_TRACE("CIMD_TEST_SEED=" + std::to_string(seed));
  Inventor inventor(seed);
  Coverage coverage;
  for (int round = 0; round < kRounds && !::testing::Test::HasFailure(); ++round) {
    const World world = inventor.InventWorld();
    const v1::AuthorizeRequestRequest request = inventor.InventAuthorizeRequest();
    const ModelAnswer model = Model(world, request);
    const v1::AuthorizeRequestResponse response = Decide(world, request);
    coverage.Count(model);
    ExpectLikeModel(response, model);
    EXPECT_EQ(response.error_may_redirect(), model.error_may_redirect);
    std::vector<std::string> connections;
    for (const auto& connection : response.connections()) connections.push_back(connection.connection_name());
    EXPECT_THAT(connections, ElementsAreArray(model.connections));
    if (::testing::Test::HasFailure()) ADD_FAILURE() << Describe(world, request);
  }
  EXPECT_GT(coverage.allowed, kRounds / 50);
  EXPECT_GT(coverage.denied_for_one_reason, kRounds / 50);
  EXPECT_EQ(coverage.reasons.size(), 24u);
  EXPECT_EQ(coverage.drops.size(), 4u);
}

TEST(RandomDecisionTest, TokensAreDecidedAsTheModelDoes) {
  const uint64_t seed = Seed();
  SCOPED_TRACE("CIMD_TEST_SEED=" + std::to_string(seed));
  Inventor inventor(seed);
  Coverage coverage;
  for (int round = 0; round < kRounds && !::testing::Test::HasFailure(); ++round) {
    const World world = inventor.InventWorld();
    const v1::AuthorizeTokenRequestRequest request = inventor.InventTokenRequest();
    const ModelAnswer model = Model(world, request);
    const v1::AuthorizeTokenRequestResponse response = Decide(world, request);
    coverage.Count(model);
    ExpectLikeModel(response, model);
    EXPECT_EQ(response.refresh_token_allowed(), model.refresh_token_allowed);
    EXPECT_EQ(response.document_changed(), model.document_changed);
    EXPECT_THAT(response.changed_since(), ElementsAreArray(model.changed_since));
    if (::testing::Test::HasFailure()) ADD_FAILURE() << Describe(world, request);
  }
  EXPECT_GT(coverage.allowed, kRounds / 50);
  EXPECT_GT(coverage.denied_for_one_reason, kRounds / 50);
  EXPECT_EQ(coverage.reasons.size(), 24u);
  EXPECT_EQ(coverage.drops.size(), 5u);
}

}  // namespace
}  // namespace cimd::policy
