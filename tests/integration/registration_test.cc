// Registering a client from its URL over gRPC, with a real HTTPS origin.

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Registration = v1::RegistrationService::Stub;

constexpr char kDocumentPath[] = "/oauth/client.json";

class RegistrationTest : public ::testing::Test {
 protected:
  std::string url() const { return origin_.url(kDocumentPath); }
  void Publish(const std::string& document) { origin_.Serve(kDocumentPath, {.body = document}); }
  void PublishGood() { Publish(testing::GoodDocument(url())); }

  absl::StatusOr<v1::PreviewClientResponse> Preview(const std::string& url) {
    v1::PreviewClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    return server_.Call(server_.registration(), &Registration::PreviewClient, request);
  }
  v1::RegisterClientRequest RegisterRequest() const {
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url());
    return request;
  }
  absl::StatusOr<v1::RegisterClientResponse> Register(const v1::RegisterClientRequest& request) {
    return server_.Call(server_.registration(), &Registration::RegisterClient, request);
  }
  absl::StatusOr<v1::RegisterClientResponse> Register() { return Register(RegisterRequest()); }
  absl::StatusOr<v1::RegisterClientResponse> RegisterSupplied(const std::string& url) {
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    request.set_document(testing::GoodDocument(url));
    return Register(request);
  }
  absl::StatusOr<v1::Client> Lookup(const std::string& url) {
    v1::LookupClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    return server_.Call(server_.registration(), &Registration::LookupClient, request);
  }
  absl::StatusOr<v1::ListClientsResponse> List(const v1::ListClientsRequest& values) {
    v1::ListClientsRequest request = values;
    request.set_parent("tenants/default");
    return server_.Call(server_.registration(), &Registration::ListClients, request);
  }
  int StoredClients() { return List({})->clients_size(); }

  testing::HttpsOrigin origin_;
  testing::TestServer server_{{&origin_}};
};

TEST_F(RegistrationTest, PreviewMapsAndStoresNothing) {
  PublishGood();
  auto preview = Preview(url());
  ASSERT_THAT(preview, IsOk());
  EXPECT_TRUE(preview->validation().valid());
  EXPECT_EQ(preview->metadata().client_name(), "Good Client");
  EXPECT_THAT(preview->metadata().callbacks(), ElementsAre("https://client.example.net/callback"));
  EXPECT_EQ(preview->metadata().token_endpoint_auth_method(), "none");
  EXPECT_EQ(preview->document(), testing::GoodDocument(url()));
  EXPECT_THAT(preview->document_sha256(), SizeIs(64));
  EXPECT_THAT(preview->client(), IsEmpty());
  EXPECT_FALSE(preview->has_diff());
  EXPECT_EQ(StoredClients(), 0);
}

TEST_F(RegistrationTest, PreviewTellsEverythingThatIsWrong) {
  Publish(R"json({"client_id": ")json" + url() + R"json(", "redirect_uris": ["javascript:alert(1)"],
                  "client_secret": null, "token_endpoint_auth_method": "client_secret_basic"})json");
  auto preview = Preview(url());
  ASSERT_THAT(preview, IsOk());
  EXPECT_FALSE(preview->validation().valid());
  std::set<std::string> reasons;
  for (const v1::Finding& finding : preview->validation().violations()) {
    reasons.insert(finding.path() + " " + v1::FindingReason_Name(finding.reason()));
  }
  EXPECT_THAT(reasons, Contains("$.redirect_uris[0] FINDING_REASON_REDIRECT_URI_SCHEME_FORBIDDEN"));
  EXPECT_THAT(reasons, Contains("$.client_secret FINDING_REASON_CLIENT_SECRET_PRESENT"));
  EXPECT_THAT(reasons, Contains("$.token_endpoint_auth_method FINDING_REASON_AUTH_METHOD_SHARED_SECRET"));
}

TEST_F(RegistrationTest, AFailedFetchIsAnAnswerOfPreviewAndAnErrorOfRegister) {
  auto preview = Preview(url());
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(preview->fetch_failure().kind(), v1::FETCH_FAILURE_KIND_WITHDRAWN);
  EXPECT_EQ(preview->fetch_failure().http_status(), 404);
  EXPECT_FALSE(preview->has_validation());
  auto registered = Register();
  EXPECT_THAT(registered, Fails(StatusCode::kFailedPrecondition, "DOCUMENT_NOT_FETCHED"));
  EXPECT_EQ(client::ErrorInfoOf(registered.status())->metadata().at("kind"), "WITHDRAWN");
  EXPECT_EQ(StoredClients(), 0);
}

