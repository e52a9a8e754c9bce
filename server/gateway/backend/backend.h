#ifndef CIMD_SERVER_GATEWAY_BACKEND_BACKEND_H_
#define CIMD_SERVER_GATEWAY_BACKEND_BACKEND_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "client/status.h"
#include "google/protobuf/descriptor.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "server/gateway/http/http_message.h"

namespace cimd::gateway {

// The services of a cimd-server, as Backend::Call takes their methods: &Registration::GetClient.
using Admin = v1::AdminService::StubInterface::async_interface;
using Connections = v1::ConnectionsService::StubInterface::async_interface;
using Grants = v1::GrantsService::StubInterface::async_interface;
using Metadata = v1::MetadataService::StubInterface::async_interface;
using Registration = v1::RegistrationService::StubInterface::async_interface;
using Health = grpc::health::v1::Health::StubInterface::async_interface;

// What the server said about the caller in its last answer. Calls of one exchange run one after another, so there is no
// concurrent access.
struct CallerFacts {
  // The headers X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset (Unix time at which the full limit is
  // available again). Empty when the server sent none.
  HttpFields rate_limit;
  // Id of the caller's tenant, when the request named it as "tenants/-"; otherwise empty.
  std::string tenant;
};

// The parts of a call other than its request.
struct CallContext {
  // Names in lower case, values in printable ASCII. gRPC aborts the process on anything else.
  HttpFields metadata;
  absl::Time deadline = absl::InfiniteFuture();
  // Cancels the call when the client goes away; may be null.
  std::shared_ptr<HttpCancellation> cancellation;
  // Filled in before OnDone runs with what the server says about the caller; null: the server is not asked.
  std::shared_ptr<CallerFacts> caller;
};

template <typename Service, typename Request, typename Response>
using UnaryMethod = void (Service::*)(grpc::ClientContext*, const Request*, Response*,
                                      std::function<void(grpc::Status)>);

// Receives the outcome of a call: the response, or a status with the details that the server sent (client/status.h).
template <typename Response>
using OnDone = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

// Called with the full method name ("cimd.v1.RegistrationService/GetClient") and the outcome of a call.
using CallObserver = std::function<void(std::string_view method, absl::StatusCode code)>;

// A cimd-server at the other end of a channel. Every call is asynchronous. Thread-safe.
class Backend {
 public:
  // `observer` is called once for every finished call, on any thread; may be null.
  explicit Backend(const std::shared_ptr<grpc::Channel>& channel, CallObserver observer = nullptr);
  // Waits until all calls have ended. No OnDone runs afterwards. Must not run inside an OnDone.
  ~Backend();

  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // Calls `method` once, without retries. `done` runs on a gRPC thread, at the latest soon after the deadline, and must
  // not block.
  template <typename Service, typename Request, typename Response>
  void Call(UnaryMethod<Service, Request, Response> method, std::type_identity_t<Request> request,
            const CallContext& how, std::type_identity_t<OnDone<Response>> done) {
    struct Pending : PendingCall {
      using PendingCall::PendingCall;
      Request request;
      Response response;
      OnDone<Response> done;
    };
    auto pending = std::make_shared<Pending>(*this, how);
    pending->request = std::move(request);
    pending->done = std::move(done);
    CancelWith(how, pending);
    (std::get<std::unique_ptr<StubOf<Service>>>(stubs_)->async()->*method)(
        &pending->context, &pending->request, &pending->response, [this, pending](const grpc::Status& status) {
          pending->ReadCallerFacts();
          if (observer_) observer_(MethodOf<Service, Request>(), static_cast<absl::StatusCode>(status.error_code()));
          if (status.ok()) {
            pending->done(std::move(pending->response));
          } else {
            pending->done(client::FromGrpcStatus(status));
          }
        });
  }

 private:
  template <typename Service>
  struct Stub;
  template <typename Service>
  using StubOf = typename Stub<Service>::Type;

  // The method of the service that takes this request type. Every method has a request type of its own.
  template <typename Service, typename Request>
  static const std::string& MethodOf() {
    static const std::string& name = *new std::string(FindMethod(Stub<Service>::kName, *Request::descriptor()));
    return name;
  }
  static std::string FindMethod(const std::string& service, const google::protobuf::Descriptor& request);

  // Counts a call as pending for as long as it exists.
  class Ticket {
   public:
    explicit Ticket(Backend& backend);
    ~Ticket();

   private:
    Backend& backend_;
  };

  struct PendingCall {
    PendingCall(Backend& backend, const CallContext& how);
    void ReadCallerFacts();

    Ticket ticket;  // first, so that it is given back last
    grpc::ClientContext context;
    std::shared_ptr<CallerFacts> caller;
  };

  // Makes how.cancellation cancel the call while it is pending.
  static void CancelWith(const CallContext& how, const std::weak_ptr<PendingCall>& pending);

  const std::tuple<
      std::unique_ptr<v1::AdminService::StubInterface>, std::unique_ptr<v1::ConnectionsService::StubInterface>,
      std::unique_ptr<v1::GrantsService::StubInterface>, std::unique_ptr<v1::MetadataService::StubInterface>,
      std::unique_ptr<v1::RegistrationService::StubInterface>, std::unique_ptr<grpc::health::v1::Health::StubInterface>>
      stubs_;
  const CallObserver observer_;
  absl::Mutex mu_;
  int pending_ ABSL_GUARDED_BY(mu_) = 0;
};

template <>
struct Backend::Stub<Admin> {
  using Type = v1::AdminService::StubInterface;
  static constexpr const char* kName = v1::AdminService::service_full_name();
};
template <>
struct Backend::Stub<Connections> {
  using Type = v1::ConnectionsService::StubInterface;
  static constexpr const char* kName = v1::ConnectionsService::service_full_name();
};
template <>
struct Backend::Stub<Grants> {
  using Type = v1::GrantsService::StubInterface;
  static constexpr const char* kName = v1::GrantsService::service_full_name();
};
template <>
struct Backend::Stub<Metadata> {
  using Type = v1::MetadataService::StubInterface;
  static constexpr const char* kName = v1::MetadataService::service_full_name();
};
template <>
struct Backend::Stub<Registration> {
  using Type = v1::RegistrationService::StubInterface;
  static constexpr const char* kName = v1::RegistrationService::service_full_name();
};
template <>
struct Backend::Stub<Health> {
  using Type = grpc::health::v1::Health::StubInterface;
  static constexpr const char* kName = grpc::health::v1::Health::service_full_name();
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_BACKEND_BACKEND_H_
