#include <string>
#include <vector>

#include "cimd/v1/metadata_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using cimd::testing::kClientName;
using cimd::testing::kUrl;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kDigest[] = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";

void AddChange(v1::MetadataDiff& diff) {
  v1::FieldChange& change = *diff.add_changes();
  change.set_field("callbacks");
  change.set_new_value("https://other.example/cb");
  change.set_impact(v1::CHANGE_IMPACT_REDIRECT_ADDED);
  change.set_security_relevant(true);
}

v1::FetchFailure Challenge() {
  v1::FetchFailure failure;
  failure.set_kind(v1::FETCH_FAILURE_KIND_CHALLENGE);
  failure.set_reason(v1::FETCH_FAILURE_REASON_HTML);
  failure.set_message("The host answers with a page for people.");
  return failure;
}

class RegistrationTest : public CimdctlTest {
 protected:
  RegistrationTest() {
    preview_.mutable_validation()->set_valid(true);
    preview_.mutable_metadata()->set_client_name("App \x1b]0;owned\x07");
    preview_.set_document_sha256(kDigest);
    registered_.set_created(true);
    registered_.mutable_client()->set_name(kClientName);
    registered_.mutable_client()->set_document_version(1);
    server_.On(
        [this](const v1::PreviewClientRequest&) -> absl::StatusOr<v1::PreviewClientResponse> { return preview_; });
    server_.On(
        [this](const v1::RegisterClientRequest&) -> absl::StatusOr<v1::RegisterClientResponse> { return registered_; });
  }

  // Set before the command runs.
  v1::PreviewClientResponse preview_;
  v1::RegisterClientResponse registered_;
};

TEST_F(RegistrationTest, PreviewShowsWhatWouldBeRegistered) {
  const CimdctlResult result = Run({"clients", "preview", kUrl});
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_EQ(result.out,
            "client_name      App \\x1b]0;owned\\x07\n"
            "document_sha256  " +
                std::string(kDigest) +
                "\n"
                "registered as    (not registered)\n"
                "valid: 0 violations, 0 warnings\n");
  EXPECT_EQ(server_.Received<v1::PreviewClientRequest>().at(0).parent(), "tenants/default");
  EXPECT_FALSE(server_.Received<v1::PreviewClientRequest>().at(0).has_document());
}

TEST_F(RegistrationTest, PreviewShowsTheDiffToARegisteredClient) {
  preview_.set_client(kClientName);
  preview_.set_blocked(true);
  AddChange(*preview_.mutable_diff());
  const CimdctlResult result = Run({"clients", "preview", kUrl});
  EXPECT_THAT(result.out, HasSubstr("blocked: registering is refused"));
  EXPECT_THAT(result.out, EndsWith("changes to the registered client:\n"
                                   "! callbacks  REDIRECT_ADDED\n"
                                   "    + https://other.example/cb\n"));
}

TEST_F(RegistrationTest, PreviewSendsACopyOfTheDocument) {
  const std::string document("{\"a\":\"\xff\x00\"}", 10);
  EXPECT_EQ(Run({"clients", "preview", kUrl, "--document", File("copy", document)}).status, kExitOk);
  EXPECT_EQ(server_.Received<v1::PreviewClientRequest>().at(0).document(), document);
  // An empty file is a document, although an invalid one.
  Run({"clients", "preview", kUrl, "--document", File("empty", "")});
  EXPECT_TRUE(server_.Received<v1::PreviewClientRequest>().at(1).has_document());
}

TEST_F(RegistrationTest, PreviewTellsProblemsInTheExitStatus) {
  preview_.mutable_validation()->set_valid(false);
  preview_.mutable_validation()->add_violations()->set_reason(v1::FINDING_REASON_CLIENT_ID_MISMATCH);
  EXPECT_EQ(Run({"clients", "preview", kUrl}).status, kExitFailed);
  preview_.Clear();
  *preview_.mutable_fetch_failure() = Challenge();
  const CimdctlResult result = Run({"clients", "preview", kUrl});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("(CHALLENGE, HTML)\n    hint: "));
  const CimdctlResult json = Run({"clients", "preview", kUrl, "-o", "json"});
  EXPECT_EQ(json.status, kExitFailed);
  EXPECT_EQ(nlohmann::json::parse(json.out)["fetch_failure"]["reason"], "FETCH_FAILURE_REASON_HTML");
}

TEST_F(RegistrationTest, RegisterRefusesWithoutAnAnswer) {
  EXPECT_EQ(Run({"clients", "register", kUrl}).status, kExitUsage);
  // JSON output leaves no place for a question.
  EXPECT_EQ(RunAsked({"clients", "register", kUrl, "-o", "json"}, "y\n").status, kExitUsage);
  EXPECT_THAT(server_.authorizations(), IsEmpty());
}

