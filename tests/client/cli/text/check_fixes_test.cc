#include "client/cli/text/check_fixes.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CheckFixesTest : public ::testing::Test {
 protected:
  CheckFixesTest() {
    api_.set_identifier("https://api.example.net/");
    for (const char* scope : {"read", "write"}) api_.add_scopes()->set_value(scope);
    facts_.tenant = "default";
    facts_.client_id = "https://client.example.net/c";
    facts_.audience = api_.identifier();
    facts_.scope = "openid read fly read";
    facts_.connection = "users";
    facts_.client_grant = "tenants/default/clientGrants/cgr_1";
    facts_.resource_server = &api_;
    Drop("fly", v1::DroppedScope::REASON_UNKNOWN);
    Drop("write", v1::DroppedScope::REASON_NOT_GRANTED);
    Drop("openid", v1::DroppedScope::REASON_OPENID_NOT_SUPPORTED);
  }
  void Drop(const std::string& scope, v1::DroppedScope::Reason reason) {
    v1::DroppedScope& dropped = facts_.dropped_scopes.emplace_back();
    dropped.set_scope(scope);
    dropped.set_reason(reason);
  }
  std::vector<std::string> Commands(v1::CheckReason reason) const { return FixFor(reason, facts_).commands; }

  v1::ResourceServer api_;
  FixFacts facts_;
};

TEST_F(CheckFixesTest, EveryReasonHasAFix) {
  const auto& reasons = *v1::CheckReason_descriptor();
  for (int i = 0; i < reasons.value_count(); ++i) {
    if (reasons.value(i)->number() == 0) continue;
    SCOPED_TRACE(reasons.value(i)->name());
    const CheckFix fix = FixFor(static_cast<v1::CheckReason>(reasons.value(i)->number()), facts_);
    EXPECT_FALSE(fix.advice.empty() && fix.commands.empty());
    for (const std::string& command : fix.commands) {
      EXPECT_TRUE(command.starts_with("cimdctl ")) << command;
      EXPECT_EQ(command.find_first_of("{}"), std::string::npos) << command;
    }
  }
  const CheckFix none = FixFor(v1::CHECK_REASON_UNSPECIFIED, facts_);
  EXPECT_TRUE(none.advice.empty() && none.commands.empty());
}

TEST_F(CheckFixesTest, CommandsNameWhatTheRequestIsAbout) {
  EXPECT_THAT(Commands(v1::CHECK_REASON_CIMD_DISABLED), ElementsAre("cimdctl tenants update --cimd on"));
  EXPECT_THAT(Commands(v1::CHECK_REASON_CLIENT_UNKNOWN),
              ElementsAre("cimdctl clients register https://client.example.net/c"));
  EXPECT_THAT(Commands(v1::CHECK_REASON_CLIENT_BLOCKED),
              ElementsAre("cimdctl clients unblock https://client.example.net/c"));
  EXPECT_THAT(Commands(v1::CHECK_REASON_GRANT_MISSING),
              ElementsAre("cimdctl grants create --client https://client.example.net/c --audience "
                          "https://api.example.net/ --subject user --scope read"));
  EXPECT_THAT(Commands(v1::CHECK_REASON_CONNECTION_NONE), ElementsAre("cimdctl connections promote NAME"));
  EXPECT_THAT(Commands(v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL), ElementsAre("cimdctl connections promote users"));
  facts_.subject_type = v1::SUBJECT_TYPE_CLIENT;
  EXPECT_THAT(Commands(v1::CHECK_REASON_ACCESS_DENIED_BY_API),
              ElementsAre("cimdctl apis update https://api.example.net/ --client require_client_grant"));
}

TEST_F(CheckFixesTest, DroppedScopesAreAddedToTheApiAndToTheGrant) {
  EXPECT_THAT(Commands(v1::CHECK_REASON_SCOPES_NOT_GRANTED),
              ElementsAre("cimdctl apis update https://api.example.net/ --add_scope fly",
                          "cimdctl grants update cgr_1 --add_scope fly --add_scope write"));
}

TEST_F(CheckFixesTest, AnApiIsCreatedUnderTheNameThatTheRequestHasForIt) {
  facts_.resource_server = nullptr;
  EXPECT_THAT(Commands(v1::CHECK_REASON_AUDIENCE_UNKNOWN),
              ElementsAre("cimdctl apis create https://api.example.net/ --scope read --scope fly"));
  facts_.audience.clear();
  facts_.resources = {"urn:api"};
  EXPECT_THAT(Commands(v1::CHECK_REASON_AUDIENCE_UNKNOWN),
              ElementsAre("cimdctl apis create urn:api --scope read --scope fly"));
}

TEST_F(CheckFixesTest, ACommandThatNeedsWhatIsNotThereIsLeftOut) {
  facts_ = FixFacts();
  EXPECT_THAT(Commands(v1::CHECK_REASON_GRANT_MISSING), IsEmpty());
  EXPECT_THAT(Commands(v1::CHECK_REASON_SCOPES_NOT_GRANTED), IsEmpty());
  EXPECT_THAT(Commands(v1::CHECK_REASON_CLIENT_UNKNOWN), IsEmpty());
}

TEST_F(CheckFixesTest, TheProfileIsChangedForRequestsWithResource) {
  EXPECT_THAT(Commands(v1::CHECK_REASON_AUDIENCE_MISSING), IsEmpty());
  facts_.resources = {"https://api.example.net/"};
  EXPECT_THAT(Commands(v1::CHECK_REASON_AUDIENCE_MISSING),
              ElementsAre("cimdctl tenants update --resource_profile compatibility"));
}

TEST_F(CheckFixesTest, CommandsWorkInTheTenantThatWasAsked) {
  facts_.tenant = "other";
  EXPECT_THAT(Commands(v1::CHECK_REASON_CIMD_DISABLED), ElementsAre("cimdctl --tenant other tenants update --cimd on"));
}

// Users paste the printed commands into a shell, so values from a request must be quoted.
TEST_F(CheckFixesTest, RequestsCannotAddToACommand) {
  facts_.client_id = "https://c.example/';rm -rf ~;'";
  EXPECT_THAT(Commands(v1::CHECK_REASON_CLIENT_BLOCKED),
              ElementsAre("cimdctl clients unblock 'https://c.example/'\\'';rm -rf ~;'\\'''"));
  facts_.client_id = "--server=evil.example:1";
  EXPECT_THAT(Commands(v1::CHECK_REASON_CLIENT_BLOCKED), IsEmpty());
  facts_.resource_server = nullptr;
  facts_.scope = "--tenant=other $(id)";
  EXPECT_THAT(Commands(v1::CHECK_REASON_AUDIENCE_UNKNOWN),
              ElementsAre("cimdctl apis create https://api.example.net/ --scope '$(id)'"));
}

TEST(ShellWordTest, QuotesAllButPlainWords) {
  EXPECT_EQ(ShellWord("https://a.example/b_c-d%20?x"), "'https://a.example/b_c-d%20?x'");
  EXPECT_EQ(ShellWord("https://a.example/b_c-d%20"), "https://a.example/b_c-d%20");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord("~"), "'~'");
  EXPECT_EQ(ShellWord("`id`"), "'`id`'");
  EXPECT_EQ(ShellWord("\xc3\xa9"), "'\xc3\xa9'");
}

}  // namespace
}  // namespace cimd::cli
