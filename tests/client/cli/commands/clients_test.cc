#include <string>
#include <vector>

#include "cimd/v1/metadata_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using cimd::testing::kClientName;
using cimd::testing::kUrl;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

v1::Client SomeClient() {
  v1::Client client;
  client.set_name(kClientName);
  client.mutable_metadata()->set_external_client_id(kUrl);
  client.mutable_metadata()->set_client_name("App \x1b[31m");
  client.mutable_metadata()->set_app_type(v1::APP_TYPE_NATIVE);
  client.set_state(v1::CLIENT_STATE_ACTIVE);
  client.set_document_version(2);
  return client;
}

// A server that has one client, found by its URL and by its name.
class ClientsTest : public CimdctlTest {
 protected:
  ClientsTest() {
    server_.On([](const v1::LookupClientRequest& request) -> absl::StatusOr<v1::Client> {
      if (request.external_client_id() != kUrl) return rpc::errors::ClientUrlNotFound(request.external_client_id());
      return SomeClient();
    });
    server_.On([](const v1::GetClientRequest& request) -> absl::StatusOr<v1::Client> {
      if (request.name() != kClientName) return rpc::errors::ClientNotFound(request.name());
      return SomeClient();
    });
  }
};

TEST_F(ClientsTest, ListShowsEveryPageOfWhatIsAskedFor) {
  server_.On([](const v1::ListClientsRequest& request) -> absl::StatusOr<v1::ListClientsResponse> {
    v1::ListClientsResponse response;
    *response.add_clients() = SomeClient();
    if (request.page_token().empty()) response.set_next_page_token("2");
    return response;
  });
  const CimdctlResult result =
      Run({"clients", "list", "--state", "Active", "--app_type", "native", "--app_type", "spa"});
  EXPECT_EQ(result.out,
            "ID                          STATE   APP TYPE  PINNED  CLIENT NAME   EXTERNAL CLIENT ID\n"
            "tpc_0123456789abcdefghijkl  ACTIVE  NATIVE    no      App \\x1b[31m  https://client.example.net/app\n"
            "tpc_0123456789abcdefghijkl  ACTIVE  NATIVE    no      App \\x1b[31m  https://client.example.net/app\n");
  const auto received = server_.Received<v1::ListClientsRequest>();
  ASSERT_THAT(received, SizeIs(2));
  EXPECT_EQ(received[0].state(), v1::CLIENT_STATE_ACTIVE);
  EXPECT_THAT(received[0].app_types(), ElementsAre(v1::APP_TYPE_NATIVE, v1::APP_TYPE_SPA));
  EXPECT_EQ(received[1].page_token(), "2");
}