TEST_F(RegistrationTest, RegisterAppliesExactlyWhatWasShown) {
  const CimdctlResult result = RunAsked({"clients", "register", kUrl}, "y\n");
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_EQ(result.err, "Register this client? [y/N] ");
  EXPECT_THAT(result.out, HasSubstr("created " + std::string(kClientName)));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
  EXPECT_EQ(server_.Received<v1::RegisterClientRequest>().at(0).expected_document_sha256(), kDigest);
}

TEST_F(RegistrationTest, RegisterTakesNoForAnAnswer) {
  for (const char* answer : {"n\n", "\n", "", "yesterday\n", "ok\n"}) {
    const CimdctlResult result = RunAsked({"clients", "register", kUrl}, answer);
    EXPECT_EQ(result.status, kExitFailed) << answer;
    EXPECT_THAT(result.err, EndsWith("nothing was changed\n"));
  }
  EXPECT_THAT(server_.Received<v1::RegisterClientRequest>(), IsEmpty());
}

TEST_F(RegistrationTest, RegisterDoesNotAskAboutWhatCannotBeRegistered) {
  preview_.mutable_validation()->set_valid(false);
  EXPECT_EQ(RunAsked({"clients", "register", kUrl}, "y\n").status, kExitFailed);
  EXPECT_THAT(server_.Received<v1::RegisterClientRequest>(), IsEmpty());
}

TEST_F(RegistrationTest, ABlockedUrlIsSaidToBeBlocked) {
  preview_.set_blocked(true);
  const CimdctlResult preview = Run({"clients", "preview", kUrl});
  EXPECT_EQ(preview.status, kExitFailed);
  EXPECT_THAT(preview.out, HasSubstr("\nblocked: registering is refused; "));
  EXPECT_EQ(RunAsked({"clients", "register", kUrl}, "y\n").status, kExitFailed);
  EXPECT_THAT(server_.Received<v1::RegisterClientRequest>(), IsEmpty());
  *preview_.mutable_fetch_failure() = Challenge();
  EXPECT_THAT(Run({"clients", "preview", kUrl}).out, StartsWith("blocked: "));
}

TEST_F(RegistrationTest, ADocumentThatIsNotThereIsAMistypedUrl) {
  preview_.mutable_fetch_failure()->set_kind(v1::FETCH_FAILURE_KIND_WITHDRAWN);
  preview_.mutable_fetch_failure()->set_reason(v1::FETCH_FAILURE_REASON_GONE);
  EXPECT_THAT(Run({"clients", "preview", kUrl}).out, HasSubstr("check the URL"));
  preview_.set_client(kClientName);
  EXPECT_THAT(Run({"clients", "preview", kUrl}).out, HasSubstr("took the document away"));
}

TEST_F(RegistrationTest, RegisterTakesADigestOrYes) {
  EXPECT_EQ(Run({"clients", "register", kUrl, "--expect", kDigest}).status, kExitOk);
  EXPECT_EQ(Run({"clients", "register", kUrl, "--yes"}).status, kExitOk);
  const auto received = server_.Received<v1::RegisterClientRequest>();
  ASSERT_THAT(received, SizeIs(2));
  EXPECT_EQ(received[0].expected_document_sha256(), kDigest);
  EXPECT_THAT(received[1].expected_document_sha256(), IsEmpty());
  EXPECT_THAT(server_.Received<v1::PreviewClientRequest>(), IsEmpty());
}

TEST_F(RegistrationTest, RegisterSaysWhatItDid) {
  const std::string created = "created " + std::string(kClientName) + " (document version 1)\n";
  EXPECT_EQ(Run({"clients", "register", kUrl, "--yes"}).out, created);
  registered_.set_created(false);
  EXPECT_THAT(Run({"clients", "register", kUrl, "--yes"}).out, HasSubstr("unchanged "));
  AddChange(*registered_.mutable_diff());
  EXPECT_THAT(Run({"clients", "register", kUrl, "--yes"}).out, HasSubstr("updated "));
  EXPECT_EQ(nlohmann::json::parse(Run({"clients", "register", kUrl, "--yes", "-o", "json"}).out)["client"]["name"],
            kClientName);
}

class RefreshTest : public CimdctlTest {
 protected:
  RefreshTest() {
    AddChange(*preview_.mutable_diff());
    preview_.mutable_validation()->set_valid(true);
    preview_.set_document_sha256(kDigest);
    server_.On(
        [this](const v1::PreviewRefreshRequest&) -> absl::StatusOr<v1::PreviewRefreshResponse> { return preview_; });
    server_.On([this](const v1::RefreshClientRequest& request) -> absl::StatusOr<v1::RefreshClientResponse> {
      v1::RefreshClientResponse response;
      response.mutable_client()->set_name(request.name());
      response.mutable_client()->set_document_version(2);
      response.set_outcome(preview_.pinned()                   ? v1::REFRESH_OUTCOME_REPORTED
                           : preview_.diff().changes().empty() ? v1::REFRESH_OUTCOME_UNCHANGED
                                                               : v1::REFRESH_OUTCOME_APPLIED);
      *response.mutable_diff() = preview_.diff();
      return response;
    });
    server_.On([](const v1::LookupClientRequest&) -> absl::StatusOr<v1::Client> {
      v1::Client client;
      client.set_name(kClientName);
      return client;
    });
  }

