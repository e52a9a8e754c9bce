// The methods that change a client, and the effect of a concurrent change on each.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/services/service_world.h"
#include "tests/testing/error_matchers.h"

namespace cimd::testing {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kUrl[] = "https://app.example.com/client.json";
constexpr char kKeysUrl[] = "https://app.example.com/keys.json";

class ClientLifecycleTest : public ::testing::Test {
 protected:
  std::string Registered() {
    auto registered = world_.Register();
    EXPECT_THAT(registered, IsOk());
    return registered.ok() ? registered->client().name() : "";
  }
  absl::StatusOr<v1::RefreshClientResponse> Refresh(const std::string& name, const std::string& etag = "") {
    v1::RefreshClientRequest request;
    request.set_name(name);
    request.set_etag(etag);
    rpc::RequestContext call = world_.Call("MetadataService/RefreshClient");
    return world_.metadata->RefreshClient(call, request);
  }
  absl::StatusOr<v1::Client> Get(const std::string& name) {
    v1::GetClientRequest request;
    request.set_name(name);
    rpc::RequestContext call = world_.Call("RegistrationService/GetClient");
    return world_.registration->GetClient(call, request);
  }
  absl::StatusOr<v1::ClientBlock> Block(const std::string& url, const std::string& reason = "") {
    v1::BlockClientRequest request;
    request.set_parent(ServiceWorld::kTenant);
    request.set_external_client_id(url);
    request.set_reason(reason);
    rpc::RequestContext call = world_.Call("RegistrationService/BlockClient");
    return world_.registration->BlockClient(call, request);
  }
  absl::StatusOr<v1::UnblockClientResponse> Unblock(const std::string& url) {
    v1::UnblockClientRequest request;
    request.set_parent(ServiceWorld::kTenant);
    request.set_external_client_id(url);
    rpc::RequestContext call = world_.Call("RegistrationService/UnblockClient");
    return world_.registration->UnblockClient(call, request);
  }
  absl::StatusOr<v1::Client> Pin(const std::string& name, int version, const std::string& etag = "") {
    v1::PinDocumentRequest request;
    request.set_name(name + "/documents/" + std::to_string(version));
    request.set_etag(etag);
    rpc::RequestContext call = world_.Call("MetadataService/PinDocument");
    return world_.metadata->PinDocument(call, request);
  }
  absl::StatusOr<v1::Client> Unpin(const std::string& name, const std::string& etag = "") {
    v1::UnpinDocumentRequest request;
    request.set_name(name);
    request.set_etag(etag);
    rpc::RequestContext call = world_.Call("MetadataService/UnpinDocument");
    return world_.metadata->UnpinDocument(call, request);
  }
  absl::Status Delete(const std::string& name, const std::string& etag = "", bool force = false) {
    v1::DeleteClientRequest request;
    request.set_name(name);
    request.set_etag(etag);
    request.set_force(force);
    rpc::RequestContext call = world_.Call("RegistrationService/DeleteClient");
    return world_.registration->DeleteClient(call, request).status();
  }
  absl::Status UpdateTenant(const std::function<void(v1::UpdateTenantRequest&)>& set) {
    v1::UpdateTenantRequest request;
    request.mutable_tenant()->set_name(ServiceWorld::kTenant);
    set(request);
    rpc::RequestContext call = world_.Call("AdminService/UpdateTenant");
    return world_.admin->UpdateTenant(call, request).status();
  }
  absl::Status RenameTenant(const std::string& name) {
    return UpdateTenant([&](v1::UpdateTenantRequest& request) {
      request.mutable_tenant()->set_display_name(name);
      request.mutable_update_mask()->add_paths("display_name");
    });
  }

