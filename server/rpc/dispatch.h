#ifndef CIMD_SERVER_RPC_DISPATCH_H_
#define CIMD_SERVER_RPC_DISPATCH_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/clock.h"
#include "server/errors/errors.h"
#include "server/rpc/parse_bytes.h"
#include "server/rpc/rate_limiter.h"
#include "server/rpc/request_context.h"
#include "server/rpc/resource_name.h"
#include "server/errors/status.h"
#include "server/rpc/stream.h"
#include "server/rpc/worker_pool.h"

namespace cimd::rpc {

// A call that has ended, for metrics and logs.
struct FinishedCall {
  const Method& method;
  // Null when the caller could not be authenticated.
  const Caller* caller;
  // See RequestContext for these. Of a call that was refused because of who called, nobody has checked the tenant.
  std::string_view tenant;
  std::string_view peer;
  std::string_view traceparent;
  std::string_view request_id;
  const absl::Status& status;
  std::string_view verdict;
  absl::Duration duration;
};

// A call that was refused because of who called.
struct DeniedCall {
  const Method& method;
  // Null when the caller could not be authenticated.
  const Caller* caller;
  std::string_view peer;
  std::string_view traceparent;
  const absl::Status& status;
};

// How many streams there may be, how much may wait in each, and who is told about them.
struct StreamOptions {
  int max_streams = 10'000;
  int max_streams_per_caller = 1'000;
  // Whoever opens them. The platform's own streams are not a tenant's.
  int max_streams_per_tenant = 2'000;
  size_t max_queued_messages = 1'000;
  size_t max_queued_bytes = 4 << 20;
  // A stream that was ended, but whose caller takes no more messages and so cannot be told why, is cut after this.
  absl::Duration linger = absl::Seconds(10);
  // Told the number of open streams when it changes, and each message of changes when the transport has taken it, with
  // the time since the server learnt of the first of them. From any thread; may be null.
  absl::AnyInvocable<void(int open) const> on_open;
  absl::AnyInvocable<void(const Method&, absl::Duration lag) const> on_sent;
};

// The path of every RPC, in this order: deadline, authenticate, rate limit, authorize, then the handler (which
// validates), then the observer, then the status. Up to the handler all of it happens at once, on the thread that
// received the call (it costs one read of the store), so that nobody waits behind calls that nobody may make. The
// handlers of reads run there, too; the others on a worker pool of their kind, where callers take turns, and when
// there is no room to wait in, the call is refused. A handler may postpone its answer (RequestContext) without holding
// a thread. gRPC's own interceptors cannot refuse a call, so this is one function that the binding of every method
// calls. Thread-safe; outlives the server that it serves.
class Dispatcher {
 public:
  // From two to eight. Lists and batches compute, so that more threads than cores would take the cores from each other.
  static size_t CoresForBulk();

  using Observer = absl::AnyInvocable<void(const FinishedCall&) const>;
  using DenialObserver = absl::AnyInvocable<void(const DeniedCall&) const>;
  // Where a call that arrived at `now` comes from: by the transport's peer, by what the caller says in
  // x-cimd-peer-address, empty if nothing, and by the certificate of whoever is connected, which costs something to ask
  // for.
  using PeerFinder = absl::AnyInvocable<std::string(std::string peer, std::string_view forwarded, absl::Time now,
                                                    absl::FunctionRef<PeerCertificate()> certificate) const>;

  // `authenticator`, `limiter` and `clock` outlive the dispatcher; `observer` is called once for every call, from any
  // thread.
  Dispatcher(const Authenticator& authenticator, RateLimiter& limiter, const Clock& clock, Observer observer,
             StreamOptions streams = {}, size_t write_threads = 64, size_t bulk_threads = CoresForBulk());

  // Who is told of calls that are refused because of who called, from any thread. To be set before the first call.
  void ObserveDenials(DenialObserver observer) { denial_observer_ = std::move(observer); }

  // Who says where calls come from, for limits, logs and events; the transport, if this is not set before the first
  // call.
  void FindPeersBy(PeerFinder finder) { peer_finder_ = std::move(finder); }

