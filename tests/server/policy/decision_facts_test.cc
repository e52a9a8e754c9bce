// Wrong facts must not allow a request. Also tests the parts of the answer besides the verdict.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/policy/authorize_decision.h"
#include "server/policy/token_decision.h"
#include "tests/server/policy/decide_in_world.h"
#include "tests/server/policy/decision_world.h"

namespace cimd::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

// Returns the first reason, UNSPECIFIED if allowed.
v1::CheckReason DecideWith(const World& world, const ApiFacts& api) {
  google::protobuf::RepeatedPtrField<v1::ConnectionReference> connections;
  connections.Add()->set_connection_name("users");
  const AuthorizeFacts facts = {
      .tenant = world.tenant, .client = &world.clients[0], .api = api, .domain_connections = connections};
  const v1::AuthorizeRequestResponse response = DecideAuthorize(facts, UsualAuthorizeRequest());
  return response.allowed() ? v1::CHECK_REASON_UNSPECIFIED : response.failed_checks(0).reason();
}

TEST(DecisionFactsTest, AGrantCountsOnlyForItsClientApiAndSubject) {
  const World world = UsualWorld();
  const v1::ResourceServer& api = world.resource_servers[0];
  const v1::ClientGrant own = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"});
  const v1::ClientGrant fallback = MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes"});
  EXPECT_EQ(DecideWith(world, {&api, &own, nullptr}), v1::CHECK_REASON_UNSPECIFIED);
  EXPECT_EQ(DecideWith(world, {&api, nullptr, &fallback}), v1::CHECK_REASON_UNSPECIFIED);
  // The client's grant and the default grant are swapped.
  EXPECT_EQ(DecideWith(world, {&api, &fallback, nullptr}), v1::CHECK_REASON_GRANT_MISSING);
  EXPECT_EQ(DecideWith(world, {&api, nullptr, &own}), v1::CHECK_REASON_GRANT_MISSING);

  v1::ClientGrant other = own;
  other.set_client("tenants/acme/clients/tpc_BBBBBBBBBBBBBBBBBBBBBB");
  EXPECT_EQ(DecideWith(world, {&api, &other, nullptr}), v1::CHECK_REASON_GRANT_MISSING);
  other = own;
  other.set_audience(kFiles);
  EXPECT_EQ(DecideWith(world, {&api, &other, nullptr}), v1::CHECK_REASON_GRANT_MISSING);
  for (const auto subject_type : {v1::SUBJECT_TYPE_CLIENT, v1::SUBJECT_TYPE_UNSPECIFIED}) {
    other = own;
    other.set_subject_type(subject_type);
    EXPECT_EQ(DecideWith(world, {&api, &other, nullptr}), v1::CHECK_REASON_GRANT_MISSING);
    other = fallback;
    other.set_subject_type(subject_type);
    EXPECT_EQ(DecideWith(world, {&api, nullptr, &other}), v1::CHECK_REASON_GRANT_MISSING);
  }
}

TEST(DecisionFactsTest, AnotherApiThanTheRequestedOneIsNone) {
  const World world = UsualWorld();
  const v1::ResourceServer api = MakeApi(kFiles, {"read:notes"});
  EXPECT_EQ(DecideWith(world, {&api, &world.client_grants[0], nullptr}), v1::CHECK_REASON_AUDIENCE_UNKNOWN);
}

TEST(DecisionFactsTest, OnlyAnActiveClientIsActive) {
  World world = UsualWorld();
  for (const int state : {0, 2, 3, 100}) {
    TheClient(world).set_state(static_cast<v1::ClientState>(state));
    EXPECT_EQ(DecideWith(world, {&world.resource_servers[0], &world.client_grants[0], nullptr}),
              v1::CHECK_REASON_CLIENT_BLOCKED)
        << state;
  }
}

// An unknown policy, perhaps stored by a newer version, must not be treated as a lenient one.
TEST(DecisionFactsTest, APolicyThatIsNotKnownClosesTheApi) {
  World world = UsualWorld();
  v1::SubjectTypeAuthorization& policies = *TheApi(world).mutable_subject_type_authorization();
  policies.set_user(static_cast<v1::AccessPolicy>(100));
  const ApiFacts api = {&world.resource_servers[0], &world.client_grants[0], nullptr};
  EXPECT_EQ(DecideWith(world, api), v1::CHECK_REASON_ACCESS_DENIED_BY_API);
  policies.set_user(v1::ACCESS_POLICY_UNSPECIFIED);
  EXPECT_EQ(DecideWith(world, api), v1::CHECK_REASON_UNSPECIFIED);
}