TEST_F(RegistrationTest, RegisterCreatesAThirdPartyClientThatLookupFinds) {
  PublishGood();
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  EXPECT_TRUE(registered->created());
  const v1::Client& client = registered->client();
  EXPECT_THAT(client.name(), ::testing::MatchesRegex("tenants/default/clients/tpc_[0-9A-Za-z]{22}"));
  EXPECT_EQ(client.state(), v1::CLIENT_STATE_ACTIVE);
  EXPECT_EQ(client.third_party_security_mode(), v1::THIRD_PARTY_SECURITY_MODE_STRICT);
  EXPECT_TRUE(client.pkce_required());
  EXPECT_FALSE(client.is_first_party());
  EXPECT_EQ(client.document_version(), 1);
  EXPECT_EQ(client.document_provenance(), v1::DOCUMENT_PROVENANCE_FETCHED);
  EXPECT_EQ(client.settings().refresh_token().rotation_type(), v1::REFRESH_TOKEN_ROTATION_ROTATING);

  auto found = Lookup(url());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->SerializeAsString(), client.SerializeAsString());
  v1::GetClientRequest get;
  get.set_name(client.name());
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::GetClient, get), IsOk());
}

TEST_F(RegistrationTest, RegisteringAgainUpdatesOrChangesNothing) {
  PublishGood();
  auto first = Register();
  ASSERT_THAT(first, IsOk());
  auto same = Register();
  ASSERT_THAT(same, IsOk());
  EXPECT_FALSE(same->created());
  EXPECT_EQ(same->client().etag(), first->client().etag());
  EXPECT_THAT(same->diff().changes(), IsEmpty());

  Publish(testing::GoodDocument(url(), "Renamed Client"));
  auto updated = Register();
  ASSERT_THAT(updated, IsOk());
  EXPECT_FALSE(updated->created());
  EXPECT_EQ(updated->client().name(), first->client().name());
  EXPECT_EQ(updated->client().document_version(), 2);
  EXPECT_NE(updated->client().etag(), first->client().etag());
  ASSERT_THAT(updated->diff().changes(), SizeIs(1));
  EXPECT_EQ(updated->diff().changes(0).impact(), v1::CHANGE_IMPACT_NAME_CHANGED);
}

TEST_F(RegistrationTest, PreviewOfARegisteredClientShowsTheDifference) {
  PublishGood();
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  Publish(testing::GoodDocument(url(), "Good Client",
                                {"https://client.example.net/callback", "https://evil.example.org/"}));
  auto preview = Preview(url());
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(preview->client(), registered->client().name());
  EXPECT_TRUE(preview->diff().security_relevant());
  EXPECT_EQ(preview->diff().changes(0).new_value(), "https://evil.example.org/");
  EXPECT_EQ(Lookup(url())->document_version(), 1);
}

TEST_F(RegistrationTest, ADocumentThatChangedSinceThePreviewIsRefused) {
  PublishGood();
  auto preview = Preview(url());
  ASSERT_THAT(preview, IsOk());
  v1::RegisterClientRequest request = RegisterRequest();
  request.set_expected_document_sha256(preview->document_sha256());
  Publish(testing::GoodDocument(url(), "Another Name"));
  EXPECT_THAT(Register(request), Fails(StatusCode::kAborted, "DOCUMENT_CHANGED"));
  EXPECT_EQ(StoredClients(), 0);
  PublishGood();
  EXPECT_THAT(Register(request), IsOk());
}

TEST_F(RegistrationTest, AnOperatorsCopyIsHeldToTheSameRulesAndMarked) {
  v1::RegisterClientRequest request = RegisterRequest();
  request.set_document(testing::GoodDocument("https://other.example.net/x"));
  auto refused = Register(request);
  EXPECT_THAT(refused, Fails(StatusCode::kInvalidArgument, "DOCUMENT_INVALID"));
  EXPECT_THAT(testing::ViolationsOf(refused), Contains("document.client_id CLIENT_ID_MISMATCH"));
  request.set_document(testing::GoodDocument(url()));
  auto supplied = Register(request);
  ASSERT_THAT(supplied, IsOk());
  EXPECT_EQ(supplied->client().document_provenance(), v1::DOCUMENT_PROVENANCE_OPERATOR_SUPPLIED);
  EXPECT_EQ(origin_.connections(), 0);

  // When the host serves the same bytes, the document counts as fetched.
  PublishGood();
  auto fetched = Register();
  ASSERT_THAT(fetched, IsOk());
  EXPECT_EQ(fetched->client().document_version(), 1);
  EXPECT_EQ(fetched->client().document_provenance(), v1::DOCUMENT_PROVENANCE_FETCHED);
}

