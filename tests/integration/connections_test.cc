// Connections, and which of them third-party clients can use.

#include <string>
#include <vector>

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
using Connections = v1::ConnectionsService::Stub;

class ConnectionsTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Connection> Create(const std::string& name, const std::string& strategy = "auth0",
                                        bool is_domain_connection = false) {
    v1::CreateConnectionRequest request;
    request.set_parent("tenants/default");
    request.mutable_connection()->set_connection_name(name);
    request.mutable_connection()->set_strategy(strategy);
    request.mutable_connection()->set_is_domain_connection(is_domain_connection);
    (*request.mutable_connection()->mutable_options()->mutable_fields())["client_secret"].set_string_value("s3cret");
    return server_.Call(server_.connections(), &Connections::CreateConnection, request);
  }
  absl::StatusOr<v1::Connection> SetDomainLevel(const v1::Connection& connection, bool value, bool force = false) {
    v1::UpdateConnectionRequest request;
    request.mutable_connection()->set_name(connection.name());
    request.mutable_connection()->set_is_domain_connection(value);
    request.mutable_update_mask()->add_paths("is_domain_connection");
    request.set_force(force);
    return server_.Call(server_.connections(), &Connections::UpdateConnection, request);
  }
  absl::StatusOr<v1::ListConnectionsResponse> List(v1::ListConnectionsRequest request = {}) {
    request.set_parent("tenants/default");
    return server_.Call(server_.connections(), &Connections::ListConnections, request);
  }
  v1::Client CreateClient(const std::string& url) {
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url);
    request.set_document(testing::GoodDocument(url));
    auto registered = server_.Call(server_.registration(), &v1::RegistrationService::Stub::RegisterClient, request);
    EXPECT_THAT(registered, IsOk());
    return registered.ok() ? registered->client() : v1::Client();
  }

  testing::TestServer server_;
};