TEST(DecisionFactsTest, OnlyAllowAlwaysLetsErrorsBeRedirected) {
  World world = UsualWorld();
  for (const int policy : {0, 1, 2, 3}) {
    TheClient(world).mutable_settings()->set_redirection_policy(static_cast<v1::RedirectionPolicy>(policy));
    EXPECT_EQ(Decide(world, UsualAuthorizeRequest()).error_may_redirect(), policy == 2) << policy;
  }
  TheClient(world).clear_settings();
  EXPECT_FALSE(Decide(world, UsualAuthorizeRequest()).error_may_redirect());
}

TEST(DecisionFactsTest, AnUnknownClientIsToldNothing) {
  World world = UsualWorld();
  world.clients.clear();
  v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
  request.set_audience("https://api.acme.com/unknown");
  request.set_connection("unknown");
  const v1::AuthorizeRequestResponse response = Decide(world, request);
  ASSERT_EQ(response.failed_checks_size(), 1);
  EXPECT_EQ(response.failed_checks(0).reason(), v1::CHECK_REASON_CLIENT_UNKNOWN);
  request.set_audience(kNotes);
  request.set_connection("users");
  // The answer is the same whether the connection exists or not.
  EXPECT_EQ(Decide(world, request).SerializeAsString(), response.SerializeAsString());
  EXPECT_FALSE(response.has_client());
  EXPECT_FALSE(response.has_resource_server());
  EXPECT_THAT(response.connections(), IsEmpty());
  EXPECT_FALSE(response.has_consent());
}

// Otherwise anyone who can register a client could guess connection names.
TEST(DecisionFactsTest, HiddenConnectionsLookLikeUnknownOnesToTheClient) {
  World world = UsualWorld();
  v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
  request.set_connection("staff");
  const v1::AuthorizeRequestResponse unknown = Decide(world, request);
  world.connections.push_back(MakeConnection("staff", false));
  const v1::AuthorizeRequestResponse hidden = Decide(world, request);
  EXPECT_NE(unknown.failed_checks(0).reason(), hidden.failed_checks(0).reason());
  EXPECT_EQ(unknown.error(), hidden.error());
  EXPECT_EQ(unknown.error_description(), hidden.error_description());
}

TEST(DecisionFactsTest, WhatIsKnownIsToldInADenialToo) {
  World world = UsualWorld();
  v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
  request.clear_code_challenge();
  const v1::AuthorizeRequestResponse response = Decide(world, request);
  EXPECT_FALSE(response.allowed());
  EXPECT_EQ(response.client().name(), kClient);
  EXPECT_EQ(response.resource_server().identifier(), kNotes);
  EXPECT_EQ(response.client_grant(), world.client_grants[0].name());
  EXPECT_EQ(response.basis().client(), kClient);
  EXPECT_EQ(response.basis().document_version(), 1);
  EXPECT_THAT(response.scopes(), IsEmpty());
}

TEST(DecisionFactsTest, TheGrantThatDecidedIsNamed) {
  World world = UsualWorld();
  world.client_grants.push_back(MakeDefaultGrant(kNotes, v1::SUBJECT_TYPE_USER, {}));
  EXPECT_EQ(Decide(world, UsualAuthorizeRequest()).client_grant(), world.client_grants[0].name());
  world.client_grants.erase(world.client_grants.begin());
  EXPECT_EQ(Decide(world, UsualTokenRequest("authorization_code")).client_grant(), world.client_grants[0].name());
}

TEST(DecisionFactsTest, TheBasisRecordsWhatAuthenticationIsOwed) {
  World world = UsualWorld();
  const auto owed = [&] { return Decide(world, UsualAuthorizeRequest()).basis().token_endpoint_auth_method(); };
  EXPECT_EQ(owed(), "none");
  SetMethods(TheClient(world), {"private_key_jwt"});
  EXPECT_EQ(owed(), "private_key_jwt");
  SetMethods(TheClient(world), {"private_key_jwt", "none"});
  EXPECT_EQ(owed(), "none");
}

TEST(DecisionFactsTest, ATokenLifetimeThatIsNotSetIsADay) {
  World world = UsualWorld();
  TheApi(world).clear_token_lifetime_seconds();
  EXPECT_EQ(Decide(world, UsualTokenRequest("authorization_code")).token_lifetime_seconds(), 86400);
}

