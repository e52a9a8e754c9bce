// The path of a call through the dispatcher, with a test service behind it.

#include "server/rpc/dispatch.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "cimd/v1/admin_service.grpc.pb.h"
#include "client/status.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "server/crypto/sha256.h"
#include "server/rpc/bind_method.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/eventually.h"
#include "tests/testing/http2_peer.h"

namespace cimd::rpc {
namespace {

using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::cimd::testing::StatusIs;

// A write and a list that run until the test ends them, and a read that returns immediately.
struct Handlers {
  absl::StatusOr<v1::Tenant> UpdateTenant(RequestContext&, const v1::UpdateTenantRequest& request) {
    ++running;
    let_go.WaitForNotification();
    return request.tenant();
  }
  absl::StatusOr<v1::ListTenantsResponse> ListTenants(RequestContext&, const v1::ListTenantsRequest&) {
    ++running;
    let_go.WaitForNotification();
    v1::ListTenantsResponse response;
    response.add_tenants()->set_display_name(std::string(list_bytes, 'a'));
    return response;
  }
  // Returns the requested name and the tenant of the call.
  absl::StatusOr<v1::Tenant> GetTenant(RequestContext& call, const v1::GetTenantRequest& request) {
    v1::Tenant tenant;
    tenant.set_name(request.name());
    tenant.set_display_name(call.tenant);
    return tenant;
  }
  absl::Status WatchAuditEvents(RequestContext&, const v1::WatchAuditEventsRequest&, const std::shared_ptr<Stream>&) {
    return absl::OkStatus();
  }

  absl::Notification let_go;
  // Size of the answer to a list.
  size_t list_bytes = 0;
  std::atomic<int> running = 0;
};

class Service : public v1::AdminService::WithRawCallbackMethod_WatchAuditEvents<v1::AdminService::CallbackService> {
 public:
  Service(Dispatcher& dispatcher, Handlers& handlers) : dispatcher_(dispatcher), handlers_(handlers) {}
  CIMD_BIND_UNARY(AdminService, UpdateTenant, v1::UpdateTenantRequest, v1::Tenant)
  CIMD_BIND_UNARY(AdminService, ListTenants, v1::ListTenantsRequest, v1::ListTenantsResponse)
  CIMD_BIND_UNARY(AdminService, GetTenant, v1::GetTenantRequest, v1::Tenant)
  CIMD_BIND_STREAM(AdminService, WatchAuditEvents, v1::WatchAuditEventsRequest)

 private:
  Dispatcher& dispatcher_;
  Handlers& handlers_;
};

// Counts calls that have been dispatched, that is, answered or queued.
class ObservedService final : public Service {
 public:
  using Service::Service;

  grpc::ServerUnaryReactor* UpdateTenant(grpc::CallbackServerContext* context, const v1::UpdateTenantRequest* request,
                                         v1::Tenant* response) override {
    grpc::ServerUnaryReactor* reactor = Service::UpdateTenant(context, request, response);
    latest = context;
    ++dispatched;
    return reactor;
  }

  std::atomic<int> dispatched = 0;
  // Valid until that call is answered.
  std::atomic<grpc::CallbackServerContext*> latest = nullptr;
};

// A server with one thread for writes.
class DispatchTest : public ::testing::Test {
 protected:
  DispatchTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
    stub_ = v1::AdminService::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  }
  ~DispatchTest() override {
    if (!handlers_.let_go.HasBeenNotified()) handlers_.let_go.Notify();
    server_->Shutdown();
  }

  // A call by the tenant's admin or by an unknown caller.
  class Call {
   public:
    Call(DispatchTest& test, const std::string& token) {
      context_.AddMetadata("authorization", "Bearer " + token);
      request_.mutable_tenant()->set_name("tenants/acme");
      test.stub_->async()->UpdateTenant(&context_, &request_, &response_, [this](grpc::Status status) {
        status_ = client::FromGrpcStatus(status);
        done_.Notify();
      });
    }
    void Cancel() { context_.TryCancel(); }
    absl::Status Wait() {
      done_.WaitForNotification();
      return status_;
    }

   private:
    grpc::ClientContext context_;
    v1::UpdateTenantRequest request_;
    v1::Tenant response_;
    absl::Status status_;
    absl::Notification done_;
  };

  void AwaitRunning(int count) {
    EXPECT_TRUE(testing::Eventually([&] { return handlers_.running >= count; }, "the handlers run"));
  }