  // Runs one unary call. `handler` is absl::StatusOr<Response>(RequestContext&, const Request&).
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                  const Method& method, Handler handler) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const absl::Time arrival = clock_.Now();
    RequestContext call = Arrive(*context, method, TenantOf(*request), RequestIdOf(*request), arrival);
    if (absl::Status status = Begin(*context, call); !status.ok()) {
      Finish(reactor, call, status);
      return reactor;
    }
    request = FillIn(*request, call);
    if (method.work_class == WorkClass::kRead) {
      Answer(context, request, response, handler, reactor, std::move(call));
    } else {
      auto admitted = std::make_shared<RequestContext>(std::move(call));
      const bool queued = Pool(method).Submit(
          CallerKey(admitted->caller), request->SpaceUsedLong(),
          [this, context, request, response, handler, reactor, admitted] {
            // Nobody may be waiting for it any more.
            if (context->IsCancelled()) return Finish(reactor, *admitted, errors::DeadlineExceeded());
            Answer(context, request, response, handler, reactor, std::move(*admitted));
          });
      if (!queued) Finish(reactor, *admitted, Overloaded());
    }
    return reactor;
  }

  // Opens one stream. `handler` is absl::Status(RequestContext&, const Request&, const std::shared_ptr<Stream>&): it
  // validates and hands the stream to whoever feeds it; an error ends it. Messages are bytes, so that one that many
  // streams send is made once. The observer is called when the stream is over.
  template <typename Request, typename Handler>
  grpc::ServerWriteReactor<grpc::ByteBuffer>* OpenStream(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* bytes, const Method& method,
                                                         Handler handler) {
    const absl::Time arrival = clock_.Now();
    const auto parsed = ParseBytes<Request>(*bytes);
    const Request& request = parsed->has_value() ? **parsed : Request::default_instance();
    return OpenStream(*context, Arrive(*context, method, TenantOf(request), /*request_id=*/"", arrival),
                      [&](RequestContext& call, const std::shared_ptr<Stream>& stream) {
                        if (!parsed->has_value()) return errors::MalformedRequest();
                        return handler(call, *FillIn(request, call), stream);
                      });
  }

  // Asks again whether the callers of all open streams may still call, and ends the streams of those who may not. To be
  // called when access may have been taken away, and from time to time, because access ends by itself, too.
  void RecheckStreams();

  // Ends all streams with `status`, and refuses new ones with it.
  void EndStreams(const absl::Status& status);

  int open_streams() const;

 private:
  class StreamReactor;
  using StreamHandler = absl::FunctionRef<absl::Status(RequestContext&, const std::shared_ptr<Stream>&)>;

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

  // `request` as its handler gets it: itself, or a copy that names the caller's tenant instead of "-". `call` keeps the
  // copy and has been admitted.
  template <typename Request>
  static const Request* FillIn(const Request& request, RequestContext& call) {
    if (call.tenant.empty() || TenantOf(request) != kCallersTenant) return &request;
    auto filled_in = std::make_shared<Request>(request);
    FillInCallersTenant(call.tenant, *filled_in);
    call.filled_in_request = filled_in;
    return filled_in.get();
  }

  // The id that a mutation's request has.
  template <typename Request>
  static std::string_view RequestIdOf(const Request& request) {
    if constexpr (requires { request.request_id(); }) {
      return request.request_id();
    } else {
      return {};
    }
  }

  // Runs the handler, once more if it postpones its answer, and ends the call.
  template <typename Request, typename Response, typename Handler>
  void Answer(grpc::CallbackServerContext* context, const Request* request, Response* response, Handler handler,
              grpc::ServerUnaryReactor* reactor, RequestContext call) {
    absl::StatusOr<Response> result = handler(call, *request);
    auto give = [&](const RequestContext& answered) {
      if (result.ok()) *response = std::move(*result);
      Finish(reactor, answered, result.status());
    };
    if (call.postpone == nullptr || call.resumed) return give(call);
    Postponement postpone = std::exchange(call.postpone, nullptr);
    call.resumed = true;
    auto kept = std::make_shared<RequestContext>(std::move(call));
    const bool postponed = std::move(postpone)([this, context, request, response, handler, reactor, kept] {
      Answer(context, request, response, handler, reactor, std::move(*kept));
    });
    // Once postponed, the call may end at any moment on another thread; nothing of it may be touched any more.
    if (!postponed) give(*kept);
  }

  // A call as it came in: everything about it but who calls. `tenant` and `request_id` are the request's.
  RequestContext Arrive(grpc::CallbackServerContext& context, const Method& method, std::string_view tenant,
                        std::string_view request_id, absl::Time arrival) const;
  // Finds out who calls, and whether the call may be made.
  absl::Status Begin(grpc::CallbackServerContext& context, RequestContext& call) const;
  std::string PeerOf(const grpc::CallbackServerContext& context, absl::Time arrival) const;
  // Tells the observer of a denial; returns `status`.
  absl::Status Deny(const RequestContext& call, absl::Status status) const;
  absl::StatusOr<Caller> Authenticate(const grpc::CallbackServerContext& context, std::string_view peer,
                                      absl::Time arrival) const;
  // Whether the caller may make this call, and no more calls than it may. Tells it how many, if it asks.
  absl::Status Admit(grpc::CallbackServerContext& context, const RequestContext& call) const;
  void Finish(grpc::ServerUnaryReactor* reactor, const RequestContext& call, const absl::Status& status) const;
  void Observe(const RequestContext& call, const absl::Status& status) const;

  grpc::ServerWriteReactor<grpc::ByteBuffer>* OpenStream(grpc::CallbackServerContext& context, RequestContext call,
                                                         StreamHandler handler);
  // Counts a stream in, if there may be one more, and out.
  absl::Status Enter(const std::shared_ptr<StreamReactor>& stream);
  void Leave(const std::shared_ptr<StreamReactor>& stream);
  std::vector<std::shared_ptr<StreamReactor>> Streams() const;
  WorkerPool& Pool(const Method& method);
  static absl::Status Overloaded();

  const Authenticator& authenticator_;
  RateLimiter& limiter_;
  const Clock& clock_;
  const Observer observer_;
  DenialObserver denial_observer_;
  PeerFinder peer_finder_;
  const StreamOptions stream_options_;
  mutable absl::Mutex streams_mutex_;
  // What new streams are refused with, once they are.
  absl::Status streams_ended_ ABSL_GUARDED_BY(streams_mutex_);
  absl::flat_hash_set<std::shared_ptr<StreamReactor>> streams_ ABSL_GUARDED_BY(streams_mutex_);
  // By caller and by tenant; see StreamReactor::Shares.
  absl::flat_hash_map<std::string, int> streams_of_ ABSL_GUARDED_BY(streams_mutex_);
  WorkerPool writes_;
  WorkerPool fetches_;
  WorkerPool bulk_;
};

}  // namespace cimd::rpc

