// APIs and client grants over gRPC.

#include <set>
#include <string>
#include <vector>

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
using ::testing::SizeIs;
using Grants = v1::GrantsService::Stub;
using Registration = v1::RegistrationService::Stub;

constexpr char kApi[] = "https://api.example.net/";

class GrantsTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::ResourceServer> CreateApi(const std::string& identifier = kApi,
                                               const std::vector<std::string>& scopes = {"read", "write"}) {
    v1::CreateResourceServerRequest request;
    request.set_parent("tenants/default");
    request.mutable_resource_server()->set_identifier(identifier);
    for (const std::string& scope : scopes) request.mutable_resource_server()->add_scopes()->set_value(scope);
    return server_.Call(server_.grants(), &Grants::CreateResourceServer, request);
  }
  v1::Client CreateClient(const std::string& url = "https://client.example.net/c") {
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    request.set_document(testing::GoodDocument(url));
    auto registered = server_.Call(server_.registration(), &Registration::RegisterClient, request);
    EXPECT_THAT(registered, IsOk());
    return registered.ok() ? registered->client() : v1::Client();
  }
  absl::StatusOr<v1::ClientGrant> CreateGrant(const v1::ClientGrant& grant) {
    v1::CreateClientGrantRequest request;
    request.set_parent("tenants/default");
    *request.mutable_client_grant() = grant;
    return server_.Call(server_.grants(), &Grants::CreateClientGrant, request);
  }
  static v1::ClientGrant Grant(const std::string& client, const std::vector<std::string>& scopes,
                               v1::SubjectType subject_type = v1::SUBJECT_TYPE_USER) {
    v1::ClientGrant grant;
    grant.set_client(client);
    if (client.empty()) grant.set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
    grant.set_audience(kApi);
    grant.set_subject_type(subject_type);
    for (const std::string& scope : scopes) grant.add_scopes(scope);
    return grant;
  }
  absl::StatusOr<v1::ListClientGrantsResponse> ListGrants(v1::ListClientGrantsRequest request = {}) {
    request.set_parent("tenants/default");
    return server_.Call(server_.grants(), &Grants::ListClientGrants, request);
  }

  testing::TestServer server_;
};

// Each field is within its limit but the resource as a whole is too large.
TEST_F(GrantsTest, AnApiThatTakesTooManyBytesIsRefusedByNameAndALargeOneIsStoredWithItsAnswer) {
  v1::CreateResourceServerRequest request;
  request.set_parent("tenants/default");
  request.mutable_resource_server()->set_identifier(kApi);
  std::string description;
  for (int i = 0; i < 500; ++i) description += "\U0001F600";
  for (int i = 0; i < 1000; ++i) {
    v1::ResourceServerScope& scope = *request.mutable_resource_server()->add_scopes();
    scope.set_value("scope" + std::to_string(i));
    scope.set_description(description);
  }
  auto refused = server_.Call(server_.grants(), &Grants::CreateResourceServer, request);
  EXPECT_THAT(refused, Fails(StatusCode::kInvalidArgument, "RESOURCE_TOO_LARGE"));
  EXPECT_EQ(testing::ViolationsOf(refused.status()), std::vector<std::string>{"resource_server TOO_LONG"});
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("983040"));
  // The idempotency record contains the answer, so both the resource and the answer have to fit.
  request.mutable_resource_server()->mutable_scopes()->DeleteSubrange(480, 520);
  request.set_request_id("00000000-0000-4000-8000-000000000001");
  auto created = server_.Call(server_.grants(), &Grants::CreateResourceServer, request);
  ASSERT_THAT(created, IsOk());
  EXPECT_GT(created->ByteSizeLong(), 960'000u);
  auto again = server_.Call(server_.grants(), &Grants::CreateResourceServer, request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->name(), created->name());
}

