#include "client/cli/text/report_text.h"

#include <string>

#include "cimd/v1/metadata_document.pb.h"
#include "client/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "server/errors/status.h"

namespace cimd::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Style kPlain(false);
const CallContext kContext{.token_source = "CIMD_TOKEN", .tenant = "acme"};
const Style kColoured(true);

void AddChange(v1::MetadataDiff& diff, const std::string& field, const char* old_value, const char* new_value,
               v1::ChangeImpact impact, bool security_relevant) {
  v1::FieldChange& change = *diff.add_changes();
  change.set_field(field);
  if (old_value != nullptr) change.set_old_value(old_value);
  if (new_value != nullptr) change.set_new_value(new_value);
  change.set_impact(impact);
  change.set_security_relevant(security_relevant);
}

v1::MetadataDiff SomeDiff() {
  v1::MetadataDiff diff;
  AddChange(diff, "callbacks", nullptr, "https://other.example/cb", v1::CHANGE_IMPACT_REDIRECT_ADDED, true);
  AddChange(diff, "token_endpoint_auth_method", "private_key_jwt", "none", v1::CHANGE_IMPACT_AUTH_METHOD_WEAKENED,
            true);
  AddChange(diff, "description", "old", nullptr, v1::CHANGE_IMPACT_NONE, false);
  return diff;
}

TEST(DiffTextTest, MarksWhatMatters) {
  EXPECT_EQ(DiffText(SomeDiff(), kPlain),
            "! callbacks  REDIRECT_ADDED\n"
            "    + https://other.example/cb\n"
            "! token_endpoint_auth_method  AUTH_METHOD_WEAKENED\n"
            "    - private_key_jwt\n"
            "    + none\n"
            "  description\n"
            "    - old\n");
}

TEST(DiffTextTest, ColoursOldRedAndNewGreen) {
  EXPECT_EQ(DiffText(SomeDiff(), kColoured),
            "\x1b[1;33m! callbacks  REDIRECT_ADDED\x1b[0m\n"
            "    \x1b[32m+ https://other.example/cb\x1b[0m\n"
            "\x1b[1;33m! token_endpoint_auth_method  AUTH_METHOD_WEAKENED\x1b[0m\n"
            "    \x1b[31m- private_key_jwt\x1b[0m\n"
            "    \x1b[32m+ none\x1b[0m\n"
            "  description\n"
            "    \x1b[31m- old\x1b[0m\n");
}

TEST(DiffTextTest, CannotBeForgedByValues) {
  v1::MetadataDiff diff;
  AddChange(diff, "document.x\x1b[8m", "a\n    + harmless", "\x1b[1A\x1b[2Kgone", v1::CHANGE_IMPACT_NONE, true);
  EXPECT_EQ(DiffText(diff, kPlain),
            "! document.x\\x1b[8m\n"
            "    - a\\x0a    + harmless\n"
            "    + \\x1b[1A\\x1b[2Kgone\n");
}

TEST(DiffTextTest, SaysThatThereIsNone) { EXPECT_EQ(DiffText(v1::MetadataDiff(), kPlain), "No differences.\n"); }

TEST(DiffTextTest, ShowsAnImpactOfANewerServer) {
  v1::MetadataDiff diff;
  AddChange(diff, "f", "a", "b", static_cast<v1::ChangeImpact>(99), true);
  EXPECT_THAT(DiffText(diff, kPlain), HasSubstr("! f  99\n"));
}

v1::Finding Finding(v1::FindingReason reason, const std::string& path, const std::string& message) {
  v1::Finding finding;
  finding.set_reason(reason);
  finding.set_path(path);
  finding.set_message(message);
  return finding;
}

TEST(ValidationTextTest, ListsEveryFinding) {
  v1::Validation validation;
  *validation.add_violations() = Finding(v1::FINDING_REASON_CLIENT_ID_MISMATCH, "$.client_id", "is another\nURL");
  *validation.add_warnings() = Finding(v1::FINDING_REASON_MEMBER_IGNORED, "$.x", "not used");
  *validation.add_warnings() = Finding(v1::FINDING_REASON_GRANT_TYPES_DEFAULTED, "$.grant_types", "taken to be ...");
  EXPECT_EQ(ValidationText(validation, kPlain),
            "invalid: 1 violation, 2 warnings\n"
            "    violation  $.client_id    CLIENT_ID_MISMATCH     is another\\x0aURL\n"
            "    warning    $.x            MEMBER_IGNORED         not used\n"
            "    warning    $.grant_types  GRANT_TYPES_DEFAULTED  taken to be ...\n");
  validation.Clear();
  validation.set_valid(true);
  EXPECT_EQ(ValidationText(validation, kPlain), "valid: 0 violations, 0 warnings\n");
}

