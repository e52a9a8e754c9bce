// Refreshing a registered client, its versions, and pinning one of them.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/eventually.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Metadata = v1::MetadataService::Stub;
using Registration = v1::RegistrationService::Stub;

constexpr char kPath[] = "/oauth/client.json";
constexpr char kCallback[] = "https://client.example.net/callback";

class RefreshTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Publish(testing::GoodDocument(url()), "\"v1\"");
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url());
    auto registered = server_.Call(server_.registration(), &Registration::RegisterClient, request);
    ASSERT_THAT(registered, IsOk());
    client_ = registered->client();
  }

  std::string url() const { return origin_.url(kPath); }
  void Publish(const std::string& document, const std::string& etag = "") {
    origin_.Serve(kPath, {.body = document, .etag = etag});
  }
  v1::RefreshClientRequest RefreshRequest() const {
    v1::RefreshClientRequest request;
    request.set_name(client_.name());
    return request;
  }
  absl::StatusOr<v1::RefreshClientResponse> Refresh(const v1::RefreshClientRequest& request) {
    return server_.Call(server_.metadata(), &Metadata::RefreshClient, request);
  }
  absl::StatusOr<v1::RefreshClientResponse> Refresh() { return Refresh(RefreshRequest()); }
  absl::StatusOr<v1::PreviewRefreshResponse> PreviewRefresh() {
    v1::PreviewRefreshRequest request;
    request.set_name(client_.name());
    return server_.Call(server_.metadata(), &Metadata::PreviewRefresh, request);
  }
  absl::StatusOr<v1::Client> Get() {
    v1::GetClientRequest request;
    request.set_name(client_.name());
    return server_.Call(server_.registration(), &Registration::GetClient, request);
  }
  absl::StatusOr<v1::MetadataDocument> Document(int version) {
    v1::GetDocumentRequest request;
    request.set_name(client_.name() + "/documents/" + std::to_string(version));
    return server_.Call(server_.metadata(), &Metadata::GetDocument, request);
  }
  absl::StatusOr<v1::Client> Pin(int version) {
    v1::PinDocumentRequest request;
    request.set_name(client_.name() + "/documents/" + std::to_string(version));
    return server_.Call(server_.metadata(), &Metadata::PinDocument, request);
  }

  testing::HttpsOrigin origin_;
  testing::TestServer server_{{&origin_}};
  v1::Client client_;
};

TEST_F(RefreshTest, PreviewShowsEachChangeAndWhatItMeans) {
  Publish(testing::GoodDocument(url(), "New Name", {"https://client.example.net/new"}, {"authorization_code"}));
  auto preview = PreviewRefresh();
  ASSERT_THAT(preview, IsOk());
  EXPECT_FALSE(preview->unchanged());
  EXPECT_TRUE(preview->validation().valid());
  EXPECT_TRUE(preview->diff().security_relevant());
  std::vector<std::string> changes;
  for (const v1::FieldChange& change : preview->diff().changes()) {
    changes.push_back(change.field() + " " + (change.has_old_value() ? "-" : "+") + " " +
                      v1::ChangeImpact_Name(change.impact()));
  }
  EXPECT_THAT(changes, ::testing::UnorderedElementsAre("callbacks + CHANGE_IMPACT_REDIRECT_ADDED",
                                                       "callbacks - CHANGE_IMPACT_REDIRECT_REMOVED",
                                                       "grant_types - CHANGE_IMPACT_GRANT_TYPE_REMOVED",
                                                       "client_name - CHANGE_IMPACT_NAME_CHANGED"));
  EXPECT_EQ(Get()->etag(), client_.etag());
}

TEST_F(RefreshTest, AppliesWithTheExpectedDigestOnly) {
  Publish(testing::GoodDocument(url(), "New Name"));
  v1::RefreshClientRequest request = RefreshRequest();
  request.set_expected_document_sha256(std::string(64, 'a'));
  EXPECT_THAT(Refresh(request), Fails(StatusCode::kAborted, "DOCUMENT_CHANGED"));
  EXPECT_EQ(Get()->etag(), client_.etag());
  request.set_expected_document_sha256("abc");
  EXPECT_THAT(testing::ViolationsOf(Refresh(request)), ElementsAre("expected_document_sha256 FORMAT"));
  request.set_expected_document_sha256(PreviewRefresh()->document_sha256());
  auto refreshed = Refresh(request);
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(refreshed->outcome(), v1::REFRESH_OUTCOME_APPLIED);
  EXPECT_EQ(refreshed->client().metadata().client_name(), "New Name");
  EXPECT_EQ(refreshed->client().document_version(), 2);
  EXPECT_EQ(Get()->SerializeAsString(), refreshed->client().SerializeAsString());
}