TEST_F(ConnectionsTest, CreateListUpdateDelete) {
  auto users = Create("users");
  ASSERT_THAT(users, IsOk());
  EXPECT_THAT(users->name(), ::testing::MatchesRegex("tenants/default/connections/con_[0-9A-Za-z]{16}"));
  EXPECT_THAT(Create("users"), Fails(StatusCode::kAlreadyExists, "CONNECTION_EXISTS"));
  ASSERT_THAT(Create("google", "google-oauth2"), IsOk());
  v1::ListConnectionsRequest by_strategy;
  by_strategy.add_strategies("google-oauth2");
  EXPECT_THAT(List(by_strategy)->connections(), SizeIs(1));
  EXPECT_THAT(List()->connections(), SizeIs(2));
  v1::UpdateConnectionRequest update;
  *update.mutable_connection() = *users;
  update.mutable_connection()->set_display_name("Our users");
  update.mutable_update_mask()->add_paths("display_name");
  ASSERT_THAT(server_.Call(server_.connections(), &Connections::UpdateConnection, update), IsOk());
  EXPECT_THAT(server_.Call(server_.connections(), &Connections::UpdateConnection, update),
              Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  update.mutable_connection()->clear_etag();
  update.mutable_update_mask()->set_paths(0, "strategy");
  EXPECT_THAT(server_.Call(server_.connections(), &Connections::UpdateConnection, update),
              Fails(StatusCode::kInvalidArgument, "FIELD_NOT_EDITABLE"));
  v1::DeleteConnectionRequest remove;
  remove.set_name(users->name());
  ASSERT_THAT(server_.Call(server_.connections(), &Connections::DeleteConnection, remove), IsOk());
  EXPECT_THAT(server_.Call(server_.connections(), &Connections::DeleteConnection, remove),
              Fails(StatusCode::kNotFound, "CONNECTION_NOT_FOUND"));
  EXPECT_THAT(Create("users"), IsOk());
  EXPECT_THAT(testing::ViolationsOf(Create("-bad-", "no spaces")),
              ElementsAre("connection.connection_name FORMAT", "connection.strategy FORMAT"));
}

TEST_F(ConnectionsTest, PagesEndWhenTheyAreFullByBytes) {
  constexpr int kConnections = 60;
  v1::CreateConnectionRequest request;
  request.set_parent("tenants/default");
  request.mutable_connection()->set_strategy("auth0");
  (*request.mutable_connection()->mutable_options()->mutable_fields())["padding"].set_string_value(
      std::string(63 * 1024, 'a'));
  for (int i = 0; i < kConnections; ++i) {
    request.mutable_connection()->set_connection_name("c" + std::to_string(i));
    ASSERT_THAT(server_.Call(server_.connections(), &Connections::CreateConnection, request), IsOk());
  }
  v1::ListConnectionsRequest list;
  list.set_page_size(1000);
  int listed = 0;
  int pages = 0;
  do {
    const auto page = List(list);
    ASSERT_THAT(page, IsOk());
    EXPECT_LT(page->ByteSizeLong(), size_t{4} << 20);
    EXPECT_GT(page->connections_size(), 0);
    listed += page->connections_size();
    ++pages;
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(listed, kConnections);
  EXPECT_EQ(pages, 2);
}

TEST_F(ConnectionsTest, OptionsAreForThoseWhoMayReadThem) {
  auto users = Create("users");
  ASSERT_THAT(users, IsOk());
  v1::GetConnectionRequest get;
  get.set_name(users->name());
  EXPECT_EQ(server_.Call(server_.connections(), &Connections::GetConnection, get)->options().fields_size(), 1);
  server_.AddToken("reader", {"read:connections"}, "default");
  server_.set_token("reader");
  EXPECT_EQ(server_.Call(server_.connections(), &Connections::GetConnection, get)->options().fields_size(), 0);
  EXPECT_EQ(List()->connections(0).options().fields_size(), 0);
}

TEST_F(ConnectionsTest, AClientCanUseWhatIsAtDomainLevel) {
  const v1::Client client = CreateClient("https://client.example.net/c");
  auto users = Create("users");
  ASSERT_THAT(users, IsOk());
  v1::ListClientConnectionsRequest request;
  request.set_parent(client.name());
  EXPECT_THAT(server_.Call(server_.connections(), &Connections::ListClientConnections, request)->connections(),
              IsEmpty());
  ASSERT_THAT(SetDomainLevel(*users, true), IsOk());
  EXPECT_THAT(server_.Call(server_.connections(), &Connections::ListClientConnections, request)->connections(),
              SizeIs(1));
  v1::ListConnectionsRequest at_domain_level;
  at_domain_level.set_is_domain_connection(true);
  EXPECT_THAT(List(at_domain_level)->connections(), SizeIs(1));

  auto refused = SetDomainLevel(*users, false);
  EXPECT_THAT(refused, Fails(StatusCode::kFailedPrecondition, "CONNECTION_IN_USE"));
  v1::DeleteConnectionRequest remove;
  remove.set_name(users->name());
  EXPECT_THAT(server_.Call(server_.connections(), &Connections::DeleteConnection, remove),
              Fails(StatusCode::kFailedPrecondition, "CONNECTION_IN_USE"));
  ASSERT_THAT(Create("google", "google-oauth2", /*is_domain_connection=*/true), IsOk());
  EXPECT_THAT(SetDomainLevel(*users, false), IsOk());
  EXPECT_THAT(SetDomainLevel(List(at_domain_level)->connections(0), false, /*force=*/true), IsOk());
  EXPECT_THAT(List(at_domain_level)->connections(), IsEmpty());
}

TEST_F(ConnectionsTest, ConnectionsAreEnabledForClientsAllOrNothing) {
  const v1::Client one = CreateClient("https://one.example.net/c");
  const v1::Client two = CreateClient("https://two.example.net/c");
  auto users = Create("users");
  ASSERT_THAT(users, IsOk());
  v1::ListConnectionClientsRequest list;
  list.set_parent(users->name());
  auto clients = [&] {
    return server_.Call(server_.connections(), &Connections::ListConnectionClients, list)->clients();
  };

  v1::UpdateConnectionClientsRequest update;
  update.set_name(users->name());
  for (const std::string& name : {one.name(), two.name(), std::string("tenants/default/clients/tpc_nobody")}) {
    v1::UpdateConnectionClientsRequest::Change& change = *update.add_changes();
    change.set_client(name);
    change.set_enabled(true);
  }
  EXPECT_THAT(server_.Call(server_.connections(), &Connections::UpdateConnectionClients, update),
              Fails(StatusCode::kNotFound, "CLIENT_NOT_FOUND"));
  EXPECT_THAT(clients(), IsEmpty());
  update.mutable_changes()->RemoveLast();
  ASSERT_THAT(server_.Call(server_.connections(), &Connections::UpdateConnectionClients, update), IsOk());
  EXPECT_THAT(clients(), SizeIs(2));
  update.mutable_changes(0)->set_enabled(false);
  ASSERT_THAT(server_.Call(server_.connections(), &Connections::UpdateConnectionClients, update), IsOk());
  EXPECT_THAT(clients(), ElementsAre(two.name()));
  update.mutable_changes(1)->set_client(one.name());
  EXPECT_THAT(testing::ViolationsOf(server_.Call(server_.connections(), &Connections::UpdateConnectionClients, update)),
              ElementsAre("changes[1].client DUPLICATE"));

  // A deleted client is no longer listed.
  v1::DeleteClientRequest remove;
  remove.set_name(two.name());
  ASSERT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::DeleteClient, remove), IsOk());
  EXPECT_TRUE(testing::Eventually([&] { return clients().empty(); }, "the deleted client is not listed"));
}

}  // namespace
}  // namespace cimd