  ServiceWorld world_;
};

TEST_F(ClientLifecycleTest, RegisteringAgainChangesNothing) {
  auto first = world_.Register();
  ASSERT_THAT(first, IsOk());
  EXPECT_TRUE(first->created());
  EXPECT_THAT(first->client().name(), StartsWith("tenants/t/clients/tpc_"));
  auto second = world_.Register();
  ASSERT_THAT(second, IsOk());
  EXPECT_FALSE(second->created());
  EXPECT_EQ(second->client().etag(), first->client().etag());
  // The second registration changed nothing, so it has no event.
  EXPECT_THAT(world_.Events(), SizeIs(1));
  EXPECT_EQ(world_.Events()[0].method(), "cimd.v1.RegistrationService/RegisterClient");
  EXPECT_THAT(world_.Events()[0].external_client_ids(), ElementsAre(kUrl));
  v1::GetDocumentRequest get;
  get.set_name(first->client().name() + "/documents/1");
  rpc::RequestContext call = world_.Call("MetadataService/GetDocument");
  auto document = world_.metadata->GetDocument(call, get);
  ASSERT_THAT(document, IsOk());
  EXPECT_TRUE(document->current());
  // The record has the caller's ID, because several callers can have the same name.
  EXPECT_EQ(document->created_by(), "tok_test");
}

TEST_F(ClientLifecycleTest, ARequestWithAnIdFetchesOnce) {
  world_.fetcher.Serve(kUrl, ServiceWorld::Document(kUrl));
  v1::RegisterClientRequest request;
  request.set_parent(ServiceWorld::kTenant);
  request.set_external_client_id(kUrl);
  request.set_request_id("11111111-2222-3333-4444-555555555555");
  rpc::RequestContext call = world_.Call("RegistrationService/RegisterClient");
  auto first = world_.registration->RegisterClient(call, request);
  ASSERT_THAT(first, IsOk());
  const int fetches = world_.fetcher.fetches();
  auto again = world_.registration->RegisterClient(call, request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(world_.fetcher.fetches(), fetches);
}

TEST_F(ClientLifecycleTest, RegistrationsAreRefusedForTheirReasons) {
  v1::RegisterClientRequest request;
  request.set_parent(ServiceWorld::kTenant);
  request.set_external_client_id(kUrl);
  auto run = [&] {
    rpc::RequestContext call = world_.Call("RegistrationService/RegisterClient");
    return world_.registration->RegisterClient(call, request);
  };
  EXPECT_THAT(run(), Fails(StatusCode::kFailedPrecondition, "DOCUMENT_NOT_FETCHED"));
  world_.fetcher.Serve(kUrl, "{}");
  EXPECT_THAT(run(), Fails(StatusCode::kInvalidArgument, "DOCUMENT_INVALID"));
  world_.fetcher.Serve(kUrl, ServiceWorld::Document(kUrl));
  request.set_expected_document_sha256(std::string(64, 'a'));
  EXPECT_THAT(run(), Fails(StatusCode::kAborted, "DOCUMENT_CHANGED"));
  request.set_expected_document_sha256("x");
  EXPECT_THAT(run(), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  request.clear_expected_document_sha256();
  request.set_external_client_id("https://localhost/x");
  EXPECT_THAT(run(), Fails(StatusCode::kInvalidArgument, "CLIENT_ID_URL_INVALID"));
  request.set_parent("x");
  EXPECT_THAT(run(), Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
}

TEST_F(ClientLifecycleTest, AChangeOfTheTenantDuringAFetchIsContention) {
  world_.fetcher.BeforeAnswer([this] { EXPECT_THAT(RenameTenant("Renamed"), IsOk()); });
  EXPECT_THAT(world_.Register(), Fails(StatusCode::kAborted, "CONTENTION"));
  world_.fetcher.BeforeAnswer(nullptr);
  EXPECT_THAT(world_.Register(), IsOk());
}

TEST_F(ClientLifecycleTest, ABlockDuringAFetchHolds) {
  world_.fetcher.BeforeAnswer([this] { EXPECT_THAT(Block(kUrl), IsOk()); });
  EXPECT_THAT(world_.Register(), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));
}

TEST_F(ClientLifecycleTest, ATenantWithoutDocumentsRegistersNobody) {
  ASSERT_THAT(UpdateTenant([](v1::UpdateTenantRequest& request) {
                request.mutable_update_mask()->add_paths("client_id_metadata_document_supported");
              }),
              IsOk());
  EXPECT_THAT(world_.Register(), Fails(StatusCode::kFailedPrecondition, "CIMD_DISABLED"));
}

TEST_F(ClientLifecycleTest, ABlockIsShownOnTheClientAndLifted) {
  const std::string name = Registered();
  auto block = Block(kUrl, "phishing");
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(block->client(), name);
  EXPECT_EQ(block->created_by(), "tok_test");
  EXPECT_EQ(Get(name)->state(), v1::CLIENT_STATE_BLOCKED);
  EXPECT_EQ(Get(name)->block_reason(), "phishing");
  EXPECT_THAT(world_.Register(), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));
  EXPECT_THAT(Refresh(name), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));
  v1::ListClientBlocksRequest list;
  list.set_parent(ServiceWorld::kTenant);
  rpc::RequestContext call = world_.Call("RegistrationService/ListClientBlocks");
  auto blocks = world_.registration->ListClientBlocks(call, list);
  ASSERT_THAT(blocks, IsOk());
  ASSERT_THAT(blocks->blocks(), SizeIs(1));
  EXPECT_EQ(blocks->blocks(0).client(), name);
  auto unblocked = Unblock(kUrl);
  ASSERT_THAT(unblocked, IsOk());
  EXPECT_EQ(unblocked->client().state(), v1::CLIENT_STATE_ACTIVE);
  EXPECT_EQ(unblocked->client().block_reason(), "");
  EXPECT_THAT(Unblock(kUrl), Fails(StatusCode::kNotFound, "BLOCK_NOT_FOUND"));
}

TEST_F(ClientLifecycleTest, AUrlCanBeBlockedBeforeAnybodyRegistersIt) {
  auto block = Block("https://evil.example.com/c");
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(block->client(), "");
  EXPECT_EQ(world_.Events()[0].resource(), "https://evil.example.com/c");
  EXPECT_THAT(world_.Events()[0].external_client_ids(), ElementsAre("https://evil.example.com/c"));
  EXPECT_THAT(world_.Register("https://evil.example.com/c"), Fails(StatusCode::kFailedPrecondition, "CLIENT_BLOCKED"));
  EXPECT_FALSE(Unblock("https://evil.example.com/c")->has_client());
  EXPECT_THAT(Block(""), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(Unblock(""), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(Block(kUrl, std::string(501, 'x')), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(Block("no url"), Fails(StatusCode::kInvalidArgument, "CLIENT_ID_URL_INVALID"));
}

TEST_F(ClientLifecycleTest, ARefreshAppliesWhatChanged) {
  const std::string name = Registered();
  auto unchanged = Refresh(name);
  ASSERT_THAT(unchanged, IsOk());
  EXPECT_EQ(unchanged->outcome(), v1::REFRESH_OUTCOME_UNCHANGED);
  const std::string etag = unchanged->client().etag();
  world_.fetcher.Serve(kUrl, ServiceWorld::Document(kUrl, R"(,"client_uri":"https://app.example.com/policy")"));
  EXPECT_THAT(Refresh(name, "1234567"), Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  auto applied = Refresh(name, etag);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->outcome(), v1::REFRESH_OUTCOME_APPLIED);
  EXPECT_EQ(applied->client().document_version(), 2);
  EXPECT_NE(applied->client().etag(), etag);
  EXPECT_EQ(world_.Events()[0].method(), "cimd.v1.MetadataService/RefreshClient");
  EXPECT_EQ(world_.Events()[0].resource(), name);
}

TEST_F(ClientLifecycleTest, ARefreshThatWasOvertakenIsContention) {
  const std::string name = Registered();
  const std::string second = ServiceWorld::Document(kUrl, R"(,"client_uri":"https://app.example.com/2")");
  bool interfered = false;
  world_.fetcher.Serve(kUrl, ServiceWorld::Document(kUrl, R"(,"client_uri":"https://app.example.com/1")"));
  world_.fetcher.BeforeAnswer([&] {
    if (std::exchange(interfered, true)) return;
    v1::RefreshClientRequest request;
    request.set_name(name);
    request.set_document(second);
    rpc::RequestContext call = world_.Call("MetadataService/RefreshClient");
    EXPECT_THAT(world_.metadata->RefreshClient(call, request), IsOk());
  });
  EXPECT_THAT(Refresh(name), Fails(StatusCode::kAborted, "CONTENTION"));
  EXPECT_EQ(Get(name)->metadata().client_uri(), "https://app.example.com/2");
}

TEST_F(ClientLifecycleTest, AFailedRefreshIsKept) {
  const std::string name = Registered();
  world_.fetcher.Remove(kUrl);
  EXPECT_THAT(Refresh(name), Fails(StatusCode::kFailedPrecondition, "DOCUMENT_NOT_FETCHED"));
  EXPECT_EQ(Get(name)->refresh_failure().message(), "the host answered 404");
  world_.fetcher.Serve(kUrl, "not json");
  EXPECT_THAT(Refresh(name), Fails(StatusCode::kInvalidArgument, "DOCUMENT_INVALID"));
}

TEST_F(ClientLifecycleTest, APinnedVersionStays) {
  const std::string name = Registered();
  EXPECT_THAT(Unpin(name), Fails(StatusCode::kFailedPrecondition, "CLIENT_NOT_PINNED"));
  EXPECT_THAT(Pin(name, 2), Fails(StatusCode::kNotFound, "DOCUMENT_NOT_FOUND"));
  EXPECT_THAT(Pin(name, 1, "1234567"), Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  auto pinned = Pin(name, 1);
  ASSERT_THAT(pinned, IsOk());
  EXPECT_TRUE(pinned->pinned());
  world_.fetcher.Serve(kUrl, ServiceWorld::Document(kUrl, R"(,"client_uri":"https://app.example.com/2")"));
  auto reported = Refresh(name);
  ASSERT_THAT(reported, IsOk());
  EXPECT_EQ(reported->outcome(), v1::REFRESH_OUTCOME_REPORTED);
  EXPECT_EQ(reported->client().document_version(), 1);
  EXPECT_THAT(world_.Register(), Fails(StatusCode::kFailedPrecondition, "CLIENT_PINNED"));
  EXPECT_THAT(Unpin(name, "1234567"), Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  ASSERT_THAT(Unpin(name), IsOk());
  world_.fetcher.Serve(kUrl, ServiceWorld::Document(kUrl, R"(,"client_uri":"https://app.example.com/2")"));
  EXPECT_EQ(Refresh(name)->outcome(), v1::REFRESH_OUTCOME_APPLIED);
}

TEST_F(ClientLifecycleTest, APinDuringARefreshIsContention) {
  const std::string name = Registered();
  world_.fetcher.BeforeAnswer([&] { EXPECT_THAT(Pin(name, 1), IsOk()); });
  EXPECT_THAT(Refresh(name), Fails(StatusCode::kAborted, "CONTENTION"));
}

TEST_F(ClientLifecycleTest, KeysAreReadFromTheirUrl) {
  const std::string document = ServiceWorld::Document(kUrl, std::string(R"(,"jwks_uri":")") + kKeysUrl + "\"");
  world_.fetcher.Serve(kKeysUrl, R"({"keys":[]})");
  v1::RegisterClientRequest request;
  request.set_parent(ServiceWorld::kTenant);
  request.set_external_client_id(kUrl);
  std::string confidential = document;
  const size_t method = confidential.find("\"none\"");
  confidential.replace(method, 6, "\"private_key_jwt\"");
  request.set_document(confidential);
  rpc::RequestContext call = world_.Call("RegistrationService/RegisterClient");
  auto registered = world_.registration->RegisterClient(call, request);
  ASSERT_THAT(registered, IsOk());
  const std::string name = registered->client().name();
  v1::RefreshClientKeysRequest refresh;
  refresh.set_name(name);
  rpc::RequestContext refresh_call = world_.Call("MetadataService/RefreshClientKeys");
  auto same = world_.metadata->RefreshClientKeys(refresh_call, refresh);
  ASSERT_THAT(same, IsOk());
  EXPECT_FALSE(same->changed());
  v1::GetClientKeysRequest get;
  get.set_name(name);
  rpc::RequestContext get_call = world_.Call("MetadataService/GetClientKeys");
  auto keys = world_.metadata->GetClientKeys(get_call, get);
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->jwks_uri(), kKeysUrl);
}

TEST_F(ClientLifecycleTest, APublicClientHasNoKeysToRead) {
  v1::RefreshClientKeysRequest refresh;
  refresh.set_name(Registered());
  rpc::RequestContext call = world_.Call("MetadataService/RefreshClientKeys");
  EXPECT_THAT(world_.metadata->RefreshClientKeys(call, refresh),
              Fails(StatusCode::kFailedPrecondition, "CLIENT_HAS_NO_KEYS"));
}

TEST_F(ClientLifecycleTest, PreviewsChangeNothing) {
  v1::PreviewClientRequest request;
  request.set_parent(ServiceWorld::kTenant);
  request.set_external_client_id(kUrl);
  rpc::RequestContext call = world_.Call("RegistrationService/PreviewClient");
  EXPECT_TRUE(world_.registration->PreviewClient(call, request)->has_fetch_failure());
  world_.fetcher.Serve(kUrl, ServiceWorld::Document(kUrl));
  auto unknown = world_.registration->PreviewClient(call, request);
  ASSERT_THAT(unknown, IsOk());
  EXPECT_EQ(unknown->client(), "");
  EXPECT_FALSE(unknown->blocked());
  EXPECT_TRUE(unknown->validation().valid());
  const std::string name = Registered();
  ASSERT_THAT(Block(kUrl), IsOk());
  const storage::Revision revision = world_.store().CurrentRevision();
  auto known = world_.registration->PreviewClient(call, request);
  ASSERT_THAT(known, IsOk());
  EXPECT_EQ(known->client(), name);
  EXPECT_TRUE(known->blocked());
  v1::PreviewRefreshRequest preview;
  preview.set_name(name);
  rpc::RequestContext refresh_call = world_.Call("MetadataService/PreviewRefresh");
  auto previewed = world_.metadata->PreviewRefresh(refresh_call, preview);
  ASSERT_THAT(previewed, IsOk());
  EXPECT_TRUE(previewed->unchanged());
  world_.fetcher.Remove(kUrl);
  EXPECT_TRUE(world_.metadata->PreviewRefresh(refresh_call, preview)->has_fetch_failure());
  EXPECT_EQ(world_.store().CurrentRevision(), revision);
}

TEST_F(ClientLifecycleTest, SettingsAreUpdatedWithinTheirBounds) {
  const std::string name = Registered();
  auto update = [&](auto set, const std::string& path) {
    v1::UpdateClientRequest request;
    request.mutable_client()->set_name(name);
    set(*request.mutable_client());
    request.mutable_update_mask()->add_paths(path);
    rpc::RequestContext call = world_.Call("RegistrationService/UpdateClient");
    return world_.registration->UpdateClient(call, request);
  };
  auto described = update([](auto& c) { c.mutable_metadata()->set_description("Ours"); }, "metadata.description");
  ASSERT_THAT(described, IsOk());
  EXPECT_EQ(Get(name)->metadata().description(), "Ours");
  EXPECT_EQ(Get(name)->etag(), described->etag());
  EXPECT_THAT(
      update([](auto& c) { c.mutable_metadata()->set_description(std::string(141, 'x')); }, "metadata.description"),
      Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(
      update([](auto& c) { c.mutable_metadata()->set_client_name("x"); }, "metadata.client_name").status().code(),
      StatusCode::kInvalidArgument);
  EXPECT_THAT(update([](auto& c) { c.set_etag("1"); }, "metadata.description"),
              Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
}

TEST_F(ClientLifecycleTest, ADeletedClientIsGone) {
  const std::string name = Registered();
  EXPECT_THAT(Delete(name, "1"), Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  const int purges = world_.purges;
  ASSERT_THAT(Delete(name), IsOk());
  EXPECT_EQ(world_.purges, purges + 1);
  EXPECT_THAT(Get(name), Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND"));
  EXPECT_THAT(Delete(name), Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND"));
  EXPECT_EQ(world_.purges, purges + 1);
  EXPECT_THAT(world_.Events()[0].external_client_ids(), ElementsAre(kUrl));
  v1::LookupClientRequest lookup;
  lookup.set_parent(ServiceWorld::kTenant);
  lookup.set_external_client_id(kUrl);
  rpc::RequestContext call = world_.Call("RegistrationService/LookupClient");
  EXPECT_EQ(world_.registration->LookupClient(call, lookup).status().code(), StatusCode::kNotFound);
}

TEST_F(ClientLifecycleTest, AClientWithGrantsIsDeletedByForceOnly) {
  const std::string name = Registered();
  v1::CreateResourceServerRequest api;
  api.set_parent(ServiceWorld::kTenant);
  api.mutable_resource_server()->set_identifier("https://api.example.com/");
  rpc::RequestContext api_call = world_.Call("GrantsService/CreateResourceServer");
  ASSERT_THAT(world_.apis->CreateResourceServer(api_call, api), IsOk());
  v1::CreateClientGrantRequest grant;
  grant.set_parent(ServiceWorld::kTenant);
  grant.mutable_client_grant()->set_client(name);
  grant.mutable_client_grant()->set_audience("https://api.example.com/");
  rpc::RequestContext grant_call = world_.Call("GrantsService/CreateClientGrant");
  ASSERT_THAT(world_.grants->CreateClientGrant(grant_call, grant), IsOk());
  EXPECT_THAT(world_.Events()[0].external_client_ids(), ElementsAre(kUrl));
  EXPECT_THAT(Delete(name), Fails(StatusCode::kFailedPrecondition, "CLIENT_IN_USE"));
  EXPECT_THAT(Delete(name, "", /*force=*/true), IsOk());
}

}  // namespace
}  // namespace cimd::testing