TEST_F(RefreshTest, ANotModifiedAnswerConfirmsTheVersion) {
  auto before = Document(1);
  ASSERT_THAT(before, IsOk());
  auto refreshed = Refresh();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(refreshed->outcome(), v1::REFRESH_OUTCOME_UNCHANGED);
  EXPECT_EQ(refreshed->client().etag(), client_.etag());
  EXPECT_EQ(origin_.requests(kPath).back().Header("If-None-Match"), "\"v1\"");
  auto after = Document(1);
  ASSERT_THAT(after, IsOk());
  EXPECT_GT(after->confirm_time().seconds() * 1000000000 + after->confirm_time().nanos(),
            before->confirm_time().seconds() * 1000000000 + before->confirm_time().nanos());
  EXPECT_EQ(after->fetch_time().nanos(), before->fetch_time().nanos());
}

TEST_F(RefreshTest, VersionsAreDistinctListedAndCarryEvidence) {
  Publish(testing::GoodDocument(url(), "Second"));
  ASSERT_THAT(Refresh(), IsOk());
  Publish(testing::GoodDocument(url()));
  auto back = Refresh();
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->client().document_version(), 1);

  v1::ListDocumentsRequest list;
  list.set_parent(client_.name());
  auto documents = server_.Call(server_.metadata(), &Metadata::ListDocuments, list);
  ASSERT_THAT(documents, IsOk());
  ASSERT_THAT(documents->documents(), SizeIs(2));
  EXPECT_EQ(documents->documents(0).name(), client_.name() + "/documents/2");
  EXPECT_FALSE(documents->documents(0).current());
  EXPECT_TRUE(documents->documents(1).current());
  EXPECT_THAT(documents->documents(1).body(), IsEmpty());

  auto document = Document(1);
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(document->body(), testing::GoodDocument(url()));
  EXPECT_THAT(document->created_by(), ::testing::StartsWith("tok_"));
  EXPECT_EQ(document->evidence().address(), "127.0.0.1");
  EXPECT_THAT(document->evidence().tls_issuer(), Not(IsEmpty()));
  EXPECT_GT(document->evidence().tls_expire_time().seconds(), 0);
  EXPECT_THAT(Document(3), Fails(StatusCode::kNotFound, "DOCUMENT_NOT_FOUND"));
}

TEST_F(RefreshTest, AFailedFetchLeavesTheVersionInForceAndIsRecorded) {
  struct Case {
    testing::Response response;
    v1::FetchFailureKind kind;
  };
  const std::vector<Case> cases = {
      {{.status = 404}, v1::FETCH_FAILURE_KIND_WITHDRAWN},
      {{.status = 403, .body = "<html>", .content_type = "text/html"}, v1::FETCH_FAILURE_KIND_CHALLENGE},
      {{.status = 302, .headers = {{"Location", "https://elsewhere.example.net/"}}}, v1::FETCH_FAILURE_KIND_INVALID},
      {{.status = 503}, v1::FETCH_FAILURE_KIND_TRANSPORT},
  };
  for (const Case& c : cases) {
    // Repeated failures of a host cause a backoff, which a success ends.
    Publish(testing::GoodDocument(url()));
    ASSERT_THAT(Refresh(), IsOk());
    origin_.Serve(kPath, c.response);
    auto refreshed = Refresh();
    EXPECT_THAT(refreshed, Fails(StatusCode::kFailedPrecondition, "DOCUMENT_NOT_FETCHED"));
    auto client = Get();
    ASSERT_THAT(client, IsOk());
    EXPECT_EQ(client->refresh_failure().kind(), c.kind) << client->refresh_failure().message();
    EXPECT_EQ(client->document_version(), 1);
    EXPECT_EQ(client->metadata().SerializeAsString(), client_.metadata().SerializeAsString());
    EXPECT_THAT(refreshed.status().message(), Not(::testing::HasSubstr("127.0.0.1")));
  }
  Publish(testing::GoodDocument(url()));
  ASSERT_THAT(Refresh(), IsOk());
  EXPECT_FALSE(Get()->has_refresh_failure());
}

TEST_F(RefreshTest, AFailedRefreshIsShownAndDoesNotChangeTheClient) {
  const std::string etag = Get()->etag();
  v1::LookupClientRequest lookup;
  lookup.set_parent("tenants/default");
  lookup.set_external_client_id(url());
  auto before = server_.Call(server_.registration(), &Registration::LookupClient, lookup);
  ASSERT_THAT(before, IsOk());
  origin_.Serve(kPath, {.status = 410});
  EXPECT_THAT(Refresh(), Fails(StatusCode::kFailedPrecondition, "DOCUMENT_NOT_FETCHED"));
  auto client = Get();
  ASSERT_THAT(client, IsOk());
  EXPECT_EQ(client->refresh_failure().kind(), v1::FETCH_FAILURE_KIND_WITHDRAWN);
  EXPECT_TRUE(client->refresh_failure().has_fail_time());
  EXPECT_EQ(client->etag(), etag);
  auto after = server_.Call(server_.registration(), &Registration::LookupClient, lookup);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->SerializeAsString(), before->SerializeAsString());

  // A success clears the failure, even if the new document is only reported and not applied.
  ASSERT_THAT(Pin(1), IsOk());
  EXPECT_TRUE(Get()->has_refresh_failure());
  Publish(testing::GoodDocument(url()));
  auto reported = Refresh();
  ASSERT_THAT(reported, IsOk());
  EXPECT_EQ(reported->outcome(), v1::REFRESH_OUTCOME_REPORTED);
  EXPECT_FALSE(Get()->has_refresh_failure());
}