TEST_F(ClientsTest, ListTellsAFailureHalfway) {
  server_.On([](const v1::ListClientsRequest& request) -> absl::StatusOr<v1::ListClientsResponse> {
    if (!request.page_token().empty()) return rpc::errors::PageTokenInvalid();
    v1::ListClientsResponse response;
    *response.add_clients() = SomeClient();
    response.set_next_page_token("2");
    return response;
  });
  const CimdctlResult result = Run({"clients", "list"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(ClientsTest, ShowTakesUrlIdAndName) {
  for (const char* reference : {kUrl, "tpc_0123456789abcdefghijkl", kClientName}) {
    const CimdctlResult result = Run({"clients", "show", reference});
    EXPECT_EQ(result.status, kExitOk) << result.err;
    EXPECT_THAT(result.out, HasSubstr("metadata.client_name"));
    EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
  }
  EXPECT_THAT(server_.Received<v1::LookupClientRequest>(), SizeIs(1));
  EXPECT_THAT(Run({"clients", "show", "https://other.example/x"}).err, HasSubstr("CLIENT_NOT_FOUND"));
}

TEST_F(ClientsTest, ShowListsWarnings) {
  server_.On([](const v1::GetClientRequest&) -> absl::StatusOr<v1::Client> {
    v1::Client client = SomeClient();
    client.add_warnings()->set_reason(v1::FINDING_REASON_MEMBER_IGNORED);
    return client;
  });
  EXPECT_THAT(Run({"clients", "show", "tpc_1"}).out, HasSubstr("document valid: 0 violations, 1 warning\n"));
}

TEST_F(ClientsTest, UpdateSendsValuesAndMask) {
  server_.On([](const v1::UpdateClientRequest& request) -> absl::StatusOr<v1::Client> { return request.client(); });
  const CimdctlResult result = Run({"clients", "update", kUrl, "--set", "settings.redirection_policy=allow_always",
                                    "--set", "metadata.description=", "--set", "settings.web_origins=https://a.example",
                                    "--set", "settings.web_origins=https://b.example"});
  EXPECT_EQ(result.status, kExitOk) << result.err;
  const v1::UpdateClientRequest request = server_.Received<v1::UpdateClientRequest>().at(0);
  EXPECT_EQ(request.client().name(), kClientName);
  EXPECT_EQ(request.client().settings().redirection_policy(), v1::REDIRECTION_POLICY_ALLOW_ALWAYS);
  EXPECT_THAT(request.client().settings().web_origins(), ElementsAre("https://a.example", "https://b.example"));
  EXPECT_THAT(request.update_mask().paths(),
              ElementsAre("settings.redirection_policy", "metadata.description", "settings.web_origins"));
}

TEST_F(ClientsTest, DeleteNamesWhatIsGone) {
  server_.On([](const v1::DeleteClientRequest&) -> absl::StatusOr<v1::DeleteClientResponse> {
    return v1::DeleteClientResponse();
  });
  EXPECT_EQ(Run({"clients", "delete", kUrl}).out, std::string("deleted ") + kClientName + "\n");
  EXPECT_EQ(server_.Received<v1::DeleteClientRequest>().at(0).name(), kClientName);
  EXPECT_FALSE(server_.Received<v1::DeleteClientRequest>().at(0).force());
}

TEST_F(ClientsTest, DeleteAsksOnATerminal) {
  server_.On([](const v1::DeleteClientRequest&) -> absl::StatusOr<v1::DeleteClientResponse> {
    return v1::DeleteClientResponse();
  });
  const CimdctlResult refused = RunAsked({"clients", "delete", kUrl}, "n\n");
  EXPECT_EQ(refused.status, kExitFailed);
  EXPECT_EQ(refused.err,
            std::string("Delete client ") + kUrl + " with its document versions? [y/N] nothing was changed\n");
  EXPECT_THAT(server_.Received<v1::DeleteClientRequest>(), IsEmpty());
  EXPECT_EQ(RunAsked({"clients", "delete", kUrl}, "y\n").status, kExitOk);
  EXPECT_EQ(RunAsked({"clients", "delete", kUrl, "--yes"}, "").status, kExitOk);
  const CimdctlResult forced = RunAsked({"clients", "delete", kUrl, "--force"}, "yes\n");
  EXPECT_THAT(forced.err, HasSubstr("and its grants? [y/N] "));
  EXPECT_TRUE(server_.Received<v1::DeleteClientRequest>().at(2).force());
}

TEST_F(ClientsTest, ABlockedClientIsShownWithTheReason) {
  v1::Client client = SomeClient();
  client.set_state(v1::CLIENT_STATE_BLOCKED);
  server_.On([&](const v1::GetClientRequest&) -> absl::StatusOr<v1::Client> { return client; });
  EXPECT_THAT(Run({"clients", "show", "tpc_1"}).out, StartsWith("blocked: no reason was given\n\n"));
  client.set_block_reason("phishing\x07");
  EXPECT_THAT(Run({"clients", "show", "tpc_1"}).out, StartsWith("blocked: phishing\\x07\n\n"));
  server_.On([&](const v1::ListClientsRequest&) -> absl::StatusOr<v1::ListClientsResponse> {
    v1::ListClientsResponse response;
    *response.add_clients() = client;
    *response.add_clients() = SomeClient();
    return response;
  });
  EXPECT_THAT(Run({"clients", "list"}).out, AllOf(HasSubstr("BLOCK REASON\n"), HasSubstr("phishing\\x07\n")));
}

TEST_F(ClientsTest, BlocksAndUnblocksUrls) {
  server_.On([](const v1::BlockClientRequest& request) -> absl::StatusOr<v1::ClientBlock> {
    v1::ClientBlock block;
    block.set_external_client_id(request.external_client_id());
    return block;
  });
  server_.On([](const v1::UnblockClientRequest& request) -> absl::StatusOr<v1::UnblockClientResponse> {
    if (request.external_client_id() != kUrl) return rpc::errors::BlockNotFound(request.external_client_id());
    return v1::UnblockClientResponse();
  });
  server_.On([](const v1::ListClientBlocksRequest&) -> absl::StatusOr<v1::ListClientBlocksResponse> {
    v1::ListClientBlocksResponse response;
    v1::ClientBlock& block = *response.add_blocks();
    block.set_external_client_id(kUrl);
    block.set_reason("phishing\x07");
    block.set_created_by("admin");
    block.mutable_create_time()->set_seconds(1767225600);
    return response;
  });
  EXPECT_EQ(Run({"clients", "block", kUrl, "--reason", "phishing"}).out, std::string("blocked ") + kUrl + "\n");
  EXPECT_EQ(server_.Received<v1::BlockClientRequest>().at(0).reason(), "phishing");
  EXPECT_EQ(Run({"clients", "unblock", kUrl}).out, std::string("unblocked ") + kUrl + "\n");
  EXPECT_EQ(Run({"clients", "unblock", "https://b.example/x"}).status, kExitFailed);
  EXPECT_EQ(Run({"clients", "blocks"}).out,
            "EXTERNAL CLIENT ID              BLOCKED               BY     CLIENT  REASON\n"
            "https://client.example.net/app  2026-01-01T00:00:00Z  admin          phishing\\x07\n");
}

TEST_F(ClientsTest, VersionsAreListed) {
  server_.On([](const v1::ListDocumentsRequest& request) -> absl::StatusOr<v1::ListDocumentsResponse> {
    v1::ListDocumentsResponse response;
    v1::MetadataDocument& document = *response.add_documents();
    document.set_name(request.parent() + "/documents/2");
    document.set_current(true);
    document.set_provenance(v1::DOCUMENT_PROVENANCE_OPERATOR_SUPPLIED);
    document.mutable_fetch_time()->set_seconds(1767225600);
    document.mutable_confirm_time()->set_seconds(1767225601);
    document.set_created_by("admin");
    document.set_document_sha256("ab12");
    return response;
  });
  EXPECT_EQ(Run({"clients", "versions", kUrl}).out,
            "VERSION  IN FORCE  PROVENANCE         FETCHED               CONFIRMED             BY     SHA-256\n"
            "2        yes       OPERATOR_SUPPLIED  2026-01-01T00:00:00Z  2026-01-01T00:00:01Z  admin  ab12\n");
}

TEST_F(ClientsTest, DocumentShowsEvidenceAndBody) {
  server_.On([](const v1::GetDocumentRequest& request) -> absl::StatusOr<v1::MetadataDocument> {
    v1::MetadataDocument document;
    document.set_name(request.name());
    document.set_body("{\n\t\"client_name\": \"\x1b[2J\"\n}");
    document.mutable_evidence()->set_tls_issuer("CN=\xc2\x9b");
    return document;
  });
  const CimdctlResult result = Run({"clients", "document", kUrl, "2"});
  EXPECT_EQ(result.out, "name                 " + std::string(kClientName) +
                            "/documents/2\n"
                            "body                 26 bytes\n"
                            "evidence.tls_issuer  CN=\\u{9b}\n"
                            "current              false\n"
                            "\n"
                            "{\n\t\"client_name\": \"\\x1b[2J\"\n}\n");
}

TEST_F(ClientsTest, PinsAndUnpins) {
  server_.On([](const v1::PinDocumentRequest&) -> absl::StatusOr<v1::Client> {
    v1::Client client = SomeClient();
    client.set_pinned(true);
    client.set_document_version(1);
    return client;
  });
  server_.On([](const v1::UnpinDocumentRequest& request) -> absl::StatusOr<v1::Client> {
    return rpc::errors::ClientNotPinned(request.name());
  });
  EXPECT_EQ(Run({"clients", "pin", kUrl, "1"}).out, std::string(kClientName) + " is pinned to document version 1\n");
  EXPECT_EQ(server_.Received<v1::PinDocumentRequest>().at(0).name(), std::string(kClientName) + "/documents/1");
  EXPECT_THAT(Run({"clients", "unpin", kUrl}).err, HasSubstr("CLIENT_NOT_PINNED"));
}

}  // namespace
}  // namespace cimd::cli