  CallerDirectory Callers() {
    CallerDirectory directory;
    directory.by_token =
        [this, admin = crypto::Sha256("admin"), platform = crypto::Sha256("platform"), brief = crypto::Sha256("brief"),
         slow = crypto::Sha256("slow guess")](std::string_view digest) -> absl::StatusOr<std::optional<Caller>> {
      if (digest == brief) {
        return Caller{.kind = v1::CALLER_KIND_ACCESS_TOKEN,
                      .id = "tok_2",
                      .scopes = {"*"},
                      .tenant = "acme",
                      .expire_time = brief_token_expiry_};
      }
      if (digest == slow) {
        ++slow_lookups_;
        slow_lookups_go_.WaitForNotification();
      }
      if (digest == platform) return Caller{.kind = v1::CALLER_KIND_ACCESS_TOKEN, .id = "tok_0", .scopes = {"*"}};
      if (digest != admin) return std::nullopt;
      return Caller{.kind = v1::CALLER_KIND_ACCESS_TOKEN, .id = "tok_1", .scopes = {"*"}, .tenant = "acme"};
    };
    return directory;
  }

  // Number of failed authentications that an address may have.
  static constexpr int kFailures = 100;
  static RateLimits Limits() {
    RateLimits limits;
    limits.failures = {.per_second = 0.001, .burst = kFailures};
    return limits;
  }
  absl::Status List(const std::string& token = "platform") {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    v1::ListTenantsResponse response;
    return client::FromGrpcStatus(stub_->ListTenants(&context, v1::ListTenantsRequest(), &response));
  }

