// Sets up every decision case through the public API and requests its decision over gRPC, over the gateway's HTTP API
// and in one batch. Each must return the expected answer.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "server/gateway/gateway.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/server/policy/decision_cases.h"
#include "tests/server/policy/decision_world.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using ::cimd::testing::IsOk;
using Admin = v1::AdminService::Stub;
using Connections = v1::ConnectionsService::Stub;
using Grants = v1::GrantsService::Stub;
using Registration = v1::RegistrationService::Stub;

// The server's names of a case's resources.
struct Names {
  std::string tenant;
  // The client name that the case uses, and the name that the server assigned.
  std::string case_client;
  std::string client;
};

class DecisionsTest : public ::testing::Test {
 protected:
  DecisionsTest() {
    gateway::GatewayOptions options;
    options.listen = "127.0.0.1:0";
    options.server = server_.address();
    options.token_file = server_.token_file();
    auto gateway = gateway::Gateway::Start(options);
    EXPECT_THAT(gateway, IsOk());
    if (gateway.ok()) gateway_ = *std::move(gateway);
  }

  static std::string HostOf(const Names& names) {
    return names.tenant.substr(names.tenant.find('/') + 1) + ".example.net";
  }

  template <typename Stub, typename Request, typename Response>
  Response Do(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
    absl::StatusOr<Response> response = server_.Call(stub, method, request);
    EXPECT_THAT(response, IsOk()) << request.ShortDebugString();
    return response.ok() ? *std::move(response) : Response();
  }

  // Creates a separate tenant for a case.
  Names SetUp(const policy::World& world, int number) {
    Names names{.tenant = "tenants/case-" + std::to_string(number)};
    v1::CreateTenantRequest create;
    create.set_tenant_id("case-" + std::to_string(number));
    *create.mutable_tenant() = world.tenant;
    create.mutable_tenant()->clear_name();
    create.mutable_tenant()->clear_issuer();
    create.mutable_tenant()->set_client_id_metadata_document_supported(true);
    create.mutable_tenant()->add_domains(HostOf(names));
    Do(server_.admin(), &Admin::CreateTenant, create);
    for (const v1::ResourceServer& api : world.resource_servers) {
      v1::CreateResourceServerRequest request;
      request.set_parent(names.tenant);
      *request.mutable_resource_server() = api;
      Do(server_.grants(), &Grants::CreateResourceServer, request);
    }
    for (const v1::Client& client : world.clients) Register(client, names);
    for (const v1::ClientGrant& grant : world.client_grants) {
      v1::CreateClientGrantRequest request;
      request.set_parent(names.tenant);
      *request.mutable_client_grant() = grant;
      if (!grant.client().empty()) request.mutable_client_grant()->set_client(names.client);
      Do(server_.grants(), &Grants::CreateClientGrant, request);
    }
    for (const v1::Connection& connection : world.connections) {
      v1::CreateConnectionRequest request;
      request.set_parent(names.tenant);
      *request.mutable_connection() = connection;
      Do(server_.connections(), &Connections::CreateConnection, request);
    }
    v1::UpdateTenantRequest update;
    *update.mutable_tenant() = world.tenant;
    update.mutable_tenant()->set_name(names.tenant);
    update.mutable_tenant()->clear_etag();
    update.mutable_update_mask()->add_paths("client_id_metadata_document_supported");
    Do(server_.admin(), &Admin::UpdateTenant, update);
    return names;
  }

  void Register(const v1::Client& client, Names& names) {
    v1::RegisterClientRequest request;
    request.set_parent(names.tenant);
    request.set_external_client_id(client.metadata().external_client_id());
    v1::ClientMetadata earlier = client.metadata();
    for (int version = 1; version < client.document_version(); ++version) {
      earlier.set_client_name("Version " + std::to_string(version));
      request.set_document(policy::DocumentOf(earlier));
      Do(server_.registration(), &Registration::RegisterClient, request);
    }
    request.set_document(policy::DocumentOf(client.metadata()));
    names.case_client = client.name();
    names.client = Do(server_.registration(), &Registration::RegisterClient, request).client().name();
    v1::UpdateClientRequest update;
    update.mutable_client()->set_name(names.client);
    *update.mutable_client()->mutable_settings() = client.settings();
    update.mutable_update_mask()->add_paths("settings");
    Do(server_.registration(), &Registration::UpdateClient, update);
    if (client.state() == v1::CLIENT_STATE_BLOCKED) {
      v1::BlockClientRequest block;
      block.set_parent(names.tenant);
      block.set_external_client_id(client.metadata().external_client_id());
      Do(server_.registration(), &Registration::BlockClient, block);
    }
  }

