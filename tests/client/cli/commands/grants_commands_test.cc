// cimdctl apis, grants, connections: the request that each command line sends.

#include <string>
#include <vector>

#include "cimd/v1/connections_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kApi[] = "https://api.example/";
constexpr char kApiName[] = "tenants/default/resourceServers/rs1";
constexpr char kGrantName[] = "tenants/default/clientGrants/cgr_0123456789abcdef";
constexpr char kConnectionName[] = "tenants/default/connections/con_0123456789abcdef";

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// A server that answers mutations with the resource that was to be written.
class GrantsCommandsTest : public CimdctlTest {
 protected:
  GrantsCommandsTest() {
    api_ = Parse<v1::ResourceServer>(R"(identifier: "https://api.example/" etag: "e1"
        scopes { value: "read" description: "Read mail" } scopes { value: "write" }
        subject_type_authorization { user: ACCESS_POLICY_ALLOW_ALL client: ACCESS_POLICY_DENY_ALL }
        token_lifetime_seconds: 600)");
    api_.set_name(kApiName);
    grant_ = Parse<v1::ClientGrant>(R"(audience: "https://api.example/" etag: "e2" scopes: "read")");
    grant_.set_name(kGrantName);
    connection_ = Parse<v1::Connection>(R"(connection_name: "users" strategy: "auth0"
        options { fields { key: "b" value { string_value: "\033" } }
                  fields { key: "a" value { list_value { values { number_value: 1 } } } } })");
    connection_.set_name(kConnectionName);
    AnswerApis();
    AnswerGrants();
    AnswerConnections();
    server_.On([](const v1::LookupClientRequest& request) -> absl::StatusOr<v1::Client> {
      if (request.external_client_id() != kUrl) return absl::NotFoundError("no such client");
      v1::Client client;
      client.set_name(kClientName);
      return client;
    });
  }

  void AnswerApis() {
    server_.On([this](const v1::LookupResourceServerRequest& request) -> absl::StatusOr<v1::ResourceServer> {
      if (request.identifier() == kApi) return api_;
      return rpc::errors::ResourceServerNotFound(request.identifier());
    });
    server_.On([this](const v1::GetResourceServerRequest& request) -> absl::StatusOr<v1::ResourceServer> {
      if (request.name() == kApiName) return api_;
      return rpc::errors::ResourceServerNotFound(request.name());
    });
    server_.On([this](const v1::ListResourceServersRequest&) -> absl::StatusOr<v1::ListResourceServersResponse> {
      v1::ListResourceServersResponse response;
      *response.add_resource_servers() = api_;
      return response;
    });
    server_.On([](const v1::CreateResourceServerRequest& request) -> absl::StatusOr<v1::ResourceServer> {
      return request.resource_server();
    });
    server_.On([](const v1::UpdateResourceServerRequest& request) -> absl::StatusOr<v1::ResourceServer> {
      return request.resource_server();
    });
    server_.On([](const v1::DeleteResourceServerRequest&) -> absl::StatusOr<v1::DeleteResourceServerResponse> {
      return v1::DeleteResourceServerResponse();
    });
  }

  void AnswerGrants() {
    server_.On([this](const v1::GetClientGrantRequest&) -> absl::StatusOr<v1::ClientGrant> { return grant_; });
    server_.On([this](const v1::ListClientGrantsRequest&) -> absl::StatusOr<v1::ListClientGrantsResponse> {
      v1::ListClientGrantsResponse response;
      *response.add_client_grants() = grant_;
      return response;
    });
    server_.On([](const v1::CreateClientGrantRequest& request) -> absl::StatusOr<v1::ClientGrant> {
      return request.client_grant();
    });
    server_.On([](const v1::UpdateClientGrantRequest& request) -> absl::StatusOr<v1::ClientGrant> {
      return request.client_grant();
    });
    server_.On([](const v1::DeleteClientGrantRequest&) -> absl::StatusOr<v1::DeleteClientGrantResponse> {
      return v1::DeleteClientGrantResponse();
    });
  }

  void AnswerConnections() {
    server_.On([this](const v1::GetConnectionRequest&) -> absl::StatusOr<v1::Connection> { return connection_; });
    server_.On([this](const v1::ListConnectionsRequest& request) -> absl::StatusOr<v1::ListConnectionsResponse> {
      v1::ListConnectionsResponse response;
      if (request.connection_name().empty() || request.connection_name() == connection_.connection_name()) {
        *response.add_connections() = connection_;
      }
      return response;
    });
    server_.On([](const v1::CreateConnectionRequest& request) -> absl::StatusOr<v1::Connection> {
      return request.connection();
    });
    server_.On([](const v1::UpdateConnectionRequest& request) -> absl::StatusOr<v1::Connection> {
      return request.connection();
    });
    server_.On([](const v1::DeleteConnectionRequest&) -> absl::StatusOr<v1::DeleteConnectionResponse> {
      return v1::DeleteConnectionResponse();
    });
    server_.On([](const v1::ListConnectionClientsRequest&) -> absl::StatusOr<v1::ListConnectionClientsResponse> {
      v1::ListConnectionClientsResponse response;
      response.add_clients(kClientName);
      return response;
    });
    server_.On([](const v1::UpdateConnectionClientsRequest&) -> absl::StatusOr<v1::UpdateConnectionClientsResponse> {
      return v1::UpdateConnectionClientsResponse();
    });
  }

  // Runs a command line that must succeed with a single request of this type. Returns the request without its request
  // ID.
  template <typename Request>
  Request Asked(std::vector<std::string> arguments) {
    const CimdctlResult result = Run(std::move(arguments));
    EXPECT_EQ(result.status, 0) << result.err;
    const std::vector<Request> received = server_.Received<Request>();
    EXPECT_FALSE(received.empty());
    return received.empty() ? Request() : received.back();
  }

  v1::ResourceServer api_;
  v1::ClientGrant grant_;
  v1::Connection connection_;
};

TEST_F(GrantsCommandsTest, AnApiIsCreatedWithItsSettings) {
  const auto request = Asked<v1::CreateResourceServerRequest>(
      {"apis", "create", kApi, "--name", "Mail", "--scope", "read=Read mail=all", "--scope", "write", "--user",
       "require_client_grant", "--client", "deny_all", "--offline_access", "on", "--token_lifetime", "600"});
  EXPECT_EQ(request.parent(), "tenants/default");
  EXPECT_EQ(request.resource_server().DebugString(), Parse<v1::ResourceServer>(R"(
    identifier: "https://api.example/" display_name: "Mail"
    scopes { value: "read" description: "Read mail=all" } scopes { value: "write" }
    subject_type_authorization { user: ACCESS_POLICY_REQUIRE_CLIENT_GRANT client: ACCESS_POLICY_DENY_ALL }
    allow_offline_access: true token_lifetime_seconds: 600)")
                                                         .DebugString());
}

TEST_F(GrantsCommandsTest, AnApiIsFoundByIdentifierThenById) {
  EXPECT_THAT(Run({"apis", "show", kApi}).out, HasSubstr("scope  read   Read mail\nscope  write\n"));
  EXPECT_THAT(Run({"apis", "show", "rs1"}).out, HasSubstr(kApiName));
  EXPECT_THAT(Run({"apis", "show", kApiName}).out, HasSubstr(kApi));
  const CimdctlResult missing = Run({"apis", "show", "rs2"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("RESOURCE_SERVER_NOT_FOUND"));
  EXPECT_THAT(Run({"apis", "list"}).out, HasSubstr("rs1  ALLOW_ALL  DENY_ALL  off      600       2       https://"));
}

TEST_F(GrantsCommandsTest, AnUpdateOfAnApiNamesWhatItChanges) {
  auto request = Asked<v1::UpdateResourceServerRequest>({"apis", "update", kApi, "--user", "deny_all"});
  EXPECT_EQ(request.resource_server().name(), kApiName);
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("subject_type_authorization.user"));
  EXPECT_EQ(request.resource_server().subject_type_authorization().user(), v1::ACCESS_POLICY_DENY_ALL);
  EXPECT_EQ(request.resource_server().etag(), "");

  request = Asked<v1::UpdateResourceServerRequest>({"apis", "update", "rs1", "--scope", "fly"});
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("scopes"));
  ASSERT_THAT(request.resource_server().scopes(), SizeIs(1));
  request = Asked<v1::UpdateResourceServerRequest>({"apis", "update", "rs1", "--scope", ""});
  EXPECT_THAT(request.resource_server().scopes(), IsEmpty());

