// Tests every case of the table with the pure functions.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metadata/metadata_document.h"
#include "tests/server/policy/decide_in_world.h"
#include "tests/server/policy/decision_cases.h"
#include "tests/server/policy/decision_world.h"

namespace cimd::policy {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

std::string ReasonText(v1::CheckReason reason) { return v1::CheckReason_Name(reason).substr(13); }

template <typename Reasons>
std::vector<std::string> ReasonTexts(const Reasons& reasons) {
  std::vector<std::string> texts;
  for (const auto reason : reasons) texts.push_back(ReasonText(reason));
  return texts;
}

// The parts that both response types have.
template <typename Response>
void ExpectAnswer(const Response& response, const ExpectedDecision& expected) {
  std::vector<v1::CheckReason> reasons;
  for (const v1::FailedCheck& check : response.failed_checks()) reasons.push_back(check.reason());
  EXPECT_THAT(ReasonTexts(reasons), ElementsAreArray(ReasonTexts(expected.reasons)));
  EXPECT_EQ(response.allowed(), expected.allowed());
  EXPECT_EQ(response.error(), expected.error);
  EXPECT_EQ(response.error_description(), expected.allowed() ? "" : response.failed_checks(0).description());
  EXPECT_THAT(response.scopes(), ElementsAreArray(expected.scopes));
  std::vector<std::pair<std::string, v1::DroppedScope::Reason>> dropped;
  for (const v1::DroppedScope& scope : response.dropped_scopes()) dropped.emplace_back(scope.scope(), scope.reason());
  EXPECT_THAT(dropped, ElementsAreArray(expected.dropped));
  EXPECT_EQ(response.basis().revision(), kRevision);
  EXPECT_EQ(response.basis().client(), response.client().name());
  EXPECT_EQ(response.basis().document_version(), response.client().document_version());
}

TEST(DecisionTest, AuthorizeCases) {
  for (const AuthorizeCase& row : AuthorizeCases()) {
    SCOPED_TRACE(row.sentence);
    const v1::AuthorizeRequestResponse response = Decide(row.world, row.request);
    ExpectAnswer(response, row.expected);
    EXPECT_EQ(response.error_may_redirect(), row.expected.error_may_redirect);
    std::vector<std::string> connections;
    for (const v1::ConnectionReference& connection : response.connections()) {
      connections.push_back(connection.connection_name());
    }
    EXPECT_THAT(connections, ElementsAreArray(row.expected_connections));
    EXPECT_EQ(response.has_consent(), row.expected.allowed());
    EXPECT_EQ(response.basis().audience(), row.expected.allowed() ? response.resource_server().identifier() : "");
    EXPECT_EQ(response.basis().redirect_uri(), row.expected.allowed() ? row.request.redirect_uri() : "");
    EXPECT_THAT(response.basis().scopes(), ElementsAreArray(row.expected.scopes));
  }
}

TEST(DecisionTest, TokenCases) {
  for (const TokenCase& row : TokenCases()) {
    SCOPED_TRACE(row.sentence);
    const v1::AuthorizeTokenRequestResponse response = Decide(row.world, row.request);
    ExpectAnswer(response, row.expected);
    EXPECT_EQ(response.token_lifetime_seconds(), row.expected.allowed() ? 3600 : 0);
    EXPECT_EQ(response.refresh_token_allowed(), row.expected_refresh_token_allowed);
    EXPECT_EQ(response.document_changed(), row.expected_document_changed);
    EXPECT_THAT(response.changed_since(), ElementsAreArray(row.expected_changed_since));
    EXPECT_EQ(response.basis().audience(), row.expected.allowed() ? kNotes : "");
    if (!row.expected.allowed()) {
      EXPECT_THAT(response.basis().scopes(), IsEmpty());
      continue;
    }
    const bool for_client = row.request.grant_type() == "client_credentials";
    EXPECT_THAT(response.basis().scopes(),
                ElementsAreArray(for_client ? response.scopes() : row.request.basis().scopes()));
    EXPECT_EQ(response.basis().redirect_uri(), row.request.basis().redirect_uri());
    EXPECT_EQ(response.basis().token_endpoint_auth_method(), row.request.authentication_method());
  }
}

TEST(DecisionTest, TheTableHasEveryReason) {
  // The verifier of the assertion reports failed authentication before any decision is requested.
  std::set<v1::CheckReason> shown = {v1::CHECK_REASON_UNSPECIFIED, v1::CHECK_REASON_CLIENT_AUTHENTICATION_FAILED};
  for (const AuthorizeCase& row : AuthorizeCases())
    shown.insert(row.expected.reasons.begin(), row.expected.reasons.end());
  for (const TokenCase& row : TokenCases()) shown.insert(row.expected.reasons.begin(), row.expected.reasons.end());
  for (int i = 0; i < v1::CheckReason_descriptor()->value_count(); ++i) {
    const auto reason = static_cast<v1::CheckReason>(v1::CheckReason_descriptor()->value(i)->number());
    EXPECT_EQ(shown.count(reason), 1u) << ReasonText(reason);
  }
}

TEST(DecisionTest, SentencesAreUnique) {
  std::set<std::string> seen;
  for (const AuthorizeCase& row : AuthorizeCases()) EXPECT_TRUE(seen.insert(row.sentence).second) << row.sentence;
  for (const TokenCase& row : TokenCases()) EXPECT_TRUE(seen.insert(row.sentence).second) << row.sentence;
}

void ExpectRegistrable(const World& world) {
  for (const v1::Client& client : world.clients) {
    const metadata::DocumentReport report =
        metadata::JudgeDocument(DocumentOf(client.metadata()), client.metadata().external_client_id(), {});
    ASSERT_TRUE(report.metadata.has_value());
    EXPECT_TRUE(report.validation.valid()) << report.validation.ShortDebugString();
    EXPECT_EQ(report.metadata->SerializeAsString(), client.metadata().SerializeAsString())
        << report.metadata->ShortDebugString() << "\n"
        << client.metadata().ShortDebugString();
  }
}

// This allows setting the cases up through a server.
TEST(DecisionTest, EveryClientOfTheTableComesFromADocument) {
  for (const AuthorizeCase& row : AuthorizeCases()) {
    SCOPED_TRACE(row.sentence);
    ExpectRegistrable(row.world);
  }
  for (const TokenCase& row : TokenCases()) {
    SCOPED_TRACE(row.sentence);
    ExpectRegistrable(row.world);
  }
}

// The basis in one answer is the input of the next request.
TEST(DecisionTest, TheBasisLeadsThroughAWholeFlow) {
  World world = UsualWorld();
  SetMethods(TheClient(world), {"private_key_jwt", "none"});
  v1::AuthorizeRequestRequest authorize = UsualAuthorizeRequest();
  authorize.set_scope("read:notes write:notes offline_access openid");
  const v1::AuthorizeRequestResponse authorized = Decide(world, authorize);
  ASSERT_TRUE(authorized.allowed());
  EXPECT_EQ(authorized.basis().token_endpoint_auth_method(), "none");

  v1::AuthorizeTokenRequestRequest token = UsualTokenRequest("authorization_code");
  token.set_authentication_method("private_key_jwt");
  *token.mutable_basis() = authorized.basis();
  const v1::AuthorizeTokenRequestResponse exchanged = Decide(world, token);
  ASSERT_TRUE(exchanged.allowed());
  EXPECT_TRUE(exchanged.refresh_token_allowed());

  token = UsualTokenRequest("refresh_token");
  token.set_authentication_method("private_key_jwt");
  token.set_scope("read:notes");
  *token.mutable_basis() = exchanged.basis();
  const v1::AuthorizeTokenRequestResponse narrowed = Decide(world, token);
  ASSERT_TRUE(narrowed.allowed());
  EXPECT_THAT(narrowed.scopes(), ElementsAreArray({"read:notes"}));

  // A token request with fewer scopes does not narrow the refresh token. A client that has authenticated once must do
  // so again.
  token.clear_scope();
  *token.mutable_basis() = narrowed.basis();
  const v1::AuthorizeTokenRequestResponse refreshed = Decide(world, token);
  ASSERT_TRUE(refreshed.allowed());
  EXPECT_THAT(refreshed.scopes(), ElementsAreArray({"read:notes", "write:notes", "offline_access"}));
  token.set_authentication_method("none");
  EXPECT_EQ(Decide(world, token).error(), "invalid_client");
}

}  // namespace
}  // namespace cimd::policy
