#ifndef CIMD_SERVER_RPC_DISPATCH_H_
#define CIMD_SERVER_RPC_DISPATCH_H_

#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/clock.h"
#include "server/rpc/request_context.h"
#include "server/rpc/resource_name.h"
#include "server/rpc/status.h"
#include "server/rpc/worker_pool.h"

namespace cimd::rpc {

// A call that has ended, for metrics and logs.
struct FinishedCall {
  const Method& method;
  // Null when the caller could not be authenticated.
  const Caller* caller;
  std::string_view tenant;
  std::string_view peer;
  std::string_view traceparent;
  const absl::Status& status;
  absl::Duration duration;
};

// The path of every RPC, in this order: deadline, authenticate, authorize, then the handler (which validates), then the
// observer, then the status. Reads run on the thread that received the call; writes and fetches on a worker pool, and
// when its queue is full the call is refused before any work. gRPC's own interceptors cannot refuse a call, so this is
// one function that the binding of every method calls. Thread-safe; outlives the server that it serves.
class Dispatcher {
 public:
  using Observer = absl::AnyInvocable<void(const FinishedCall&) const>;

  // `authenticator` and `clock` outlive the dispatcher; `observer` is called once for every call, from any thread.
  Dispatcher(const Authenticator& authenticator, const Clock& clock, Observer observer, size_t write_threads = 64,
             size_t fetch_threads = 32);

  // Runs one unary call. `handler` is absl::StatusOr<Response>(RequestContext&, const Request&).
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                  const Method& method, Handler handler) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const absl::Time arrival = clock_.Now();
    auto run = [this, context, request, response, &method, handler, reactor, arrival] {
      absl::StatusOr<RequestContext> call = Begin(*context, method, TenantOf(*request), arrival);
      absl::Status status = call.status();
      if (call.ok()) {
        absl::StatusOr<Response> result = handler(*call, *request);
        status = result.status();
        if (result.ok()) *response = *std::move(result);
      }
      Finish(*context, reactor, method, call.ok() ? &*call : nullptr, status, arrival);
    };
    if (method.access == Access::kRead) {
      run();
    } else if (!Pool(method).Submit(std::move(run))) {
      Finish(*context, reactor, method, nullptr, Overloaded(), arrival);
    }
    return reactor;
  }

 private:
  // Id of the tenant whose resource a request names, wherever it names it.
  template <typename Request>
  static std::string_view TenantOf(const Request& request) {
    if constexpr (requires { request.parent(); }) {
      return TenantOfName(request.parent());
    } else if constexpr (requires { request.name(); }) {
      return TenantOfName(request.name());
    } else if constexpr (requires { request.client().name(); }) {
      return TenantOfName(request.client().name());
    } else if constexpr (requires { request.resource_server().name(); }) {
      return TenantOfName(request.resource_server().name());
    } else if constexpr (requires { request.client_grant().name(); }) {
      return TenantOfName(request.client_grant().name());
    } else if constexpr (requires { request.connection().name(); }) {
      return TenantOfName(request.connection().name());
    } else if constexpr (requires { request.tenant().name(); }) {
      return TenantOfName(request.tenant().name());
    } else {
      return {};
    }
  }

  absl::StatusOr<RequestContext> Begin(const grpc::CallbackServerContext& context, const Method& method,
                                       std::string_view tenant, absl::Time arrival) const;
  void Finish(const grpc::CallbackServerContext& context, grpc::ServerUnaryReactor* reactor, const Method& method,
              const RequestContext* call, const absl::Status& status, absl::Time arrival) const;
  WorkerPool& Pool(const Method& method) { return method.access == Access::kFetch ? fetches_ : writes_; }
  static absl::Status Overloaded();

  const Authenticator& authenticator_;
  const Clock& clock_;
  const Observer observer_;
  WorkerPool writes_;
  WorkerPool fetches_;
};

}  // namespace cimd::rpc

// Binds a method of a generated callback service to a handler of the same name in `handlers_`. The lookup in the method
// table happens at compile time: a method without a row does not compile.
#define CIMD_BIND_UNARY(Service, Rpc, Request, Response)                                                              \
  grpc::ServerUnaryReactor* Rpc(grpc::CallbackServerContext* context, const Request* request, Response* response)     \
      override {                                                                                                      \
    static constexpr const ::cimd::rpc::Method* kRow = ::cimd::rpc::FindMethod("cimd.v1." #Service "/" #Rpc);         \
    static_assert(kRow != nullptr, "no row in server/rpc/method_table.h");                                            \
    return dispatcher_.Unary(context, request, response, *kRow,                                                       \
                             [this](::cimd::rpc::RequestContext& call, const Request& message) {                      \
                               return handlers_.Rpc(call, message);                                                   \
                             });                                                                                      \
  }

#endif  // CIMD_SERVER_RPC_DISPATCH_H_