  request = Asked<v1::UpdateResourceServerRequest>(
      {"apis", "update", "rs1", "--add_scope", "fly", "--add_scope", "write=Write mail"});
  EXPECT_EQ(request.resource_server().DebugString(), Parse<v1::ResourceServer>(R"(
    name: "tenants/default/resourceServers/rs1" etag: "e1"
    scopes { value: "read" description: "Read mail" }
    scopes { value: "write" description: "Write mail" }
    scopes { value: "fly" })")
                                                         .DebugString());
}

TEST_F(GrantsCommandsTest, AnApiIsDeleted) {
  EXPECT_FALSE(Asked<v1::DeleteResourceServerRequest>({"apis", "delete", kApi}).force());
  const auto request = Asked<v1::DeleteResourceServerRequest>({"apis", "delete", "rs1", "--force"});
  EXPECT_EQ(request.name(), kApiName);
  EXPECT_TRUE(request.force());
}

TEST_F(GrantsCommandsTest, AGrantIsCreatedForAClientOrForAll) {
  auto request = Asked<v1::CreateClientGrantRequest>({"grants", "create", "--client", kUrl, "--audience", kApi,
                                                      "--subject", "user", "--scope", "read", "--scope", "write"});
  EXPECT_EQ(request.parent(), "tenants/default");
  EXPECT_EQ(request.client_grant().client(), kClientName);
  EXPECT_EQ(request.client_grant().audience(), kApi);
  EXPECT_EQ(request.client_grant().subject_type(), v1::SUBJECT_TYPE_USER);
  EXPECT_THAT(request.client_grant().scopes(), ElementsAre("read", "write"));

  request = Asked<v1::CreateClientGrantRequest>(
      {"grants", "create", "--default", "--audience", kApi, "--subject", "user", "--all_scopes"});
  EXPECT_EQ(request.client_grant().default_for(), v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  EXPECT_EQ(request.client_grant().client(), "");
  EXPECT_TRUE(request.client_grant().allow_all_scopes());
  EXPECT_EQ(request.client_grant().subject_type(), v1::SUBJECT_TYPE_USER);
}

TEST_F(GrantsCommandsTest, GrantsAreListedByEveryFilter) {
  const auto request = Asked<v1::ListClientGrantsRequest>(
      {"grants", "list", "--client", "tpc_1", "--audience", kApi, "--subject", "client"});
  EXPECT_EQ(request.client(), "tenants/default/clients/tpc_1");
  EXPECT_EQ(request.audience(), kApi);
  EXPECT_EQ(request.subject_type(), v1::SUBJECT_TYPE_CLIENT);
  EXPECT_EQ(Asked<v1::ListClientGrantsRequest>({"grants", "list", "--default"}).default_for(),
            v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
}

TEST_F(GrantsCommandsTest, AGrantsScopesAreReplacedOrAddedTo) {
  auto request = Asked<v1::UpdateClientGrantRequest>({"grants", "update", "cgr_0123456789abcdef", "--scope", "write"});
  EXPECT_EQ(request.client_grant().name(), kGrantName);
  EXPECT_THAT(request.client_grant().scopes(), ElementsAre("write"));
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("scopes", "allow_all_scopes"));
  EXPECT_EQ(request.client_grant().etag(), "");

  request = Asked<v1::UpdateClientGrantRequest>(
      {"grants", "update", "cgr_0123456789abcdef", "--add_scope", "write", "--add_scope", "read"});
  EXPECT_THAT(request.client_grant().scopes(), ElementsAre("read", "write"));
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("scopes"));
  EXPECT_EQ(request.client_grant().etag(), "e2");
}