TEST_F(RefreshTest, AnInvalidDocumentIsNotApplied) {
  Publish(testing::GoodDocument("https://other.example.net/"));
  auto refreshed = Refresh();
  EXPECT_THAT(refreshed, Fails(StatusCode::kInvalidArgument, "DOCUMENT_INVALID"));
  EXPECT_THAT(testing::ViolationsOf(refreshed), ElementsAre("document.client_id CLIENT_ID_MISMATCH"));
  EXPECT_EQ(Get()->etag(), client_.etag());
}

TEST_F(RefreshTest, ARefreshOverwritesWhatTheDocumentDecides) {
  v1::UpdateClientRequest update;
  update.mutable_client()->set_name(client_.name());
  update.mutable_client()->mutable_metadata()->set_app_type(v1::APP_TYPE_SPA);
  update.mutable_client()->mutable_settings()->set_default_organization("org_1");
  update.mutable_update_mask()->add_paths("metadata.app_type");
  update.mutable_update_mask()->add_paths("settings.default_organization");
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::UpdateClient, update), IsOk());
  auto preview = PreviewRefresh();
  ASSERT_THAT(preview, IsOk());
  EXPECT_TRUE(preview->unchanged());
  ASSERT_THAT(preview->diff().changes(), SizeIs(1));
  EXPECT_EQ(preview->diff().changes(0).impact(), v1::CHANGE_IMPACT_APP_TYPE_CHANGED);
  auto refreshed = Refresh();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(refreshed->outcome(), v1::REFRESH_OUTCOME_APPLIED);
  EXPECT_EQ(refreshed->client().metadata().app_type(), v1::APP_TYPE_REGULAR_WEB);
  EXPECT_EQ(refreshed->client().settings().default_organization(), "org_1");
}

TEST_F(RefreshTest, APinnedClientIsHeldAndOnlyReported) {
  Publish(testing::GoodDocument(url(), "Second", {kCallback, "https://client.example.net/two"}));
  ASSERT_THAT(Refresh(), IsOk());
  auto pinned = Pin(1);
  ASSERT_THAT(pinned, IsOk());
  EXPECT_TRUE(pinned->pinned());
  EXPECT_EQ(pinned->document_version(), 1);
  EXPECT_THAT(pinned->metadata().callbacks(), ElementsAre(kCallback));

  EXPECT_TRUE(PreviewRefresh()->pinned());
  auto refreshed = Refresh();
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(refreshed->outcome(), v1::REFRESH_OUTCOME_REPORTED);
  EXPECT_THAT(refreshed->diff().changes(), Not(IsEmpty()));
  EXPECT_EQ(Get()->etag(), pinned->etag());
  v1::RegisterClientRequest again;
  again.set_parent("tenants/default");
  again.set_external_client_id(url());
  EXPECT_THAT(server_.Call(server_.registration(), &Registration::RegisterClient, again),
              Fails(StatusCode::kFailedPrecondition, "CLIENT_PINNED"));
  EXPECT_THAT(Pin(7), Fails(StatusCode::kNotFound, "DOCUMENT_NOT_FOUND"));

  v1::UnpinDocumentRequest unpin;
  unpin.set_name(client_.name());
  ASSERT_THAT(server_.Call(server_.metadata(), &Metadata::UnpinDocument, unpin), IsOk());
  EXPECT_THAT(server_.Call(server_.metadata(), &Metadata::UnpinDocument, unpin),
              Fails(StatusCode::kFailedPrecondition, "CLIENT_NOT_PINNED"));
  EXPECT_EQ(Refresh()->outcome(), v1::REFRESH_OUTCOME_APPLIED);
}

TEST_F(RefreshTest, AnAnswerThatWasOvertakenIsNotApplied) {
  auto hold = std::make_shared<absl::Notification>();
  origin_.Serve(kPath, {.body = testing::GoodDocument(url(), "Older"), .hold = hold});
  const size_t requests = origin_.requests(kPath).size();
  absl::StatusOr<v1::RefreshClientResponse> overtaken;
  std::thread slow([&] { overtaken = Refresh(); });
  EXPECT_TRUE(testing::Eventually([&] { return origin_.requests(kPath).size() > requests; }, "the fetch begins"));
  v1::RefreshClientRequest newer = RefreshRequest();
  newer.set_document(testing::GoodDocument(url(), "Newer"));
  EXPECT_THAT(Refresh(newer), IsOk());
  hold->Notify();
  slow.join();
  EXPECT_THAT(overtaken, Fails(StatusCode::kAborted, "CONTENTION"));
  EXPECT_EQ(Get()->metadata().client_name(), "Newer");
}

TEST_F(RefreshTest, ABlockedClientIsNotRefreshed) {
  v1::BlockClientRequest block;
  block.set_parent("tenants/default");
  block.set_external_client_id(url());
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::BlockClient, block), IsOk());
  EXPECT_THAT(Refresh(), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));
}

}  // namespace
}  // namespace cimd
