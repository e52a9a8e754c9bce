// Authorization of callers: no token, an unknown token, a token without the scope, a token of another tenant.

#include <string>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using Registration = v1::RegistrationService::Stub;

class CallersTest : public ::testing::Test {
 protected:
  absl::Status ListClients(const std::string& tenant) {
    v1::ListClientsRequest request;
    request.set_parent("tenants/" + tenant);
    return server_.Call(server_.registration(), &Registration::ListClients, request).status();
  }
  absl::Status ListTenants() {
    return server_.Call(server_.admin(), &v1::AdminService::Stub::ListTenants, v1::ListTenantsRequest()).status();
  }

  testing::TestServer server_;
};

TEST_F(CallersTest, EveryCallNeedsAToken) {
  EXPECT_THAT(ListClients("default"), IsOk());
  for (const char* token : {"", "cimd_wrong", " ", "Bearer"}) {
    server_.set_token(token);
    EXPECT_THAT(ListClients("default"), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID")) << token;
    // The answer must not disclose whether a tenant exists.
    EXPECT_THAT(ListClients("nobody"), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID")) << token;
  }
}

TEST_F(CallersTest, ATokenIsGoodForItsScopes) {
  server_.AddToken("reader", {"read:clients"}, "");
  server_.set_token("reader");
  EXPECT_THAT(ListClients("default"), IsOk());
  v1::RegisterClientRequest request;
  request.set_parent("tenants/default");
  auto refused = server_.Call(server_.registration(), &Registration::RegisterClient, request);
  EXPECT_THAT(refused, Fails(StatusCode::kPermissionDenied, "SCOPE_INSUFFICIENT"));
  EXPECT_EQ(refused.status().message(), "Insufficient scope, expected any of: create:clients, update:clients");
}

TEST_F(CallersTest, ATokenOfOneTenantLearnsNothingOfAnother) {
  server_.AddToken("insider", {"*"}, "default");
  server_.set_token("insider");
  EXPECT_THAT(ListClients("default"), IsOk());
  const absl::Status existing = ListClients("other");
  EXPECT_THAT(existing, Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  EXPECT_EQ(existing, ListClients("nobody"));
  EXPECT_THAT(ListClients("Not A Tenant"), Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  EXPECT_THAT(ListTenants(), Fails(StatusCode::kPermissionDenied, "METHOD_FORBIDDEN"));
}

TEST_F(CallersTest, ADeadlineThatHasPassedCostsNothing) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server_.token());
  context.set_deadline(std::chrono::system_clock::now() - std::chrono::seconds(1));
  v1::Tenant tenant;
  v1::GetTenantRequest request;
  EXPECT_EQ(server_.admin().GetTenant(&context, request, &tenant).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(CallersTest, HealthNeedsNoToken) {
  auto health = grpc::health::v1::Health::NewStub(server_.channel());
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  for (const char* service : {"", "cimd.v1.RegistrationService"}) {
    grpc::ClientContext context;
    request.set_service(service);
    ASSERT_TRUE(health->Check(&context, request, &response).ok());
    EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  }
  grpc::ClientContext context;
  request.set_service("nobody");
  EXPECT_EQ(health->Check(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(CallersTest, AHealthWatchIsToldWhenTheServerGoes) {
  auto health = grpc::health::v1::Health::NewStub(server_.channel());
  grpc::ClientContext context;
  auto watch = health->Watch(&context, grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  server_.Stop();
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_TRUE(watch->Finish().ok());
}

}  // namespace
}  // namespace cimd