TEST_F(GrantsTest, BatchWhoseAnswerIsTooLargeIsRefused) {
  v1::CreateResourceServerRequest create;
  create.set_parent("tenants/default");
  create.mutable_resource_server()->set_identifier(kApi);
  for (int i = 0; i < 1000; ++i) {
    v1::ResourceServerScope& scope = *create.mutable_resource_server()->add_scopes();
    scope.set_value("scope" + std::to_string(i) + std::string(200, 'a'));
    scope.set_description(std::string(500, 'b'));
  }
  ASSERT_THAT(server_.Call(server_.grants(), &Grants::CreateResourceServer, create), IsOk());
  const v1::Client client = CreateClient();
  v1::BatchAuthorizeRequest batch;
  batch.set_parent("tenants/default");
  v1::AuthorizeRequestRequest& item = *batch.add_items()->mutable_authorize();
  item.set_client_id(client.metadata().external_client_id());
  item.set_audience(kApi);
  const auto one = server_.Call(server_.grants(), &Grants::BatchAuthorize, batch);
  ASSERT_THAT(one, IsOk());
  ASSERT_GT(one->ByteSizeLong(), 700'000u);
  for (int i = 0; i < 24; ++i) *batch.add_items() = batch.items(0);
  const auto many = server_.Call(server_.grants(), &Grants::BatchAuthorize, batch);
  EXPECT_THAT(many, Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(std::string(many.status().message()), ::testing::HasSubstr("send fewer in one batch"));
}

TEST_F(GrantsTest, AnApiIsCreatedFoundUpdatedAndDeleted) {
  auto created = CreateApi();
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->subject_type_authorization().user(), v1::ACCESS_POLICY_ALLOW_ALL);
  EXPECT_EQ(created->subject_type_authorization().client(), v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT);
  EXPECT_EQ(created->token_lifetime_seconds(), 86400);
  EXPECT_THAT(CreateApi(), Fails(StatusCode::kAlreadyExists, "RESOURCE_SERVER_EXISTS"));
  v1::LookupResourceServerRequest lookup;
  lookup.set_parent("tenants/default");
  lookup.set_identifier(kApi);
  EXPECT_EQ(server_.Call(server_.grants(), &Grants::LookupResourceServer, lookup)->SerializeAsString(),
            created->SerializeAsString());
  // An identifier with an additional trailing slash is a different API.
  lookup.set_identifier("https://api.example.net");
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::LookupResourceServer, lookup),
              Fails(StatusCode::kNotFound, "RESOURCE_SERVER_NOT_FOUND"));

  v1::UpdateResourceServerRequest update;
  *update.mutable_resource_server() = *created;
  update.mutable_resource_server()->set_token_lifetime_seconds(60);
  update.mutable_update_mask()->add_paths("token_lifetime_seconds");
  auto updated = server_.Call(server_.grants(), &Grants::UpdateResourceServer, update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->token_lifetime_seconds(), 60);
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::UpdateResourceServer, update),
              Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  update.mutable_resource_server()->clear_etag();
  update.mutable_update_mask()->set_paths(0, "identifier");
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::UpdateResourceServer, update),
              Fails(StatusCode::kInvalidArgument, "FIELD_NOT_EDITABLE"));

  v1::DeleteResourceServerRequest remove;
  remove.set_name(created->name());
  ASSERT_THAT(server_.Call(server_.grants(), &Grants::DeleteResourceServer, remove), IsOk());
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::DeleteResourceServer, remove),
              Fails(StatusCode::kNotFound, "RESOURCE_SERVER_NOT_FOUND"));
}