TEST(DecisionFactsTest, ARefusedAssertionIsAFailedAuthenticationWhateverElseIsSaid) {
  const World world = UsualWorld();
  v1::AuthorizeTokenRequestRequest request = UsualTokenRequest("authorization_code");
  request.set_authentication_method("private_key_jwt");
  const TokenFacts facts = {.tenant = world.tenant,
                            .client = &world.clients[0],
                            .api = {&world.resource_servers[0], &world.client_grants[0], nullptr},
                            .assertion = {.reason = v1::ASSERTION_REASON_EXPIRED, .description = "too late"}};
  const v1::AuthorizeTokenRequestResponse response = DecideToken(facts, request);
  EXPECT_FALSE(response.allowed());
  EXPECT_EQ(response.error(), "invalid_client");
  EXPECT_EQ(response.error_description(), "too late");
  EXPECT_EQ(response.failed_checks(0).reason(), v1::CHECK_REASON_CLIENT_AUTHENTICATION_FAILED);
  EXPECT_EQ(response.failed_checks(0).parameter(), "client_assertion");
  EXPECT_EQ(response.assertion_reason(), v1::ASSERTION_REASON_EXPIRED);
  EXPECT_EQ(response.key_thumbprint_sha256(), "");
}

TEST(DecisionFactsTest, AMismatchSaysWhatIsEasilyOverlooked) {
  const auto description = [](v1::AuthorizeRequestRequest request, std::string identifier = kNotes) {
    World world = UsualWorld();
    TheApi(world).set_identifier(identifier);
    TheGrant(world).set_audience(identifier);
    SetCallbacks(TheClient(world), {"https://app.acme.com/cb", "http://127.0.0.1:8080/cb"});
    return Decide(world, request).error_description();
  };
  const auto redirect = [&](const char* uri) {
    v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
    request.set_redirect_uri(uri);
    return description(request);
  };
  EXPECT_THAT(redirect("https://app.acme.com/cb/"),
              EndsWith("; 'https://app.acme.com/cb' is registered, which differs in a final slash"));
  EXPECT_THAT(redirect("https://app.acme.com:8443/cb"), EndsWith("which differs in the port"));
  EXPECT_THAT(redirect("https://app.acme.com/CB"), EndsWith("which differs in upper and lower case"));
  EXPECT_THAT(redirect("http://localhost:8080/cb"),
              EndsWith("; 'http://127.0.0.1:8080/cb' is registered, which differs in the name of the loopback host"));
  EXPECT_THAT(redirect("https://evil.com/cb"), EndsWith("only the port of a loopback URI may differ"));

  const auto audience = [&](const char* named) {
    v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
    request.set_audience(named);
    return description(request);
  };
  EXPECT_EQ(
      audience("https://api.acme.com/notes/"),
      "there is no API 'https://api.acme.com/notes/'; API 'https://api.acme.com/notes' differs from it in a final "
      "slash");
  EXPECT_THAT(audience("https://API.acme.com:443/notes"),
              EndsWith("differs from it in upper and lower case and the port"));
  EXPECT_THAT(audience("https://api.acme.com/none"), EndsWith("compared byte for byte, a final slash included"));

  v1::AuthorizeTokenRequestRequest request = UsualTokenRequest("authorization_code");
  request.set_redirect_uri("https://app.acme.com/cb/");
  EXPECT_THAT(Decide(UsualWorld(), request).error_description(), EndsWith("; it differs in a final slash"));
}

TEST(DecisionFactsTest, AnotherSpellingOfAResourceIsAnsweredWithTheApisOwn) {
  World world = UsualWorld();
  world.tenant.set_resource_parameter_profile(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
  request.clear_audience();
  request.add_resources("HTTPS://api.acme.com:443/notes");
  const v1::AuthorizeRequestResponse response = Decide(world, request);
  EXPECT_TRUE(response.allowed());
  EXPECT_EQ(response.basis().audience(), kNotes);
  EXPECT_EQ(response.resource_server().identifier(), kNotes);
}

TEST(DecisionFactsTest, DescriptionsOfHostileRequestsAreFitForAnErrorDescription) {
  const std::string hostile = "\"<script>\\\r\nLocation: \xd0\xb0" + std::string(3000, 'x');
  World world = UsualWorld();
  v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
  request.set_redirect_uri(hostile);
  request.set_response_type(hostile);
  request.set_code_challenge(hostile);
  request.set_code_challenge_method(hostile);
  request.set_audience(hostile);
  request.set_connection(hostile);
  request.add_other_parameters(hostile);
  request.add_repeated_parameters(hostile);
  const v1::AuthorizeRequestResponse response = Decide(world, request);
  EXPECT_EQ(response.failed_checks_size(), 8);
  request.set_client_id(hostile);
  std::vector<std::string> descriptions = {Decide(world, request).error_description()};
  for (const v1::FailedCheck& check : response.failed_checks()) descriptions.push_back(check.description());
  for (const std::string& description : descriptions) {
    EXPECT_LT(description.size(), 300u);
    for (const char c : description) EXPECT_TRUE(c >= 0x20 && c <= 0x7e && c != '"' && c != '\\') << description;
  }
}

}  // namespace
}  // namespace cimd::policy