  // Set before the command runs.
  v1::PreviewRefreshResponse preview_;
};

TEST_F(RefreshTest, ShowsTheDiffAndAppliesWhatWasShown) {
  const CimdctlResult result = RunAsked({"clients", "refresh", kUrl}, "yes\n");
  EXPECT_EQ(result.status, kExitOk) << result.err;
  EXPECT_EQ(result.out,
            "! callbacks  REDIRECT_ADDED\n"
            "    + https://other.example/cb\n"
            "\n"
            "valid: 0 violations, 0 warnings\n"
            "\n"
            "updated " +
                std::string(kClientName) + " (document version 2)\n");
  const v1::RefreshClientRequest request = server_.Received<v1::RefreshClientRequest>().at(0);
  EXPECT_EQ(request.name(), kClientName);
  EXPECT_EQ(request.expected_document_sha256(), kDigest);
}

TEST_F(RefreshTest, IsColouredOnATerminal) {
  const CimdctlResult result = Run({"clients", "refresh", kUrl}, "n\n", /*terminal=*/true);
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("\x1b[1;33m! callbacks  REDIRECT_ADDED\x1b[0m\n"
                                    "    \x1b[32m+ https://other.example/cb\x1b[0m\n"));
  EXPECT_THAT(server_.Received<v1::RefreshClientRequest>(), IsEmpty());
}

TEST_F(RefreshTest, TellsADocumentThatChangedAgain) {
  server_.On([](const v1::RefreshClientRequest& request) -> absl::StatusOr<v1::RefreshClientResponse> {
    return rpc::errors::DocumentChanged(request.expected_document_sha256(), "00");
  });
  const CimdctlResult result = RunAsked({"clients", "refresh", kUrl}, "y\n");
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("(DOCUMENT_CHANGED)"));
}

TEST_F(RefreshTest, RefusesWithoutAnAnswer) {
  const CimdctlResult result = Run({"clients", "refresh", kUrl});
  EXPECT_EQ(result.status, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("--yes"));
  EXPECT_THAT(server_.authorizations(), IsEmpty());
}

TEST_F(RefreshTest, YesAppliesWhatIsThere) {
  const CimdctlResult result =
      Run({"clients", "refresh", "tpc_0123456789abcdefghijkl", "--yes", "--document", File("copy", "{}")});
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_EQ(result.out,
            "! callbacks  REDIRECT_ADDED\n"
            "    + https://other.example/cb\n"
            "updated " +
                std::string(kClientName) + " (document version 2)\n");
  const v1::RefreshClientRequest request = server_.Received<v1::RefreshClientRequest>().at(0);
  EXPECT_EQ(request.document(), "{}");
  EXPECT_THAT(request.expected_document_sha256(), IsEmpty());
  EXPECT_THAT(server_.Received<v1::PreviewRefreshRequest>(), IsEmpty());
}

TEST_F(RefreshTest, DoesNotAskWhenNothingWouldChange) {
  preview_.mutable_diff()->Clear();
  const CimdctlResult unchanged = RunAsked({"clients", "refresh", kUrl}, "");
  EXPECT_EQ(unchanged.status, kExitOk);
  EXPECT_THAT(unchanged.out, HasSubstr("unchanged " + std::string(kClientName)));
  AddChange(*preview_.mutable_diff());
  preview_.set_pinned(true);
  const CimdctlResult pinned = RunAsked({"clients", "refresh", kUrl}, "");
  EXPECT_EQ(pinned.status, kExitOk);
  EXPECT_THAT(pinned.out, EndsWith("is pinned to document version 2; nothing was changed\n"));
}

TEST_F(RefreshTest, StopsAtADocumentThatCannotBeApplied) {
  preview_.Clear();
  *preview_.mutable_fetch_failure() = Challenge();
  const CimdctlResult result = RunAsked({"clients", "refresh", kUrl}, "y\n");
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("--document FILE"));
  preview_.Clear();
  preview_.mutable_validation()->add_violations()->set_reason(v1::FINDING_REASON_CLIENT_ID_MISMATCH);
  EXPECT_EQ(RunAsked({"clients", "refresh", kUrl}, "y\n").status, kExitFailed);
  EXPECT_THAT(server_.Received<v1::RefreshClientRequest>(), IsEmpty());
}

}  // namespace
}  // namespace cimd::cli