  template <typename Request>
  Request Addressed(Request request, const Names& names) {
    request.set_parent(names.tenant);
    if constexpr (requires { request.mutable_basis(); }) {
      if (request.basis().client() == names.case_client) request.mutable_basis()->set_client(names.client);
    }
    return request;
  }

  template <typename Response, typename Request>
  Response OverHttp(const std::string& path, Request request, const Names& names) {
    request.clear_parent();
    std::string body;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(request, &body).ok());
    const std::string& address = gateway_->address();
    testing::RawHttpClient http(std::stoi(address.substr(address.rfind(':') + 1)));
    testing::RawResponse answer = http.Exchange(
        "POST " + path + " HTTP/1.1\r\nHost: " + HostOf(names) + "\r\nAuthorization: Bearer " + server_.token() +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    Response response;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(answer.body, &response).ok()) << answer.body;
    return response;
  }

  template <typename Response>
  void Expect(const policy::ExpectedDecision& expected, const Response& actual) {
    std::vector<v1::CheckReason> reasons;
    for (const v1::FailedCheck& check : actual.failed_checks()) reasons.push_back(check.reason());
    EXPECT_EQ(reasons, expected.reasons);
    EXPECT_EQ(actual.allowed(), expected.allowed());
    EXPECT_EQ(actual.error(), expected.error);
    EXPECT_EQ(std::vector<std::string>(actual.scopes().begin(), actual.scopes().end()), expected.scopes);
    std::vector<std::pair<std::string, v1::DroppedScope::Reason>> dropped;
    for (const v1::DroppedScope& scope : actual.dropped_scopes()) dropped.emplace_back(scope.scope(), scope.reason());
    EXPECT_EQ(dropped, expected.dropped);
    EXPECT_GT(actual.basis().revision(), 0);
  }

  template <typename Message>
  void ExpectSame(const Message& a, const Message& b) {
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    // The revision differs because the server commits audit log links between the two calls.
    differencer.IgnoreField(v1::DecisionBasis::descriptor()->FindFieldByName("revision"));
    EXPECT_TRUE(differencer.Compare(a, b)) << difference;
  }

  testing::TestServer server_{{}, nullptr, {"app.acme.com:443"}};
  std::unique_ptr<gateway::Gateway> gateway_;
};

TEST_F(DecisionsTest, AuthorizationsAreDecidedTheSameEveryWay) {
  int number = 0;
  for (const policy::AuthorizeCase& c : policy::AuthorizeCases()) {
    SCOPED_TRACE(c.sentence);
    const Names names = SetUp(c.world, ++number);
    const v1::AuthorizeRequestRequest request = Addressed(c.request, names);
    const auto response = Do(server_.grants(), &Grants::AuthorizeRequest, request);
    Expect(c.expected, response);
    EXPECT_EQ(response.error_may_redirect(), c.expected.error_may_redirect);
    std::vector<std::string> connections;
    for (const auto& connection : response.connections()) connections.push_back(connection.connection_name());
    EXPECT_THAT(connections, ::testing::UnorderedElementsAreArray(c.expected_connections));
    ExpectSame(response, OverHttp<v1::AuthorizeRequestResponse>("/decisions/authorize", request, names));
    v1::BatchAuthorizeRequest batch;
    batch.set_parent(names.tenant);
    for (int i = 0; i < 2; ++i) *batch.add_items()->mutable_authorize() = request;
    const auto answers = Do(server_.grants(), &Grants::BatchAuthorize, batch);
    for (const auto& item : answers.items()) ExpectSame(response, item.authorize());
    EXPECT_EQ(answers.items_size(), 2);
  }
}

TEST_F(DecisionsTest, TokenRequestsAreDecidedTheSameEveryWay) {
  int number = 0;
  for (const policy::TokenCase& c : policy::TokenCases()) {
    SCOPED_TRACE(c.sentence);
    const Names names = SetUp(c.world, ++number);
    const v1::AuthorizeTokenRequestRequest request = Addressed(c.request, names);
    const auto response = Do(server_.grants(), &Grants::AuthorizeTokenRequest, request);
    Expect(c.expected, response);
    EXPECT_EQ(response.refresh_token_allowed(), c.expected_refresh_token_allowed);
    EXPECT_EQ(response.document_changed(), c.expected_document_changed);
    ExpectSame(response, OverHttp<v1::AuthorizeTokenRequestResponse>("/decisions/token", request, names));
  }
}

}  // namespace
}  // namespace cimd