  const absl::Time brief_token_expiry_ = absl::Now() + absl::Seconds(1);
  std::atomic<int> slow_lookups_ = 0;
  absl::Notification slow_lookups_go_;
  const Authenticator authenticator_{Callers()};
  RateLimiter limiter_{Limits()};
  SystemClock clock_;
  Handlers handlers_;
  Dispatcher dispatcher_{authenticator_,
                         limiter_,
                         clock_,
                         [](const FinishedCall&) {},
                         {},
                         {.write_threads = 1, .bulk_threads = 2, .max_bulk_answer_bytes = size_t{1} << 20}};
  ObservedService service_{dispatcher_, handlers_};
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AdminService::Stub> stub_;
};

TEST_F(DispatchTest, UnauthenticatedCallsAreNotQueued) {
  Call busy(*this, "admin");
  AwaitRunning(1);
  Call stranger(*this, "guess");
  EXPECT_THAT(stranger.Wait(), Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  handlers_.let_go.Notify();
  EXPECT_THAT(busy.Wait(), IsOk());
}

TEST_F(DispatchTest, FailuresUnderWayCount) {
  for (int i = 1; i < kFailures; ++i) {
    ASSERT_THAT(List("guess"), Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID")) << i;
  }
  Call last(*this, "slow guess");
  ASSERT_TRUE(testing::Eventually([&] { return slow_lookups_ == 1; }, "the last guess is looked up"));
  EXPECT_THAT(List("another guess"), Fails(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
  slow_lookups_go_.Notify();
  EXPECT_THAT(last.Wait(), Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
}

TEST_F(DispatchTest, NewCallersCountNoFailure) {
  handlers_.let_go.Notify();
  for (int i = 1; i < kFailures; ++i) {
    ASSERT_THAT(List("guess"), Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID")) << i;
  }
  EXPECT_THAT(List(), IsOk());
  EXPECT_THAT(List("guess"), Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  EXPECT_THAT(List("guess"), Fails(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
}

// The test does not call RecheckStreams.
TEST_F(DispatchTest, StreamEndsWhenItsCredentialExpires) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer brief");
  v1::WatchAuditEventsRequest request;
  request.set_parent("tenants/acme");
  auto stream = stub_->WatchAuditEvents(&context, request);
  v1::WatchAuditEventsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(client::FromGrpcStatus(stream->Finish()),
              Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  EXPECT_GE(absl::Now(), brief_token_expiry_);
}

TEST_F(DispatchTest, UnreadAnswersLeaveNoRoomForLists) {
  handlers_.let_go.Notify();
  handlers_.list_bytes = size_t{2} << 20;
  // The peer never enlarges the initial flow-control window.
  auto peer = testing::Http2Peer::Connect(address_, /*tls=*/false);
  ASSERT_TRUE(peer.ok()) << peer.status();
  const std::string headers =
      testing::CallHeaders("/cimd.v1.AdminService/ListTenants", {{"authorization", "Bearer platform"}});
  ASSERT_TRUE((*peer)->Send(testing::Frame(testing::FrameType::kHeaders, testing::kEndHeaders, 1, headers) +
                            testing::Frame(testing::FrameType::kData, testing::kEndStream, 1, std::string(5, '\0'))));
  AwaitRunning(1);
  EXPECT_TRUE(testing::Eventually([&] { return absl::IsResourceExhausted(List()); }, "the budget is used up"));
  EXPECT_THAT(List(), Fails(absl::StatusCode::kResourceExhausted, "OVERLOADED"));
  peer->reset();
  EXPECT_TRUE(testing::Eventually([&] { return List().ok(); }, "the budget is free again"));
}

TEST_F(DispatchTest, ReadsAndWritesDoNotWaitForLists) {
  constexpr int kMany = 50;  // More than the threads for lists, and more than the threads that receive calls.
  struct List {
    grpc::ClientContext context;
    v1::ListTenantsRequest request;
    v1::ListTenantsResponse response;
    absl::Notification done;
  };
  std::vector<List> lists(kMany);
  for (List& list : lists) {
    list.context.AddMetadata("authorization", "Bearer platform");
    stub_->async()->ListTenants(&list.context, &list.request, &list.response, [&list](const grpc::Status& status) {
      EXPECT_TRUE(status.ok()) << status.error_message();
      list.done.Notify();
    });
  }
  AwaitRunning(2);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer platform");
  v1::GetTenantRequest request;
  request.set_name("tenants/acme");
  v1::Tenant tenant;
  EXPECT_TRUE(stub_->GetTenant(&context, request, &tenant).ok());
  Call write(*this, "admin");
  AwaitRunning(3);
  handlers_.let_go.Notify();
  EXPECT_THAT(write.Wait(), IsOk());
  for (List& list : lists) list.done.WaitForNotification();
}

TEST_F(DispatchTest, CancelledCallsAreNotStarted) {
  Call busy(*this, "admin");
  AwaitRunning(1);
  EXPECT_TRUE(testing::Eventually([&] { return service_.dispatched == 1; }, "the first call is dispatched"));
  Call given_up(*this, "admin");
  EXPECT_TRUE(testing::Eventually([&] { return service_.dispatched == 2; }, "the second call is dispatched"));
  given_up.Cancel();
  EXPECT_THAT(given_up.Wait(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(testing::Eventually([&] { return service_.latest.load()->IsCancelled(); }, "the call is cancelled"));
  Call next(*this, "admin");
  handlers_.let_go.Notify();
  EXPECT_THAT(busy.Wait(), IsOk());
  EXPECT_THAT(next.Wait(), IsOk());
  EXPECT_EQ(handlers_.running, 2);
}

// "tenants/-" is the tenant that the caller is bound to. The initial metadata contains its name.
TEST_F(DispatchTest, FillsInTheTenantOfTheCaller) {
  const auto get = [this](const std::string& token, const std::string& name, std::string& told) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    v1::GetTenantRequest request;
    request.set_name(name);
    v1::Tenant tenant;
    absl::Status status = client::FromGrpcStatus(stub_->GetTenant(&context, request, &tenant));
    const auto found = context.GetServerInitialMetadata().find("x-cimd-tenant");
    told = found == context.GetServerInitialMetadata().end() ? ""
                                                             : std::string(found->second.data(), found->second.size());
    return status.ok() ? absl::StatusOr<v1::Tenant>(tenant) : status;
  };
  std::string told;
  const absl::StatusOr<v1::Tenant> own = get("admin", "tenants/-", told);
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(own->name(), "tenants/acme");
  EXPECT_EQ(own->display_name(), "acme");
  EXPECT_EQ(told, "acme");
  ASSERT_THAT(get("admin", "tenants/acme", told), IsOk());
  EXPECT_EQ(told, "");
  EXPECT_THAT(get("admin", "tenants/other", told).status(),
              Fails(absl::StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  EXPECT_THAT(get("admin", "tenants/--", told).status(),
              Fails(absl::StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  EXPECT_THAT(get("platform", "tenants/-", told).status(),
              Fails(absl::StatusCode::kInvalidArgument, "TENANT_REQUIRED"));
  EXPECT_THAT(get("nobody", "tenants/-", told).status(),
              Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  EXPECT_EQ(told, "");
}

TEST_F(DispatchTest, FillsInTheTenantOfAWriteThatWaits) {
  handlers_.let_go.Notify();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer admin");
  v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_name("tenants/-");
  v1::Tenant tenant;
  EXPECT_THAT(client::FromGrpcStatus(stub_->UpdateTenant(&context, request, &tenant)), IsOk());
  EXPECT_EQ(tenant.name(), "tenants/acme");
}

}  // namespace
}  // namespace cimd::rpc
