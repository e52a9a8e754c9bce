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

// How many calls a caller may make, as the last answer of the server told it: X-RateLimit-Limit, -Remaining and -Reset,
// the Unix time at which all of it is there again. Empty when the server told nothing. Calls of one exchange follow each
// other, so nobody reads while another writes.
using RateLimitFields = HttpFields;

// What goes with a call, besides its request.
struct CallContext {
  // Names in lower case, values of printable ASCII: gRPC ends the process over others.
  HttpFields metadata;
  absl::Time deadline = absl::InfiniteFuture();
  // Whoever waits for the outcome; may be null.
  std::shared_ptr<HttpCancellation> cancellation;
  // Where to put what the server says about the caller's rate limit, before OnDone runs; may be null.
  std::shared_ptr<RateLimitFields> rate_limit;
};

template <typename Service, typename Request, typename Response>
using UnaryMethod = void (Service::*)(grpc::ClientContext*, const Request*, Response*,
                                      std::function<void(grpc::Status)>);

// Receives the outcome of a call: the response, or a status with the details that the server sent (client/status.h).
template <typename Response>
using OnDone = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

// Told the full name of the method ("cimd.v1.RegistrationService/GetClient") and the outcome of a call.
using CallObserver = std::function<void(std::string_view method, absl::StatusCode code)>;

// A cimd-server at the other end of a channel. Every call is asynchronous. Thread-safe.
class Backend {
 public:
  // `observer` is told of every call that has ended, from any thread; may be null.
  explicit Backend(const std::shared_ptr<grpc::Channel>& channel, CallObserver observer = nullptr);
  // Waits for calls that are under way: no OnDone runs afterwards. Not to be destroyed from one.
  ~Backend();

  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // Calls `method`, once; `done` runs on a thread of gRPC's, soon after the deadline at the latest. It must not block.
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
          pending->ReadRateLimit();
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

  // The method of the service that takes such a request: each has requests of its own.
  template <typename Service, typename Request>
  static const std::string& MethodOf() {
    static const std::string& name = *new std::string(FindMethod(Stub<Service>::kName, *Request::descriptor()));
    return name;
  }
  static std::string FindMethod(const std::string& service, const google::protobuf::Descriptor& request);

  // Counts a call for as long as anything of it is left.
  class Ticket {
   public:
    explicit Ticket(Backend& backend);
    ~Ticket();

   private:
    Backend& backend_;
  };

  struct PendingCall {
    PendingCall(Backend& backend, const CallContext& how);
    void ReadRateLimit();

    Ticket ticket;  // first, so that it is given back last
    grpc::ClientContext context;
    std::shared_ptr<RateLimitFields> rate_limit;
  };

  // Lets how.cancellation cancel the call, as long as there is one.
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