// Binds a method that answers with a stream, likewise; the service derives from v1::Service::WithRawCallbackMethod_Rpc.
#define CIMD_BIND_STREAM(Service, Rpc, Request)                                                                       \
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Rpc(grpc::CallbackServerContext* context,                               \
                                                  const grpc::ByteBuffer* request) override {                         \
    static constexpr const ::cimd::rpc::Method& kRow = ::cimd::rpc::RowOf("cimd.v1." #Service "/" #Rpc);              \
    static_assert(kRow.work_class == ::cimd::rpc::WorkClass::kStream);                                                       \
    return dispatcher_.OpenStream<Request>(                                                                           \
        context, request, kRow,                                                                                       \
        [this](::cimd::rpc::RequestContext& call, const Request& message,                                             \
               const std::shared_ptr<::cimd::rpc::Stream>& stream) { return handlers_.Rpc(call, message, stream); }); \
  }

// Binds a method of a generated callback service to a handler of the same name in `handlers_`. The lookup in the method
// table happens at compile time: a method without a row does not compile.
#define CIMD_BIND_UNARY(Service, Rpc, Request, Response)                                                             \
  grpc::ServerUnaryReactor* Rpc(grpc::CallbackServerContext* context, const Request* request, Response* response)    \
      override {                                                                                                     \
    static constexpr const ::cimd::rpc::Method& kRow = ::cimd::rpc::RowOf("cimd.v1." #Service "/" #Rpc);             \
    return dispatcher_.Unary(                                                                                        \
        context, request, response, kRow,                                                                            \
        [this](::cimd::rpc::RequestContext& call, const Request& message) { return handlers_.Rpc(call, message); }); \
  }

#endif  // CIMD_SERVER_RPC_DISPATCH_H_