TEST_F(RegistrationTest, NothingIsAcceptedWhileTheTenantHasItSwitchedOff) {
  PublishGood();
  server_.UpdateTenant({}, {"client_id_metadata_document_supported"});
  EXPECT_THAT(Preview(url()), Fails(StatusCode::kFailedPrecondition, "CIMD_DISABLED"));
  EXPECT_THAT(Register(), Fails(StatusCode::kFailedPrecondition, "CIMD_DISABLED"));
  EXPECT_EQ(origin_.connections(), 0);
}

TEST_F(RegistrationTest, AStrictTenantRefusesWhatAStandardOneWarnsOf) {
  const std::string with_query = origin_.url("/client.json?v=1");
  origin_.Serve("/client.json?v=1", {.body = testing::GoodDocument(with_query)});
  auto standard = Preview(with_query);
  ASSERT_THAT(standard, IsOk());
  EXPECT_TRUE(standard->validation().valid());
  v1::Tenant strict;
  strict.set_document_profile(v1::DOCUMENT_PROFILE_STRICT);
  server_.UpdateTenant(strict, {"document_profile"});
  auto refused = Preview(with_query);
  EXPECT_THAT(refused, Fails(StatusCode::kInvalidArgument, "CLIENT_ID_URL_INVALID"));
  EXPECT_THAT(testing::ViolationsOf(refused), ElementsAre("external_client_id URL_QUERY"));
}

TEST_F(RegistrationTest, ValidateOnlyStoresNothing) {
  PublishGood();
  v1::RegisterClientRequest request = RegisterRequest();
  request.set_validate_only(true);
  auto validated = Register(request);
  ASSERT_THAT(validated, IsOk());
  EXPECT_TRUE(validated->created());
  EXPECT_EQ(StoredClients(), 0);
}

