// Calls every API method without the right to do so. No method may bypass the method table, and no answer may disclose
// whether a resource of another tenant exists.

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/rpc/method_table.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using rpc::Method;
using rpc::Scoping;

const google::protobuf::MethodDescriptor& DescriptorOf(const Method& method) {
  const size_t slash = method.name.find('/');
  const auto* service = DescriptorPool::generated_pool()->FindServiceByName(std::string(method.name.substr(0, slash)));
  return *service->FindMethodByName(std::string(method.name.substr(slash + 1)));
}

// Sets the field that names the resource of a request. Returns false if the request has no such field.
bool SetName(Message& request, const std::string& name) {
  const Descriptor& descriptor = *request.GetDescriptor();
  for (const char* field : {"parent", "name"}) {
    if (const FieldDescriptor* found = descriptor.FindFieldByName(field)) {
      request.GetReflection()->SetString(&request, found, name);
      return true;
    }
  }
  for (const char* field : {"client", "resource_server", "client_grant", "connection", "tenant"}) {
    const FieldDescriptor* found = descriptor.FindFieldByName(field);
    if (found == nullptr || found->message_type() == nullptr) continue;
    return SetName(*request.GetReflection()->MutableMessage(&request, found), name);
  }
  return false;
}

class MethodAccessTest : public ::testing::Test {
 protected:
  // Returns the status of the call with everything that the caller can see of a refusal.
  absl::Status Call(const Method& method, const std::string& name, const std::string& token) {
    std::unique_ptr<Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(DescriptorOf(method).input_type())->New());
    SetName(*request, name);
    const std::string bytes = request->SerializeAsString();
    grpc::Slice slice(bytes);
    grpc::ByteBuffer sent(&slice, 1);
    grpc::ByteBuffer received;
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(server_.channel());
    auto call = stub.PrepareUnaryCall(&context, "/" + std::string(method.name), sent, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&received, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return client::FromGrpcStatus(status);
  }

  // Calls every method in the table with `name` and `token`.
  template <typename Expectation>
  void EveryMethod(const std::string& name, const std::string& token, Expectation expect) {
    for (const Method& method : rpc::kMethodTable) expect(method, Call(method, name, token));
  }

  void CreateTenant(const std::string& id) {
    v1::CreateTenantRequest request;
    request.set_tenant_id(id);
    ASSERT_THAT(server_.Call(server_.admin(), &v1::AdminService::Stub::CreateTenant, request), IsOk());
  }

  v1::CreateAccessTokenResponse CreateToken(const std::string& parent, const std::string& scope) {
    v1::CreateAccessTokenRequest request;
    request.set_parent(parent);
    request.mutable_access_token()->set_display_name("test");
    request.mutable_access_token()->add_scopes(scope);
    auto created = server_.Call(server_.admin(), &v1::AdminService::Stub::CreateAccessToken, request);
    EXPECT_THAT(created, IsOk());
    return *std::move(created);
  }

  testing::TestServer server_{{}, nullptr, {}, {.rate_limit = {"address.failures=0"}}};
};

TEST_F(MethodAccessTest, EveryMethodNeedsAGoodToken) {
  server_.AddToken("expired-token", {"*"}, "", absl::Now() - absl::Seconds(1));
  v1::CreateAccessTokenResponse revoked = CreateToken("platform", "*");
  v1::RevokeAccessTokenRequest request;
  request.set_name(revoked.access_token().name());
  ASSERT_THAT(server_.Call(server_.admin(), &v1::AdminService::Stub::RevokeAccessToken, request), IsOk());
  const absl::Status refusal = Call(*rpc::FindMethod("cimd.v1.RegistrationService/ListClients"), "", "");
  EXPECT_THAT(refusal, Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  for (const std::string& token : {std::string(), std::string("unknown"), std::string("expired-token"), revoked.token(),
                                   std::string("eyJhbGciOiJub25lIn0.e30.x")}) {
    for (const char* name : {"tenants/default", "tenants/nobody", ""}) {
      EveryMethod(name, token, [&](const Method& method, const absl::Status& status) {
        EXPECT_EQ(status, refusal) << method.name << " as '" << token << "'";
      });
    }
  }
}

TEST_F(MethodAccessTest, EveryMethodNeedsItsScope) {
  // No method needs this scope.
  const std::string token = CreateToken("platform", "read:connections_options").token();
  EveryMethod("tenants/default", token, [&](const Method& method, const absl::Status& status) {
    EXPECT_THAT(status, Fails(StatusCode::kPermissionDenied, "SCOPE_INSUFFICIENT")) << method.name;
  });
}

TEST_F(MethodAccessTest, TenantTokenReachesItsTenantOnly) {
  CreateTenant("other");
  const std::string insider = CreateToken("tenants/default", "*").token();
  v1::CreateResourceServerRequest request;
  request.set_parent("tenants/other");
  request.mutable_resource_server()->set_identifier("https://api.example/");
  auto api = server_.Call(server_.grants(), &v1::GrantsService::Stub::CreateResourceServer, request);
  ASSERT_THAT(api, IsOk());
  const std::string existing_token = CreateToken("tenants/other", "*").access_token().name();
  const std::string platform_token = CreateToken("platform", "*").access_token().name();

  const absl::Status forbidden =
      Call(*rpc::FindMethod("cimd.v1.RegistrationService/ListClients"), "tenants/x", insider);
  EXPECT_THAT(forbidden, Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  for (const std::string& name :
       // Resources that exist, that do not exist, with invalid names, and of the platform.
       {std::string("tenants/other"),
        api->name(),
        existing_token,
        std::string("tenants/nobody"),
        std::string("tenants/other/resourceServers/none"),
        std::string("tenants/other/clients/tpc_1"),
        std::string("tenants/nobody/clients/tpc_1"),
        std::string("tenants/"),
        std::string("tenants"),
        std::string(),
        std::string("tenants/Default"),
        std::string("tenants/default-"),
        std::string("tenants/other/../default"),
        std::string("/tenants/default"),
        std::string("tenants//default"),
        std::string("platform"),
        platform_token,
        std::string("platform/accessTokens/tok_none"),
        std::string("platform/tenants/default"),
        std::string("_"),
        std::string("tenants/_/accessTokens/x"),
        std::string(5000, 'x')}) {
    EveryMethod(name, insider, [&](const Method& method, const absl::Status& status) {
      if (method.scoping == Scoping::kPlatform) {
        EXPECT_THAT(status, Fails(StatusCode::kPermissionDenied, "METHOD_FORBIDDEN")) << method.name;
      } else {
        // The answers must be identical.
        EXPECT_EQ(status, forbidden) << method.name << " of " << name.substr(0, 100);
      }
    });
  }
}

TEST_F(MethodAccessTest, AllowedCallersReachTheHandler) {
  const std::string insider = CreateToken("tenants/default", "*").token();
  const std::string admin = CreateToken("platform", "*").token();
  const std::set<StatusCode> refusals = {StatusCode::kUnauthenticated, StatusCode::kPermissionDenied,
                                         StatusCode::kUnimplemented};
  for (const Method& method : rpc::kMethodTable) {
    // A stream does not end once it is authorized.
    if (method.work_class == rpc::WorkClass::kStream) continue;
    const bool of_platform = method.scoping == Scoping::kPlatform;
    const absl::Status status =
        Call(method, of_platform ? "tenants/nobody" : "tenants/default", of_platform ? admin : insider);
    EXPECT_FALSE(refusals.contains(status.code())) << method.name << ": " << status;
  }
}

}  // namespace
}  // namespace cimd