TEST_F(GrantsTest, WhatIsWrongWithAnApiIsAllNamed) {
  auto refused = CreateApi("", {"a b", "read", "read"});
  EXPECT_THAT(refused, Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(testing::ViolationsOf(refused),
              ElementsAre("resource_server.identifier REQUIRED", "resource_server.scopes[0].value FORMAT",
                          "resource_server.scopes[2].value DUPLICATE"));
}

TEST_F(GrantsTest, AGrantIsUniquePerClientApiAndSubjectType) {
  ASSERT_THAT(CreateApi(), IsOk());
  const v1::Client client = CreateClient();
  auto grant = CreateGrant(Grant(client.name(), {"read"}));
  ASSERT_THAT(grant, IsOk());
  EXPECT_THAT(grant->name(), ::testing::MatchesRegex("tenants/default/clientGrants/cgr_[0-9A-Za-z]{16}"));
  auto again = CreateGrant(Grant(client.name(), {"write"}));
  EXPECT_THAT(again, Fails(StatusCode::kAlreadyExists, "CLIENT_GRANT_EXISTS"));
  EXPECT_EQ(client::ErrorInfoOf(again.status())->metadata().at("client_grant"), grant->name());
  EXPECT_THAT(CreateGrant(Grant(client.name(), {"read"}, v1::SUBJECT_TYPE_CLIENT)), IsOk());
  EXPECT_THAT(CreateGrant(Grant("", {"read"})), IsOk());
  EXPECT_THAT(CreateGrant(Grant("", {"read"})), Fails(StatusCode::kAlreadyExists, "CLIENT_GRANT_EXISTS"));
  EXPECT_THAT(ListGrants()->client_grants(), SizeIs(3));
}

TEST_F(GrantsTest, ABadGrantChangesNothing) {
  ASSERT_THAT(CreateApi(), IsOk());
  const v1::Client client = CreateClient();
  v1::ClientGrant both = Grant(client.name(), {"read"});
  both.set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  EXPECT_THAT(testing::ViolationsOf(CreateGrant(both)), ElementsAre("client_grant.client EXCLUSIVE"));
  v1::ClientGrant neither = Grant(client.name(), {"read"});
  neither.clear_client();
  EXPECT_THAT(testing::ViolationsOf(CreateGrant(neither)), ElementsAre("client_grant.client EXCLUSIVE"));
  EXPECT_THAT(CreateGrant(Grant(client.name(), {"fly"})), Fails(StatusCode::kInvalidArgument, "SCOPE_UNKNOWN"));
  v1::ClientGrant nowhere = Grant(client.name(), {});
  nowhere.set_audience("https://nowhere.example.net/");
  EXPECT_THAT(CreateGrant(nowhere), Fails(StatusCode::kNotFound, "RESOURCE_SERVER_NOT_FOUND"));
  EXPECT_THAT(CreateGrant(Grant("tenants/default/clients/tpc_nobody", {})),
              Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND"));
  EXPECT_THAT(CreateGrant(Grant("tenants/other/clients/tpc_nobody", {})),
              Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
  v1::ClientGrant all = Grant(client.name(), {"read"});
  all.set_allow_all_scopes(true);
  EXPECT_THAT(testing::ViolationsOf(CreateGrant(all)), ElementsAre("client_grant.scopes FORMAT"));
  EXPECT_THAT(ListGrants()->client_grants(), IsEmpty());
}

TEST_F(GrantsTest, GrantsAreListedByEveryFilter) {
  ASSERT_THAT(CreateApi(), IsOk());
  ASSERT_THAT(CreateApi("https://other.example.net/", {"read"}), IsOk());
  const v1::Client one = CreateClient("https://one.example.net/c");
  const v1::Client two = CreateClient("https://two.example.net/c");
  v1::ClientGrant other = Grant(one.name(), {"read"});
  other.set_audience("https://other.example.net/");
  for (const v1::ClientGrant& grant :
       {Grant(one.name(), {"read"}), Grant(two.name(), {"write"}, v1::SUBJECT_TYPE_CLIENT), Grant("", {"read"}),
        other}) {
    ASSERT_THAT(CreateGrant(grant), IsOk());
  }
  v1::ListClientGrantsRequest by_client;
  by_client.set_client(one.name());
  EXPECT_THAT(ListGrants(by_client)->client_grants(), SizeIs(2));
  by_client.set_audience(kApi);
  EXPECT_THAT(ListGrants(by_client)->client_grants(), SizeIs(1));
  v1::ListClientGrantsRequest by_audience;
  by_audience.set_audience(kApi);
  by_audience.set_include_total_size(true);
  by_audience.set_page_size(2);
  EXPECT_EQ(ListGrants(by_audience)->total_size(), 3);
  EXPECT_THAT(ListGrants(by_audience)->client_grants(), SizeIs(2));
  v1::ListClientGrantsRequest by_type;
  by_type.set_subject_type(v1::SUBJECT_TYPE_CLIENT);
  EXPECT_THAT(ListGrants(by_type)->client_grants(), SizeIs(1));
  v1::ListClientGrantsRequest defaults;
  defaults.set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  EXPECT_THAT(ListGrants(defaults)->client_grants(), SizeIs(1));
}

TEST_F(GrantsTest, AGrantIsUpdatedAndDeleted) {
  ASSERT_THAT(CreateApi(), IsOk());
  const v1::Client client = CreateClient();
  auto grant = CreateGrant(Grant(client.name(), {"read"}));
  ASSERT_THAT(grant, IsOk());
  v1::UpdateClientGrantRequest update;
  *update.mutable_client_grant() = *grant;
  update.mutable_client_grant()->add_scopes("write");
  update.mutable_update_mask()->add_paths("scopes");
  auto updated = server_.Call(server_.grants(), &Grants::UpdateClientGrant, update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_THAT(updated->scopes(), ElementsAre("read", "write"));
  // A grant is stored in two places. Both must have the same content.
  v1::ListClientGrantsRequest by_client;
  by_client.set_client(client.name());
  EXPECT_EQ(ListGrants(by_client)->client_grants(0).SerializeAsString(), updated->SerializeAsString());
  EXPECT_EQ(ListGrants()->client_grants(0).SerializeAsString(), updated->SerializeAsString());
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::UpdateClientGrant, update),
              Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  update.mutable_client_grant()->clear_etag();
  update.mutable_update_mask()->set_paths(0, "audience");
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::UpdateClientGrant, update),
              Fails(StatusCode::kInvalidArgument, "FIELD_NOT_EDITABLE"));
  v1::DeleteClientGrantRequest remove;
  remove.set_name(grant->name());
  ASSERT_THAT(server_.Call(server_.grants(), &Grants::DeleteClientGrant, remove), IsOk());
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::DeleteClientGrant, remove),
              Fails(StatusCode::kNotFound, "CLIENT_GRANT_NOT_FOUND"));
  EXPECT_THAT(ListGrants(by_client)->client_grants(), IsEmpty());
}