TEST_F(RegistrationTest, ARepeatedRequestIdGetsTheFirstAnswer) {
  PublishGood();
  v1::RegisterClientRequest request = RegisterRequest();
  request.set_request_id("6f1e2a0c-7d5b-4a3e-9c1d-2b8f4e6a7c90");
  auto first = Register(request);
  ASSERT_THAT(first, IsOk());
  Publish(testing::GoodDocument(url(), "Another Name"));
  auto again = Register(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  server_.Restart();
  EXPECT_EQ(Register(request)->SerializeAsString(), first->SerializeAsString());
  request.set_validate_only(true);
  EXPECT_THAT(Register(request), Fails(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  request.set_request_id("not-a-uuid");
  EXPECT_THAT(testing::ViolationsOf(Register(request)), ElementsAre("request_id FORMAT"));
}

TEST_F(RegistrationTest, EverythingSurvivesARestart) {
  PublishGood();
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  server_.Restart();
  auto found = Lookup(url());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->SerializeAsString(), registered->client().SerializeAsString());
}

TEST_F(RegistrationTest, LookupComparesBytes) {
  PublishGood();
  ASSERT_THAT(Register(), IsOk());
  for (const std::string& other : {url() + "/", url() + "?", "HTTPS" + url().substr(5),
                                   url().substr(0, url().size() - 1), std::string(), std::string(100000, 'x')}) {
    EXPECT_THAT(Lookup(other), Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND")) << other.substr(0, 100);
  }
}

TEST_F(RegistrationTest, ListPagesFiltersAndCounts) {
  std::vector<std::string> urls;
  for (int i = 0; i < 7; ++i) {
    urls.push_back("https://client" + std::to_string(i) + ".example.net/c");
    ASSERT_THAT(RegisterSupplied(urls.back()), IsOk());
  }
  std::vector<std::string> listed;
  v1::ListClientsRequest request;
  request.set_page_size(3);
  int pages = 0;
  do {
    auto page = List(request);
    ASSERT_THAT(page, IsOk());
    ++pages;
    for (const v1::Client& client : page->clients()) listed.push_back(client.metadata().external_client_id());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, urls);
  EXPECT_EQ(pages, 3);

  v1::ListClientsRequest offset;
  offset.set_skip(5);
  offset.set_page_size(1);
  offset.set_include_total_size(true);
  auto tail = List(offset);
  ASSERT_THAT(tail, IsOk());
  EXPECT_EQ(tail->total_size(), 7);
  ASSERT_THAT(tail->clients(), SizeIs(1));
  EXPECT_EQ(tail->clients(0).metadata().external_client_id(), urls[5]);

  v1::ListClientsRequest by_url;
  by_url.set_external_client_id(urls[2]);
  EXPECT_THAT(List(by_url)->clients(), SizeIs(1));
  v1::ListClientsRequest native;
  native.add_app_types(v1::APP_TYPE_NATIVE);
  EXPECT_THAT(List(native)->clients(), IsEmpty());
  v1::ListClientsRequest blocked;
  blocked.set_state(v1::CLIENT_STATE_BLOCKED);
  EXPECT_THAT(List(blocked)->clients(), IsEmpty());
}

TEST_F(RegistrationTest, APageTokenIsGoodForItsOwnQuestionOnly) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_THAT(RegisterSupplied("https://client.example.net/" + std::string(name)), IsOk());
  }
  v1::ListClientsRequest request;
  request.set_page_size(1);
  auto page = List(request);
  ASSERT_THAT(page, IsOk());
  request.set_page_token(page->next_page_token());
  request.set_page_size(2);
  EXPECT_THAT(List(request)->clients(), SizeIs(2));
  request.set_state(v1::CLIENT_STATE_ACTIVE);
  EXPECT_THAT(List(request), Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
  for (const char* forged : {"x", "AAAA", "CgEx", "%%%"}) {
    v1::ListClientsRequest with_forged;
    with_forged.set_page_token(forged);
    EXPECT_THAT(List(with_forged), Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID")) << forged;
  }
  v1::ListClientsRequest negative;
  negative.set_page_size(-1);
  EXPECT_THAT(List(negative), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
}

TEST_F(RegistrationTest, UpdateChangesWhatAnAdminDecidesAndNothingElse) {
  PublishGood();
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  v1::UpdateClientRequest request;
  request.mutable_client()->set_name(registered->client().name());
  request.mutable_client()->mutable_settings()->set_redirection_policy(v1::REDIRECTION_POLICY_ALLOW_ALWAYS);
  request.mutable_client()->mutable_metadata()->set_app_type(v1::APP_TYPE_SPA);
  request.mutable_client()->mutable_metadata()->set_client_name("ignored, for the mask does not name it");
  request.mutable_update_mask()->add_paths("settings.redirection_policy");
  request.mutable_update_mask()->add_paths("metadata.app_type");
  auto updated = server_.Call(server_.registration(), &Registration::UpdateClient, request);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->settings().redirection_policy(), v1::REDIRECTION_POLICY_ALLOW_ALWAYS);
  EXPECT_EQ(updated->settings().jwt_configuration().alg(), "RS256");
  EXPECT_EQ(updated->metadata().app_type(), v1::APP_TYPE_SPA);
  EXPECT_EQ(updated->metadata().client_name(), "Good Client");

  struct Case {
    const char* path;
    const char* reason;
  };
  for (const Case& c : {Case{"metadata.client_name", "FIELD_NOT_EDITABLE"}, Case{"metadata", "FIELD_NOT_EDITABLE"},
                        Case{"metadata.callbacks", "FIELD_NOT_EDITABLE"}, Case{"state", "FIELD_NOT_EDITABLE"},
                        Case{"pinned", "FIELD_NOT_EDITABLE"}, Case{"is_first_party", "FIELD_NOT_EDITABLE"},
                        Case{"third_party_security_mode", "FIELD_NOT_EDITABLE"},
                        Case{"nonsense", "UPDATE_MASK_INVALID"}, Case{"settings.nonsense", "UPDATE_MASK_INVALID"}}) {
    request.clear_update_mask();
    request.mutable_update_mask()->add_paths(c.path);
    EXPECT_THAT(server_.Call(server_.registration(), &Registration::UpdateClient, request),
                Fails(StatusCode::kInvalidArgument, c.reason))
        << c.path;
  }
  request.clear_update_mask();
  EXPECT_THAT(testing::ViolationsOf(server_.Call(server_.registration(), &Registration::UpdateClient, request)),
              ElementsAre("update_mask REQUIRED"));
  request.mutable_update_mask()->add_paths("settings.allowed_origins");
  request.mutable_client()->mutable_settings()->add_allowed_origins("http://evil.example.org");
  request.mutable_client()->mutable_settings()->add_allowed_origins("https://ok.example.org:8443");
  EXPECT_THAT(testing::ViolationsOf(server_.Call(server_.registration(), &Registration::UpdateClient, request)),
              ElementsAre("client.settings.allowed_origins[0] FORMAT"));
  request.mutable_client()->set_etag(registered->client().etag());
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::UpdateClient, request),
              Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(Lookup(url())->etag(), updated->etag());
}

TEST_F(RegistrationTest, DeleteTakesTheClientAndAnotherRegistrationIsAnotherClient) {
  PublishGood();
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  v1::DeleteClientRequest request;
  request.set_name(registered->client().name());
  request.set_etag("1");
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, request),
              Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  request.set_etag(registered->client().etag());
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, request), IsOk());
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, request),
              Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND"));
  EXPECT_THAT(Lookup(url()), Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND"));
  auto again = Register();
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->created());
  EXPECT_NE(again->client().name(), registered->client().name());
  EXPECT_EQ(again->client().document_version(), 1);
}