v1::FetchFailure Failure(v1::FetchFailureKind kind, v1::FetchFailureReason reason) {
  v1::FetchFailure failure;
  failure.set_kind(kind);
  failure.set_reason(reason);
  failure.set_message("It did not work.");
  return failure;
}

TEST(FetchFailureTextTest, TellsWhatToDoAboutEachKind) {
  const auto text = [](v1::FetchFailureKind kind, v1::FetchFailureReason reason, bool registered) {
    return FetchFailureText(Failure(kind, reason), registered, kPlain);
  };
  EXPECT_EQ(text(v1::FETCH_FAILURE_KIND_CHALLENGE, v1::FETCH_FAILURE_REASON_HTML, true),
            "not fetched: It did not work. (CHALLENGE, HTML)\n"
            "    hint: the host refuses data centres; hand in a copy with --document FILE\n");
  EXPECT_THAT(text(v1::FETCH_FAILURE_KIND_TRANSPORT, v1::FETCH_FAILURE_REASON_TIMEOUT, true),
              HasSubstr("try again later"));
  EXPECT_THAT(text(v1::FETCH_FAILURE_KIND_TRANSPORT, v1::FETCH_FAILURE_REASON_TLS, true), HasSubstr("certificate"));
  EXPECT_THAT(text(v1::FETCH_FAILURE_KIND_INVALID, v1::FETCH_FAILURE_REASON_REDIRECT, true),
              HasSubstr("(INVALID, REDIRECT)\n    hint: "));
  EXPECT_THAT(text(v1::FETCH_FAILURE_KIND_INVALID, v1::FETCH_FAILURE_REASON_CONTENT_TYPE, true),
              HasSubstr("--document FILE"));
}

TEST(FetchFailureTextTest, ADocumentThatIsNotThereWasTakenAwayOnlyFromARegisteredClient) {
  const v1::FetchFailure gone = Failure(v1::FETCH_FAILURE_KIND_WITHDRAWN, v1::FETCH_FAILURE_REASON_GONE);
  EXPECT_THAT(FetchFailureText(gone, /*registered=*/true, kPlain),
              AllOf(HasSubstr("took the document away"), HasSubstr("clients block")));
  EXPECT_THAT(FetchFailureText(gone, /*registered=*/false, kPlain),
              AllOf(HasSubstr("check the URL"), Not(HasSubstr("took")), Not(HasSubstr("block"))));
  // After a failed call it is unknown whether a client is registered.
  const absl::Status status =
      client::FromGrpcStatus(rpc::ToGrpcStatus(rpc::errors::DocumentNotFetched("https://a.example/b", gone)));
  EXPECT_THAT(ErrorText(status, kContext, kPlain), AllOf(HasSubstr("check the URL"), HasSubstr("If the client is")));
}

// Converts an error as the client library returns it.
absl::Status Received(const absl::Status& status) { return client::FromGrpcStatus(rpc::ToGrpcStatus(status)); }

TEST(ErrorTextTest, ListsEveryViolation) {
  const absl::Status status = Received(rpc::errors::FieldsInvalid(
      {{.field = "tenant.issuer", .reason = "FORMAT", .description = "must be an https URL"},
       {.field = "tenant.domains[0]", .reason = "TOO_LONG", .description = "must be shorter"}}));
  EXPECT_EQ(ErrorText(status, kContext, kPlain),
            "error: tenant.issuer: must be an https URL; tenant.domains[0]: must be shorter (FIELD_INVALID)\n"
            "    tenant.issuer      FORMAT    must be an https URL\n"
            "    tenant.domains[0]  TOO_LONG  must be shorter\n");
}

TEST(ErrorTextTest, TellsKindAndReasonOfAFailedFetch) {
  const absl::Status status = Received(rpc::errors::DocumentNotFetched(
      "https://a.example/b", Failure(v1::FETCH_FAILURE_KIND_CHALLENGE, v1::FETCH_FAILURE_REASON_REFUSED)));
  EXPECT_THAT(ErrorText(status, kContext, kPlain),
              EndsWith("(DOCUMENT_NOT_FETCHED: CHALLENGE, REFUSED)\n"
                       "    hint: the host refuses data centres; hand in a copy with --document FILE\n"));
}