TEST_F(GrantsCommandsTest, AGrantOfEveryScopeNeedsNoMore) {
  grant_.clear_scopes();
  grant_.set_allow_all_scopes(true);
  EXPECT_EQ(Run({"grants", "update", "cgr_1", "--add_scope", "fly"}).status, 0);
  EXPECT_THAT(server_.Received<v1::UpdateClientGrantRequest>(), IsEmpty());
  EXPECT_THAT(Run({"grants", "list"}).out, HasSubstr("(all)"));
}

TEST_F(GrantsCommandsTest, AConnectionIsCreatedWithOptionsFromAFile) {
  const auto request = Asked<v1::CreateConnectionRequest>(
      {"connections", "create", "users", "--strategy", "auth0", "--display_name", "Users", "--domain", "--options",
       File("options.json", R"({"a": [1], "b": {"c": true}})"), "--realm", "a.example", "--realm", "b.example",
       "--metadata", R"({"team": "mail"})", "--show_as_button", "on"});
  EXPECT_EQ(request.parent(), "tenants/default");
  const v1::Connection& connection = request.connection();
  EXPECT_EQ(connection.connection_name(), "users");
  EXPECT_EQ(connection.strategy(), "auth0");
  EXPECT_EQ(connection.display_name(), "Users");
  EXPECT_TRUE(connection.is_domain_connection());
  EXPECT_TRUE(connection.show_as_button());
  EXPECT_THAT(connection.realms(), ElementsAre("a.example", "b.example"));
  EXPECT_EQ(connection.metadata().at("team"), "mail");
  EXPECT_TRUE(connection.options().fields().at("b").struct_value().fields().at("c").bool_value());
}