TEST_F(RegistrationTest, ABlockKeepsTheRecordAndOutlivesIt) {
  PublishGood();
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  v1::BlockClientRequest block;
  block.set_parent("tenants/default");
  block.set_external_client_id(url());
  block.set_reason("phishing");
  auto blocked = server_.Call(server_.registration(), &Registration::BlockClient, block);
  ASSERT_THAT(blocked, IsOk());
  EXPECT_EQ(blocked->client(), registered->client().name());
  EXPECT_EQ(Lookup(url())->state(), v1::CLIENT_STATE_BLOCKED);
  EXPECT_EQ(Lookup(url())->block_reason(), "phishing");
  EXPECT_TRUE(Preview(url())->blocked());
  EXPECT_THAT(Register(), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));

  v1::DeleteClientRequest remove;
  remove.set_name(registered->client().name());
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, remove), IsOk());
  EXPECT_THAT(Register(), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));
  v1::ListClientBlocksRequest list;
  list.set_parent("tenants/default");
  auto blocks = server_.Call(server_.registration(), &Registration::ListClientBlocks, list);
  ASSERT_THAT(blocks, IsOk());
  ASSERT_THAT(blocks->blocks(), SizeIs(1));
  EXPECT_THAT(blocks->blocks(0).client(), IsEmpty());

  v1::UnblockClientRequest unblock;
  unblock.set_parent("tenants/default");
  unblock.set_external_client_id(url());
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::UnblockClient, unblock), IsOk());
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::UnblockClient, unblock),
              Fails(StatusCode::kNotFound, "BLOCK_NOT_FOUND"));
  EXPECT_THAT(Register(), IsOk());
}

TEST_F(RegistrationTest, AUrlCanBeBlockedBeforeAnybodyRegistersIt) {
  PublishGood();
  v1::BlockClientRequest block;
  block.set_parent("tenants/default");
  block.set_external_client_id(url());
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::BlockClient, block), IsOk());
  EXPECT_THAT(Register(), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));
  EXPECT_EQ(origin_.connections(), 0);
  block.set_external_client_id("ftp://nonsense");
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::BlockClient, block),
              Fails(StatusCode::kInvalidArgument, "CLIENT_ID_URL_INVALID"));
}

TEST_F(RegistrationTest, MalformedNamesAreRefusedByField) {
  v1::GetClientRequest get;
  for (const char* name : {"", "tenants/default", "tenants/default/clients/", "tenants/DEFAULT/clients/tpc_1",
                           "tenants/default/clients/tpc_1/", "tenants/default/clients/../x", "clients/tpc_1"}) {
    get.set_name(name);
    EXPECT_THAT(server_.Call(server_.registration(), &Registration::GetClient, get),
                Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"))
        << name;
  }
  v1::ListClientsRequest list;
  list.set_parent("tenants/nobody");
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::ListClients, list),
              Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
}

}  // namespace
}  // namespace cimd
