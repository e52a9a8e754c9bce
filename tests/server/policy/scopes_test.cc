#include "server/policy/scopes.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/policy/decision_world.h"

namespace cimd::policy {
namespace {

using std::string_view;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<string_view> Texts(const ScopeDecision& decision) {
  std::vector<string_view> texts;
  for (const GrantedScope& scope : decision.granted) texts.push_back(scope.text);
  return texts;
}

TEST(SplitScopesTest, AtSpacesAndNothingElse) {
  EXPECT_THAT(SplitScopes(""), IsEmpty());
  EXPECT_THAT(SplitScopes("   "), IsEmpty());
  EXPECT_THAT(SplitScopes("a"), ElementsAre("a"));
  EXPECT_THAT(SplitScopes(" a  b a "), ElementsAre("a", "b", "a"));
  EXPECT_THAT(SplitScopes("a\tb\nc,d+e"), ElementsAre("a\tb\nc,d+e"));
}

// A grant may list scopes that the API no longer has. These scopes are not granted.
TEST(DecideScopesTest, AScopeThatTheApiLostIsUnknownEvenIfGranted) {
  const v1::ResourceServer api = MakeApi(kNotes, {"read:notes"});
  const v1::ClientGrant grant = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"read:notes", "gone:notes"});
  const ScopeDecision decision =
      DecideScopes(SplitScopes("gone:notes read:notes"), {.resource_server = api, .grant = grant});
  EXPECT_THAT(Texts(decision), ElementsAre("read:notes"));
  EXPECT_THAT(decision.dropped, ElementsAre(Pair("gone:notes", v1::DroppedScope::REASON_UNKNOWN)));
}

TEST(DecideScopesTest, EachIsGivenWithItsDescription) {
  const v1::ResourceServer api = MakeApi(kNotes, {"read:notes", "write:notes"});
  const v1::ClientGrant grant = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {"write:notes"});
  const std::string request = "offline_access write:notes";
  const ScopeDecision decision =
      DecideScopes(SplitScopes(request), {.resource_server = api, .grant = grant, .offline_access_allowed = true});
  ASSERT_EQ(decision.granted.size(), 2u);
  EXPECT_EQ(decision.granted[0].described, nullptr);
  EXPECT_EQ(decision.granted[1].described, &api.scopes(1));
}

TEST(DecideScopesTest, OpenIdScopesAreDroppedBeforeAnythingElseIsLookedAt) {
  const v1::ResourceServer api = MakeApi(kNotes, {"openid", "profile", "email", "address", "phone"});
  v1::ClientGrant grant = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {});
  grant.set_allow_all_scopes(true);
  const google::protobuf::RepeatedPtrField<std::string> nothing;
  const ScopeDecision decision = DecideScopes(SplitScopes("openid profile email address phone"),
                                              {.resource_server = api, .grant = grant, .authorized = &nothing});
  EXPECT_THAT(decision.granted, IsEmpty());
  for (const auto& [scope, reason] : decision.dropped) {
    EXPECT_EQ(reason, v1::DroppedScope::REASON_OPENID_NOT_SUPPORTED) << scope;
  }
  EXPECT_EQ(decision.dropped.size(), 5u);
  EXPECT_FALSE(decision.exceeds_authorization);
  EXPECT_FALSE(decision.api_scopes_requested);
}

// The largest request with the largest API and grant that can be stored.
TEST(DecideScopesTest, ManyScopes) {
  v1::ResourceServer api = MakeApi(kNotes, {});
  v1::ClientGrant grant = MakeOwnGrant(kNotes, v1::SUBJECT_TYPE_USER, {});
  std::string request;
  for (int i = 0; i < 1000; ++i) {
    const std::string scope = std::to_string(i);
    api.add_scopes()->set_value(scope);
    if (i % 2 == 0) grant.add_scopes(scope);
    request += scope + " " + scope + " x" + scope + " ";
  }
  const ScopeDecision decision = DecideScopes(SplitScopes(request), {.resource_server = api, .grant = grant});
  ASSERT_EQ(decision.granted.size(), 500u);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(decision.granted[i].text, std::to_string(2 * i));
  ASSERT_EQ(decision.dropped.size(), 1500u);
  EXPECT_THAT(decision.dropped[0], Pair("x0", v1::DroppedScope::REASON_UNKNOWN));
  EXPECT_THAT(decision.dropped[1], Pair("1", v1::DroppedScope::REASON_NOT_GRANTED));
}

}  // namespace
}  // namespace cimd::policy