TEST_F(GrantsCommandsTest, AConnectionIsShownWithItsOptionsMadePrintable) {
  const CimdctlResult result = Run({"connections", "show", "users"});
  EXPECT_THAT(result.out, HasSubstr("options.a             [1]\noptions.b             \"\\u001b\"\n"));
  EXPECT_EQ(server_.Received<v1::ListConnectionsRequest>().at(0).connection_name(), "users");
  EXPECT_EQ(Run({"connections", "show", "con_0123456789abcdef"}).status, 0);
  EXPECT_EQ(server_.Received<v1::GetConnectionRequest>().at(0).name(), kConnectionName);
  const CimdctlResult missing = Run({"connections", "show", "staff"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("there is no connection 'staff'"));
}

TEST_F(GrantsCommandsTest, ConnectionsAreListedByStrategyAndLevel) {
  auto request = Asked<v1::ListConnectionsRequest>(
      {"connections", "list", "--strategy", "auth0", "--strategy", "samlp", "--domain"});
  EXPECT_THAT(request.strategies(), ElementsAre("auth0", "samlp"));
  EXPECT_TRUE(request.is_domain_connection());
  EXPECT_FALSE(Asked<v1::ListConnectionsRequest>({"connections", "list"}).has_is_domain_connection());
}

TEST_F(GrantsCommandsTest, AConnectionIsPromotedDemotedChangedAndDeleted) {
  auto request = Asked<v1::UpdateConnectionRequest>({"connections", "promote", "users"});
  EXPECT_EQ(request.connection().name(), kConnectionName);
  EXPECT_TRUE(request.connection().is_domain_connection());
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("is_domain_connection"));
  request = Asked<v1::UpdateConnectionRequest>({"connections", "demote", "users", "--force"});
  EXPECT_FALSE(request.connection().is_domain_connection());
  EXPECT_TRUE(request.force());
  request = Asked<v1::UpdateConnectionRequest>(
      {"connections", "update", "users", "--display_name", "", "--options", File("o.json", "{}")});
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("display_name", "options"));
  EXPECT_FALSE(request.force());
  const auto remove = Asked<v1::DeleteConnectionRequest>({"connections", "delete", "users", "--force"});
  EXPECT_EQ(remove.name(), kConnectionName);
  EXPECT_TRUE(remove.force());
}

TEST_F(GrantsCommandsTest, AConnectionIsEnabledForClients) {
  EXPECT_EQ(Run({"connections", "clients", "users"}).out, "CLIENT\ntpc_0123456789abcdefghijkl\n");
  auto request = Asked<v1::UpdateConnectionClientsRequest>({"connections", "enable", "users", kUrl, "tpc_1"});
  EXPECT_EQ(request.name(), kConnectionName);
  ASSERT_THAT(request.changes(), SizeIs(2));
  EXPECT_EQ(request.changes(0).client(), kClientName);
  EXPECT_EQ(request.changes(1).client(), "tenants/default/clients/tpc_1");
  EXPECT_TRUE(request.changes(0).enabled());
  request = Asked<v1::UpdateConnectionClientsRequest>({"connections", "disable", "users", kUrl});
  EXPECT_FALSE(request.changes(0).enabled());
}

// Command lines that are refused must send no request.
class SenselessTest : public GrantsCommandsTest, public ::testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(SenselessTest, IsRefused) {
  const CimdctlResult result = Run(GetParam());
  EXPECT_EQ(result.status, 2) << result.out;
  EXPECT_FALSE(result.err.empty());
  EXPECT_THAT(server_.authorizations(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, SenselessTest,
    ::testing::Values(std::vector<std::string>{"apis", "create"},
                      std::vector<std::string>{"apis", "create", kApi, "--user", "some"},
                      std::vector<std::string>{"apis", "create", kApi, "--offline_access", "maybe"},
                      std::vector<std::string>{"apis", "update", kApi},
                      std::vector<std::string>{"grants", "create", "--audience", kApi},
                      std::vector<std::string>{"grants", "create", "--client", "tpc_1"},
                      std::vector<std::string>{"grants", "create", "--default", "--audience", kApi, "--all_scopes"},
                      std::vector<std::string>{"grants", "create", "--client", "tpc_1", "--default", "--audience",
                                               kApi},
                      std::vector<std::string>{"grants", "create", "--default", "--audience", kApi, "--scope", "read",
                                               "--all_scopes"},
                      std::vector<std::string>{"grants", "list", "--subject", "owner"},
                      std::vector<std::string>{"grants", "update", "cgr_1"},
                      std::vector<std::string>{"grants", "update", "cgr_1", "--scope", "a", "--add_scope", "b"},
                      std::vector<std::string>{"connections", "create", "users"},
                      std::vector<std::string>{"connections", "create", "users", "--strategy", "auth0", "--options",
                                               "/nonexistent/options.json"},
                      std::vector<std::string>{"connections", "update", "users"},
                      std::vector<std::string>{"connections", "enable", "users"},
                      std::vector<std::string>{"explain", "--token", "--code_challenge", "x"},
                      std::vector<std::string>{"explain", "--no_pkce", "--code_challenge", "x"},
                      std::vector<std::string>{"explain", "--grant_type", "client_credentials"}));

}  // namespace
}  // namespace cimd::testing