TEST(ErrorTextTest, GivesHints) {
  struct Case {
    absl::Status status;
    const char* hint;
  };
  const Case kCases[] = {
      {Received(rpc::errors::CimdDisabled("default")), "--cimd on"},
      {Received(rpc::errors::ClientBlocked("https://a.example/b")), "clients unblock"},
      {Received(rpc::errors::ClientPinned("tenants/a/clients/b", 3)), "clients unpin"},
      {Received(rpc::errors::TenantNotEmpty("a")), "--force"},
      {Received(rpc::errors::TenantForbidden()), "'acme': name the token's tenant with --tenant or CIMD_TENANT"},
      {Received(rpc::errors::PlatformOnly("m")), "--platform"},
      {Received(rpc::errors::ScopeInsufficient("m", "read:clients")), "cimdctl tokens scopes"},
      {Received(rpc::errors::ClientInUse("c", 1)), "--force"},
      {Received(rpc::errors::ResourceServerInUse("r", 1)), "--force"},
      {Received(rpc::errors::ConnectionInUse("c")), "--force"},
  };
  for (const Case& test : kCases) {
    EXPECT_THAT(ErrorText(test.status, kContext, kPlain), HasSubstr(test.hint)) << test.status;
  }
}

TEST(ErrorTextTest, ARefusedTokenIsNamedByWhereItCameFrom) {
  const absl::Status refused = Received(rpc::errors::AccessTokenInvalid());
  EXPECT_THAT(ErrorText(refused, {.token_source = "/etc/token\x1b"}, kPlain),
              HasSubstr("the token in /etc/token\\x1b: it was revoked, has expired, or"));
  EXPECT_THAT(ErrorText(refused, {.token_source = "CIMD_TOKEN"}, kPlain), HasSubstr("the token in CIMD_TOKEN"));
  EXPECT_THAT(ErrorText(refused, {.tls = true}, kPlain), HasSubstr("name the file of a token with --token_file"));
}

TEST(ErrorTextTest, SaysWhyAServerCannotBeReached) {
  struct Case {
    const char* message;
    bool tls;
    const char* hint;
  };
  for (const Case& test : {
           Case{"connection attempt failed: Connection refused", false, "is cimd-server running there?"},
           Case{"connection attempt failed: Connection refused", true, "is cimd-server running there?"},
           Case{"Socket closed", false, "perhaps the server speaks TLS"},
           Case{"Ssl handshake failed: SSL_ERROR_SSL: error:0A00010B:SSL routines::wrong version number", true,
                "perhaps the server speaks plain"},
           Case{"Ssl handshake failed: SSL_ERROR_SSL", true, "--certificate_file"},
           Case{"Handshake failed: certificate verify failed", true, "not from an authority that --ca_file names"},
           Case{"Peer name cimd is not in peer certificate", true, "is for another host than cimd:8470"},
       }) {
    EXPECT_THAT(ErrorText(absl::UnavailableError(test.message), {.address = "cimd:8470", .tls = test.tls}, kPlain),
                HasSubstr(test.hint))
        << test.message;
  }
}

TEST(ErrorTextTest, TakesErrorsThatNoServerSent) {
  EXPECT_EQ(ErrorText(absl::DeadlineExceededError("Deadline\nExceeded"), kContext, kPlain),
            "error: Deadline\\x0aExceeded (DEADLINE_EXCEEDED)\n");
  EXPECT_EQ(ErrorText(absl::InternalError("x"), kContext, kColoured), "\x1b[31merror:\x1b[0m x (INTERNAL)\n");
}

TEST(ErrorTextTest, DoesNotTrustTheServersText) {
  absl::Status status = absl::NotFoundError("\x1b[2J");
  google::rpc::ErrorInfo info;
  info.set_reason("\x1b[31m");
  (*info.mutable_metadata())["kind"] = "\xc2\x9b";
  std::string bytes = info.SerializeAsString();
  status.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord(bytes));
  EXPECT_EQ(ErrorText(status, kContext, kPlain), "error: \\x1b[2J (\\x1b[31m: \\u{9b})\n");
}

}  // namespace
}  // namespace cimd::cli
