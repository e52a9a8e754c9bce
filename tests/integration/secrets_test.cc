// Secrets must not appear in audit events, logs or error messages.

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/integration/documents.h"
#include "tests/integration/server_process.h"
#include "tests/testing/status_matchers.h"

namespace cimd {
namespace {

constexpr char kTenant[] = "tenants/default";
constexpr char kSecretUrl[] = "https://client.example/client.json";
constexpr char kWrongToken[] = "SECRET-1-wrong-access-token";
constexpr char kOptions[] = "SECRET-2-connection-options";
constexpr char kNewOptions[] = "SECRET-3-new-connection-options";
constexpr char kAssertion[] = "SECRET-4-assertion";
constexpr char kDocumentSecret[] = "SECRET-5-client-secret-in-a-document";

class SecretsTest : public ::testing::Test {
 protected:
  // Makes one call with the token and collects the texts of an error.
  template <typename Stub, typename Request, typename Response>
  bool Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            const Request& request, Response& response, const std::string& token) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    const grpc::Status status = (stub.*method)(&context, request, &response);
    said_ += status.error_message() + status.error_details() + "\n";
    return status.ok();
  }
  // Calls with the valid token, then with an unknown token.
  template <typename Stub, typename Request, typename Response>
  bool CallTwice(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                 const Request& request, Response& response) {
    const bool good = Call(stub, method, request, response, token_);
    Response ignored;
    EXPECT_FALSE(Call(stub, method, request, ignored, kWrongToken));
    return good;
  }

  testing::TempDir dir_;
  std::string token_;
  std::string said_;
};

TEST_F(SecretsTest, NothingTellsThem) {
  auto server =
      std::make_unique<testing::ServerProcess>(dir_ / "data", std::vector<std::string>{"--log_severity=debug"});
  ASSERT_FALSE(server->address().empty()) << server->log();
  ASSERT_TRUE(server->EnableCimd());
  std::ifstream(dir_ / "data/admin-token") >> token_;
  auto connections = v1::ConnectionsService::NewStub(server->channel());
  auto metadata = v1::MetadataService::NewStub(server->channel());
  auto admin = v1::AdminService::NewStub(server->channel());

  v1::CreateConnectionRequest create;
  create.set_parent(kTenant);
  create.mutable_connection()->set_connection_name("users");
  create.mutable_connection()->set_strategy("auth0");
  (*create.mutable_connection()->mutable_options()->mutable_fields())["client_secret"].set_string_value(kOptions);
  v1::Connection connection;
  ASSERT_TRUE(CallTwice(*connections, &v1::ConnectionsService::Stub::CreateConnection, create, connection));
  // Refused, because the connection exists.
  EXPECT_FALSE(CallTwice(*connections, &v1::ConnectionsService::Stub::CreateConnection, create, connection));
  v1::UpdateConnectionRequest update;
  update.mutable_connection()->set_name(connection.name());
  (*update.mutable_connection()->mutable_options()->mutable_fields())["client_secret"].set_string_value(kNewOptions);
  update.mutable_update_mask()->add_paths("options");
  ASSERT_TRUE(CallTwice(*connections, &v1::ConnectionsService::Stub::UpdateConnection, update, connection)) << said_;

  v1::RegisterClientRequest registration;
  registration.set_parent(kTenant);
  registration.set_external_client_id(kSecretUrl);
  std::string document = testing::GoodDocument(kSecretUrl);
  registration.set_document(document);
  v1::RegisterClientResponse registered;
  ASSERT_TRUE(
      CallTwice(server->registration(), &v1::RegistrationService::Stub::RegisterClient, registration, registered))
      << said_;
  document.insert(1, std::string("\"client_secret\":\"") + kDocumentSecret + "\",");
  registration.set_document(document);
  EXPECT_FALSE(
      CallTwice(server->registration(), &v1::RegistrationService::Stub::RegisterClient, registration, registered));
  v1::VerifyClientAssertionRequest assertion;
  assertion.set_parent(kTenant);
  assertion.set_client_assertion(kAssertion);
  v1::VerifyClientAssertionResponse verified;
  CallTwice(*metadata, &v1::MetadataService::Stub::VerifyClientAssertion, assertion, verified);
  v1::CreateAccessTokenRequest create_token;
  create_token.set_parent(kTenant);
  create_token.mutable_access_token()->set_display_name("test");
  create_token.mutable_access_token()->add_scopes("read:clients");
  v1::CreateAccessTokenResponse created;
  ASSERT_TRUE(CallTwice(*admin, &v1::AdminService::Stub::CreateAccessToken, create_token, created)) << said_;
  const std::string new_token = created.token();
  v1::RevokeAccessTokenRequest revoke;
  revoke.set_name(created.access_token().name());
  // The token works, is refused what it does not permit, and is unknown after its revocation.
  v1::ListClientsRequest list_clients;
  list_clients.set_parent(kTenant);
  v1::ListClientsResponse clients;
  EXPECT_TRUE(
      Call(server->registration(), &v1::RegistrationService::Stub::ListClients, list_clients, clients, new_token));
  EXPECT_FALSE(Call(*admin, &v1::AdminService::Stub::CreateAccessToken, create_token, created, new_token));
  v1::AccessToken revoked;
  ASSERT_TRUE(CallTwice(*admin, &v1::AdminService::Stub::RevokeAccessToken, revoke, revoked)) << said_;
  EXPECT_FALSE(
      Call(server->registration(), &v1::RegistrationService::Stub::ListClients, list_clients, clients, new_token));
  v1::DeleteConnectionRequest remove;
  remove.set_name(connection.name());
  remove.set_force(true);
  v1::DeleteConnectionResponse removed;
  ASSERT_TRUE(CallTwice(*connections, &v1::ConnectionsService::Stub::DeleteConnection, remove, removed)) << said_;

  for (const char* parent : {kTenant, "platform"}) {
    v1::ListAuditEventsRequest list;
    list.set_parent(parent);
    v1::ListAuditEventsResponse events;
    ASSERT_TRUE(Call(*admin, &v1::AdminService::Stub::ListAuditEvents, list, events, token_)) << said_;
    if (parent == std::string(kTenant)) {
      EXPECT_GE(events.audit_events_size(), 5);
    }
    said_ += events.SerializeAsString();
  }
  server->process().Signal(SIGTERM);
  EXPECT_EQ(server->process().Wait(), 0);
  said_ += server->log();
  server.reset();

  storage::RocksDbOptions options;
  options.directory = dir_ / "data/db";
  auto store = storage::OpenRocksDbStore(std::move(options));
  CIMD_ASSERT_OK(store);
  auto snapshot = (*store)->TakeSnapshot();
  CIMD_ASSERT_OK(snapshot);
  int events = 0;
  for (const char* tenant : {"default", "_"}) {
    for (auto kind : {storage::keys::Kind::kAuditEvent, storage::keys::Kind::kAuditLink}) {
      CIMD_ASSERT_OK((*snapshot)->Scan(storage::keys::All(tenant, kind), 0,
                                       [&](std::string_view key, std::string_view value, storage::Revision) {
                                         said_.append(key).append(value);
                                         return ++events > 0;
                                       }));
    }
  }
  EXPECT_GE(events, 8);

  for (const std::string secret :
       {kWrongToken, kOptions, kNewOptions, kAssertion, kDocumentSecret, token_.c_str(), new_token.c_str()}) {
    ASSERT_GT(secret.size(), 10u);
    EXPECT_EQ(said_.find(secret), std::string::npos) << secret << " was told";
  }
}

}  // namespace
}  // namespace cimd