TEST_F(GrantsTest, AScopeThatAGrantNamesStays) {
  auto api = CreateApi();
  ASSERT_THAT(api, IsOk());
  auto grant = CreateGrant(Grant("", {"write"}));
  ASSERT_THAT(grant, IsOk());
  v1::UpdateResourceServerRequest update;
  *update.mutable_resource_server() = *api;
  update.mutable_resource_server()->mutable_scopes()->RemoveLast();
  update.mutable_update_mask()->add_paths("scopes");
  auto refused = server_.Call(server_.grants(), &Grants::UpdateResourceServer, update);
  EXPECT_THAT(refused, Fails(StatusCode::kFailedPrecondition, "SCOPE_IN_USE"));
  EXPECT_EQ(client::ErrorInfoOf(refused.status())->metadata().at("client_grant"), grant->name());
  v1::DeleteClientGrantRequest remove;
  remove.set_name(grant->name());
  ASSERT_THAT(server_.Call(server_.grants(), &Grants::DeleteClientGrant, remove), IsOk());
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::UpdateResourceServer, update), IsOk());
}

TEST_F(GrantsTest, WhatHasGrantsIsDeletedByForceOnlyAndTakesThemAlong) {
  auto api = CreateApi();
  ASSERT_THAT(api, IsOk());
  std::vector<v1::Client> clients;
  // More than a single commit may delete.
  for (int i = 0; i < 70; ++i) {
    clients.push_back(CreateClient("https://client.example.net/" + std::to_string(i)));
    ASSERT_THAT(CreateGrant(Grant(clients.back().name(), {"read"})), IsOk());
  }
  v1::DeleteClientRequest remove_client;
  remove_client.set_name(clients[0].name());
  auto in_use = server_.Call(server_.registration(), &Registration::DeleteClient, remove_client);
  EXPECT_THAT(in_use, Fails(StatusCode::kFailedPrecondition, "CLIENT_IN_USE"));
  EXPECT_EQ(client::ErrorInfoOf(in_use.status())->metadata().at("grants"), "1");
  remove_client.set_force(true);
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, remove_client), IsOk());

  v1::DeleteResourceServerRequest remove_api;
  remove_api.set_name(api->name());
  EXPECT_THAT(server_.Call(server_.grants(), &Grants::DeleteResourceServer, remove_api),
              Fails(StatusCode::kFailedPrecondition, "RESOURCE_SERVER_IN_USE"));
  remove_api.set_force(true);
  ASSERT_THAT(server_.Call(server_.grants(), &Grants::DeleteResourceServer, remove_api), IsOk());
  // The identifier is free immediately. The new API must get no grant of the old one, whenever the purge runs.
  ASSERT_THAT(CreateApi(), IsOk());
  server_.Restart();
  ASSERT_TRUE(
      testing::Eventually([&] { return ListGrants()->client_grants().empty(); }, "the purge removes the grants"));
  v1::ListClientGrantsRequest by_client;
  by_client.set_client(clients[1].name());
  EXPECT_THAT(ListGrants(by_client)->client_grants(), IsEmpty());
  EXPECT_THAT(CreateGrant(Grant(clients[1].name(), {"read"})), IsOk());
}

}  // namespace
}  // namespace cimd
